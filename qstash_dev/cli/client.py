"""Calls of a running server by the commands, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import click

LOCAL_TIMEOUT_S = 30.0


class Unreachable(click.ClickException):
    """No server of ours answers; the exit code is 4."""

    exit_code = 4

    def __init__(self, url: str, why: str) -> None:
        self.why = why
        super().__init__(f"{why} at {url}: start a server with 'qstash-dev dev', or name another one with --url.")


class Refused(click.ClickException):
    """The server refuses a call; the exit code is 1. ``answer`` is its JSON."""

    def __init__(self, status: int, answer: Mapping[str, Any]) -> None:
        super().__init__(str(answer["error"]))
        self.status = status
        self.answer = answer


class Client:
    """A running server at ``url``, called as ``user``; ``None`` means any user, or the default one."""

    def __init__(self, url: str, user: str | None = None) -> None:
        self.url = url
        self.user = user

    def get(self, path: str, **query: str) -> Any:
        """The JSON of a route below ``/_dev/``; see :meth:`call`."""
        return self.call("GET", path, query)

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, timeout_s: float = LOCAL_TIMEOUT_S) -> Any:
        """Call a route below ``/_dev/`` with a body of JSON; see :meth:`call`."""
        return self.call("POST", path, body=body, timeout_s=timeout_s)

    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        *,
        timeout_s: float = LOCAL_TIMEOUT_S,
    ) -> Any:
        """The JSON that a route below ``/_dev/`` answers, which is called for the user of this client.

        Raises Unreachable: no server of ours answers within ``timeout_s``.
        Raises Refused: the server answers with an error.
        """
        asked = dict(query or {}) | ({} if self.user is None else {"user": self.user})
        target = f"/_dev/{path}" + (f"?{urlencode(asked)}" if asked else "")
        status, raw = self._exchange(method, target, None if body is None else json.dumps(body), timeout_s)
        try:
            answer = json.loads(raw)
        except ValueError:
            raise Unreachable(self.url, "Another program than qstash-dev answers") from None
        if status >= 400:
            if not isinstance(answer, dict) or "error" not in answer:
                raise Unreachable(self.url, "Another program than qstash-dev answers")
            raise Refused(status, answer)
        return answer

    def _exchange(self, method: str, target: str, body: str | None, timeout_s: float) -> tuple[int, bytes]:
        # Imported here, because it takes as long as click, and commands that work offline do without.
        from http.client import HTTPConnection, HTTPException

        host = urlsplit(self.url)
        connection = HTTPConnection(host.hostname or "", host.port or 80, timeout=timeout_s)
        try:
            headers = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except TimeoutError:
            raise Unreachable(self.url, f"No answer came within {timeout_s:g} s") from None
        except OSError:
            raise Unreachable(self.url, "No server answers") from None
        except HTTPException:
            raise Unreachable(self.url, "Another program than qstash-dev answers") from None
        finally:
            connection.close()


def segment(text: str) -> str:
    """An id or a name as one segment of a path."""
    return quote(text, safe="")
