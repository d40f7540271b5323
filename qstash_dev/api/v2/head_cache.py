"""Heads of plain publishes: ``POST /v2/publish/<URL>`` with a token and nothing that needs the web framework.

Programs publish with few distinct heads, so what a head means is remembered. From the body on a plain publish goes
the way of every publish: the same checks, the same broker, the same answer.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple

from qstash_dev.api.guard import host_allowed
from qstash_dev.api.http.head import Head, read_head
from qstash_dev.api.refused_calls import note_publish
from qstash_dev.api.request import Services, encoded, field_header
from qstash_dev.api.shapes.error import Error
from qstash_dev.api.v2.publication import parsed
from qstash_dev.api.v2.publish import accept
from qstash_dev.protocol import errors
from qstash_dev.protocol.bounded_cache import BoundedCache
from qstash_dev.protocol.destination import is_url
from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.slices import AT_ONCE
from qstash_dev.state.tenant import Tenant

_PATH = b"/v2/publish/"
START = b"POST " + _PATH
"""How every plain publish begins."""
# Requests with these headers ask for more than a plain publish, or come from a browser, which the guard looks at.
_UNUSUAL = frozenset(
    {"connection", "expect", "origin", "sec-fetch-site", "transfer-encoding", "upgrade", "upstash-workflow-runid"}
)
_CONTENT = b"\r\nContent-Type: application/json\r\nContent-Length: "
_BEGINNINGS: dict[int, bytes] = {
    status.value: b"HTTP/1.1 %d %s%s" % (status, status.phrase.encode("ascii"), _CONTENT) for status in HTTPStatus
}
# How often expired events are looked for, in milliseconds of the server's time: on every publish it would be dear.
_EXPIRY_MS = 1_000


class ParsedHead(NamedTuple):
    """What the head of a plain publish means; ``length`` is that of its body in bytes."""

    tenant: Tenant
    destination: str
    options: DeliveryOptions
    length: int


class HeadCache:
    """The heads of plain publishes, for all connections of a server."""

    def __init__(self, services: Services) -> None:
        self._broker, self._clock, self._config = services.broker, services.clock, services.config
        most = services.config.limits.known_head_bytes
        self._known: BoundedCache[bytes, ParsedHead | None] = BoundedCache(
            self._understood, most, lambda head: 4 * len(head) + 2_000
        )
        self._expired = -1

    def __len__(self) -> int:
        return len(self._known)

    def forget(self) -> None:
        """Forget all heads, so that each is parsed again."""
        self._known.clear()

    def plan(self, head: bytes) -> ParsedHead | None:
        """What this head means; ``None`` if it is not a plain publish, or something is wrong with it."""
        plan = self._known.get(head)
        if plan is None and (plan := self._understood(head)) is not None:
            self._known.keep(head, plan)
        return plan

    def publish(self, plan: ParsedHead, body: bytes, caller_ip: str) -> bytes:
        """Do what the head and the body ask for; returns the HTTP answer."""
        now_ms = self._clock.now_ms()
        if now_ms // _EXPIRY_MS != self._expired:
            self._expire(now_ms)
        publication = Publication(plan.destination, body, plan.options, caller_ip)
        try:
            payload, status = accept(self._broker, plan.tenant, publication, now_ms)
        except errors.Rejection as rejection:
            note_publish(plan.tenant, plan.destination, rejection, now_ms)
            more = [f"{name}: {value}\r\n" for name, value in field_header(rejection).items()]
            return answer(rejection.status, Error(rejection.text), "".join(more).encode("ascii"))
        return answer(status, payload)

    def _expire(self, now_ms: int) -> None:
        expiry, tenants = self._broker.expiry, self._broker.tenants.all()
        more = [expiry.expire(tenant, now_ms, AT_ONCE) for tenant in tenants]
        self._expired = -1 if any(more) else now_ms // _EXPIRY_MS

    def _understood(self, raw: bytes) -> ParsedHead | None:
        if not raw.startswith(START):
            return None
        try:
            head = read_head(raw)
            tenant = self._tenant(head.names.get("authorization", ""))
            # What is cheap comes first: a request without a token costs as little as possible.
            if tenant is None or not self._is_plain(head):
                return None
            target = head.target[len(_PATH) :].decode("ascii")
            destination, options, fields = parsed(self._broker.tenants, tenant, target, head.headers)
        except (errors.Rejection, UnicodeDecodeError):
            return None
        if fields or not is_url(destination):
            return None
        return ParsedHead(tenant, destination, options, head.length or 0)

    def _is_plain(self, head: Head) -> bool:
        names, length = head.names, head.length
        if head.minor_version != b"1" or "content-length" not in names:
            return False
        if length is None or length > self._config.quota.max_message_bytes:
            return False
        return _UNUSUAL.isdisjoint(names) and host_allowed(names.get("host", ""), self._config)

    def _tenant(self, authorization: str) -> Tenant | None:
        scheme, _, token = authorization.partition(" ")
        return self._broker.tenants.by_token.get(token.strip()) if scheme.lower() == "bearer" else None


def answer(status: int, payload: Any, more: bytes = b"") -> bytes:
    """The HTTP answer with this JSON; ``more`` are further header lines."""
    body = encoded(payload)
    return b"%s%d\r\n%s\r\n%s" % (_BEGINNINGS[status], len(body), more, body)
