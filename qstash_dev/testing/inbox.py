"""An inbox as a test sees it: a URL, a script, what came, and assertions that explain themselves."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from multidict import CIMultiDict

from qstash_dev.protocol.script import Answer, parse_answer
from qstash_dev.state import inbox as state
from qstash_dev.testing.errors import QStashDevError, QStashDevTimeout
from qstash_dev.testing.views import moment

if TYPE_CHECKING:
    from qstash_dev.testing.dev import QStashDev

_ANY: Any = object()
_SHOWN = 5
_MAX_VALUE = 200


class Received:
    """One request as the inbox got it."""

    def __init__(self, captured: state.Captured) -> None:
        self._captured = captured
        self.method: str = captured.method
        self.body: bytes = captured.body
        self.headers: CIMultiDict[str] = CIMultiDict(captured.headers)
        self.at: datetime = moment(captured.at_ms)
        self.claims: dict[str, Any] = captured.claims
        self.signature_error: str | None = captured.signature_error

    @property
    def path(self) -> str:
        """The path below the inbox, ``/`` if there is none."""
        return urlsplit(self._captured.target).path or "/"

    @property
    def query(self) -> str:
        """The raw query string."""
        return urlsplit(self._captured.target).query

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode("utf-8")

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def signature_ok(self) -> bool:
        """Whether the official receivers would accept it."""
        return self.signature_error is None

    @property
    def message_id(self) -> str | None:
        """``Upstash-Message-Id``."""
        return self.headers.get("Upstash-Message-Id")

    @property
    def schedule_id(self) -> str | None:
        """``Upstash-Schedule-Id``."""
        return self.headers.get("Upstash-Schedule-Id")

    @property
    def retried(self) -> int:
        """How many attempts came before this one."""
        return int(self.headers.get("Upstash-Retried", "0"))

    def __repr__(self) -> str:
        return f"<{self.method} {self.path} try {self.retried + 1} {_short(self.body.decode('utf-8', 'replace'))}>"


class Inbox:
    """A destination inside the server. Answers 200 until it is told otherwise."""

    def __init__(self, dev: QStashDev, inbox: state.Inbox, url: str) -> None:
        self._dev = dev
        self._inbox = inbox
        self.url = url

    @property
    def requests(self) -> list[Received]:
        """Everything it got, oldest first."""
        return [Received(captured) for captured in self._dev._read(lambda: list(self._inbox.requests))]

    def respond(self, *script: Any) -> Inbox:
        """What to answer, request by request; the last answer repeats.

        Each is a status, a pair of status and body, a dict with any of ``status``, ``body``, ``json``,
        ``headers``, ``delay``, ``drop``, or a function that is given the request and returns one of these.

        Raises:
            QStashDevError: an answer that cannot be given.
        """
        if not script:
            raise QStashDevError("respond() needs at least one answer, such as 200")
        try:
            answers = [_answer(entry) for entry in script]
        except ValueError as error:
            raise QStashDevError(str(error)) from None
        self._dev._read(lambda: _replace(self._inbox, answers))
        return self

    def fail(self, times: int = 1, status: int = 500) -> Inbox:
        """Fail so many times, then succeed."""
        return self.respond(*[status] * times, 200)

    def drop(self, times: int = 1) -> Inbox:
        """Reset the connection so many times, then succeed."""
        return self.respond(*[{"drop": True}] * times, 200)

    def non_retryable(self) -> Inbox:
        """Answer 489 with ``Upstash-NonRetryable-Error``, which ends all retries, then succeed."""
        return self.respond({"status": 489, "headers": {"Upstash-NonRetryable-Error": "true"}}, 200)

    def retry_after(self, seconds: int) -> Inbox:
        """Fail once and ask to be called again after so many seconds, then succeed."""
        return self.respond({"status": 429, "headers": {"Retry-After": str(seconds)}}, 200)

    def wait_for(self, count: int = 1, timeout: float | None = None) -> list[Received]:
        """Wait in real time until there are so many requests.

        Raises:
            QStashDevTimeout: there were too few in time.
        """
        self._dev._wait_for_inbox(self._inbox, count, timeout)
        return self.requests

    def assert_received(
        self,
        *,
        times: int | None = None,
        json: Any = _ANY,
        body: bytes | str = _ANY,
        headers: dict[str, str] = _ANY,
        method: str = _ANY,
        path: str = _ANY,
        retried: int = _ANY,
    ) -> Received:
        """Wait until nothing is due, then find a request with all of these and return the latest.

        Raises:
            AssertionError: none fits, or not ``times`` of them; the text shows what came closest.
        """
        __tracebackhide__ = True
        wanted = {"json": json, "body": body, "headers": headers, "method": method, "path": path, "retried": retried}
        wanted = {name: value for name, value in wanted.items() if value is not _ANY}
        # What has arrived counts, whatever else may still be under way.
        with contextlib.suppress(QStashDevTimeout):
            self._dev.wait_idle()
        requests = self.requests
        found = [request for request in requests if not _differences(request, wanted)]
        if found and times in (None, len(found)):
            return found[-1]
        raise AssertionError(_explanation(self.url, requests, found, wanted, times))

    def assert_empty(self) -> None:
        """Wait until nothing is due, and find that nothing came.

        Raises:
            AssertionError: something did.
        """
        __tracebackhide__ = True
        self._dev.wait_idle()
        if requests := self.requests:
            raise AssertionError(f"{self.url} received {len(requests)} requests:\n" + _listed(requests))

    def clear(self) -> None:
        """Forget all requests and the script."""
        self._dev._read(self._inbox.clear)


def _answer(entry: Any) -> Answer:
    answer = parse_answer(entry)
    if answer.make is None:
        return answer
    make = answer.make
    return Answer(make=lambda captured: make(Received(captured)))


def _replace(inbox: state.Inbox, answers: list[Answer]) -> None:
    inbox.script.clear()
    inbox.script.extend(answers)


def _differences(request: Received, wanted: dict[str, Any]) -> list[str]:
    differences = []
    for name, value in wanted.items():
        if name == "headers":
            for header, text in value.items():
                if request.headers.get(header) != text:
                    differences.append(f"header {header} is {request.headers.get(header)!r}, not {text!r}")
            continue
        if name == "body" and isinstance(value, str):
            value = value.encode()
        actual = _actual(request, name)
        if actual != value:
            differences.append(f"{name} is {_short(actual)}, not {_short(value)}")
    return differences


def _actual(request: Received, name: str) -> Any:
    try:
        return getattr(request, name)
    except ValueError:
        return f"not JSON: {request.body!r}"


def _explanation(
    url: str, requests: list[Received], found: list[Received], wanted: dict[str, Any], times: int | None
) -> str:
    described = ", ".join(f"{name}={_short(value)}" for name, value in wanted.items()) or "anything"
    expected = "at least one request" if times is None else f"{times} requests"
    lines = [f"{url} expected {expected} with {described}; {len(found)} of {len(requests)} fit"]
    closest = sorted(
        (request for request in requests if request not in found), key=lambda one: len(_differences(one, wanted))
    )
    lines.extend(f"  {request}: " + "; ".join(_differences(request, wanted)) for request in closest[:_SHOWN])
    lines.extend(f"  {request}: fits" for request in found[:_SHOWN])
    return "\n".join(lines)


def _listed(requests: list[Received]) -> str:
    return "\n".join(f"  {request}" for request in requests[:_SHOWN])


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_VALUE else text[:_MAX_VALUE] + "…"
