"""Inboxes of the test kit: destinations with a script of answers, recorded requests and assertions."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, Self, Unpack

from qstash_dev.dev import inboxes as state
from qstash_dev.dev.travel_errors import NotIdle
from qstash_dev.protocol.script import Answer, parse_answer
from qstash_dev.testing.arguments import Duration, duration_ms
from qstash_dev.testing.bridge import Bridge, Result, Verb, awaited
from qstash_dev.testing.errors import QStashDevError
from qstash_dev.testing.matching import Expected, check_fields, differences, explanation
from qstash_dev.testing.received import Received


class _Inbox:
    """The methods that do not wait. Those that set the script replace all of it and return the inbox."""

    def __init__(self, bridge: Bridge, inbox: state.Inbox, url: str) -> None:
        self._bridge = bridge
        self._inbox = inbox
        self.url = url

    @property
    def requests(self) -> list[Received]:
        """The recorded requests, oldest first."""
        requests = [Received(captured) for captured in self._bridge.read(lambda: list(self._inbox.requests))]
        reported = {report.source_message_id for one in requests if (report := one.callback) and report.dlq_id}
        if reported:
            self._bridge.read(lambda: self._bridge.commands.saw_deaths_of(reported))
        return requests

    def respond(self, *script: Any) -> Self:
        """Set the script: one answer for each request, of which the last repeats.

        An answer is a status, a pair of status and body, a dict with any of ``status``, ``body``, ``json``,
        ``headers``, ``delay`` (in real time) and ``drop`` (reset the connection), or a function from a
        :class:`Received` to one of these. The function runs in its own thread; if it raises an exception, the answer
        is 500, and the test fails.

        Raises QStashDevError: an answer is none of these.
        """
        if not script:
            raise QStashDevError("respond() needs at least one answer, such as 200")
        try:
            answers = [_answer(entry) for entry in script]
        except ValueError as error:
            raise QStashDevError(str(error)) from None
        self._bridge.read(lambda: self._inbox.answer_with(answers))
        return self

    def fail(self, times: int = 1, status: int = 500) -> Self:
        """Answer ``times`` requests with this status, and later ones with 200."""
        return self._some_times(times, status)

    def drop(self, times: int = 1) -> Self:
        """Reset the connection of ``times`` requests, and answer later ones with 200."""
        return self._some_times(times, {"drop": True})

    def delay(self, by: Duration, times: int | None = None) -> Self:
        """Answer 200 after a delay in real time; with ``times``, later requests at once."""
        late = {"delay": duration_ms(by) / 1_000}
        return self.respond(late) if times is None else self._some_times(times, late)

    def non_retryable(self, times: int = 1) -> Self:
        """Answer ``times`` requests with 489 and ``Upstash-NonRetryable-Error``, and later ones with 200: such an
        answer ends all retries (https://upstash.com/docs/qstash/features/retry)."""
        return self._some_times(times, {"status": 489, "headers": {"Upstash-NonRetryable-Error": "true"}})

    def retry_after(self, by: Duration, times: int = 1) -> Self:
        """Answer ``times`` requests with 429 and this duration in ``Retry-After``, and later ones with 200."""
        seconds = f"{duration_ms(by) / 1_000:.3f}".rstrip("0").rstrip(".")
        return self._some_times(times, {"status": 429, "headers": {"Retry-After": seconds}})

    def clear(self) -> None:
        """Delete the recorded requests, and answer 200 from now on."""
        self._bridge.read(self._inbox.clear)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    def _some_times(self, times: int, answer: Any) -> Self:
        _check_above_zero("times", times)
        return self.respond(*[answer] * times, 200)

    async def _settle(self, limit_s: float) -> None:
        # Requests that have come are checked even if other deliveries do not end.
        with contextlib.suppress(NotIdle):
            await self._bridge.server.travel.idle(limit_s)

    def _found(self, times: int | None, expected: Expected) -> Received:
        __tracebackhide__ = True
        requests = self.requests
        found = [request for request in requests if not differences(request, expected)]
        if found and times in (None, len(found)):
            return found[-1]
        wanted = "a request" if times is None else f"{times} request{'s' if times != 1 else ''}"
        pending = self._bridge.read(self._bridge.commands.pending)
        raise AssertionError(f"{explanation(self.url, requests, found, expected, wanted)}\n{pending}")

    def _nothing_found(self, expected: Expected) -> None:
        __tracebackhide__ = True
        requests = self.requests
        if found := [request for request in requests if not differences(request, expected)]:
            raise AssertionError(explanation(self.url, requests, found, expected, "no request"))


class Inbox(_Inbox):
    """A destination inside the server, which answers 200 until it has another script."""

    @property
    def aio(self) -> AsyncInbox:
        """The same inbox for coroutines."""
        return AsyncInbox(self._bridge, self._inbox, self.url)

    def wait_for(self, count: int = 1, timeout: float | None = None) -> list[Received]:
        """Wait in real time until at least ``count`` requests have come; returns all recorded requests.

        Raises QStashDevTimeout: fewer came within the time limit.
        """
        _check_above_zero("count", count)
        wait = partial(self._bridge.commands.wait_for_inbox, self._inbox, count)
        return self._run(wait, lambda: self.requests, timeout)

    def assert_received(self, *, times: int | None = None, **expected: Unpack[Expected]) -> Received:
        """Wait until nothing is due, and check that a request has these fields; returns the latest that has.

        Raises AssertionError: no request has, or not exactly ``times``; the text shows the differences.
        """
        __tracebackhide__ = True
        _check(times, expected)
        return self._run(self._settle, partial(self._found, times, expected))

    def assert_not_received(self, **expected: Unpack[Expected]) -> None:
        """Wait until nothing is due, and check that no request has these fields.

        Raises AssertionError: the text shows the requests that have.
        """
        __tracebackhide__ = True
        _check(None, expected)
        return self._run(self._settle, partial(self._nothing_found, expected))

    def assert_empty(self) -> None:
        """Wait until nothing is due, and check that no request came.

        Raises AssertionError: the text shows the requests.
        """
        __tracebackhide__ = True
        return self.assert_not_received()

    def _run(self, verb: Verb[None], then: Callable[[], Result], timeout: float | None = None) -> Result:
        __tracebackhide__ = True
        self._bridge.block(verb, timeout)
        return then()


class AsyncInbox(_Inbox):
    """An inbox for coroutines: methods that wait are coroutines."""

    wait_for = awaited(Inbox.wait_for)
    assert_received = awaited(Inbox.assert_received)
    assert_not_received = awaited(Inbox.assert_not_received)
    assert_empty = awaited(Inbox.assert_empty)

    async def _run(self, verb: Verb[None], then: Callable[[], Result], timeout: float | None = None) -> Result:
        __tracebackhide__ = True
        await self._bridge.wait(verb, timeout)
        return then()


def _check(times: int | None, expected: Expected) -> None:
    check_fields(expected)
    if times is not None:
        _check_above_zero("times", times, ", or assert_not_received()")


def _check_above_zero(name: str, count: int, advice: str = "") -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise QStashDevError(f"{name}={count!r}: use a whole number above 0{advice}")


def _answer(entry: Any) -> Answer:
    if inspect.iscoroutinefunction(entry):
        raise ValueError(f"{entry!r:.100} is a coroutine function: use a plain one, it runs in a thread of its own")
    answer = parse_answer(entry)
    if answer.make is None:
        return answer
    make = answer.make
    return Answer(make=lambda captured: make(Received(captured)))
