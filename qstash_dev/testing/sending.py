"""Signed requests that a test sends to its application directly, without a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from qstash_dev import ids
from qstash_dev.delivery.request import USER_AGENT, OutgoingRequest
from qstash_dev.protocol.destination import check_url
from qstash_dev.protocol.headers import canonical_name
from qstash_dev.protocol.result import Unreachable
from qstash_dev.protocol.signature import LIFETIME_S, body_hash
from qstash_dev.protocol.target import target_of
from qstash_dev.server import Server
from qstash_dev.state.tenant import Tenant
from qstash_dev.testing.arguments import UNSET, body_bytes
from qstash_dev.testing.errors import QStashDevError
from qstash_dev.testing.views import Response

Key = Literal["current", "next", "wrong", "none"]


async def send(
    server: Server,
    tenant: Tenant,
    timeout_s: float,
    method: str,
    url: str,
    json: Any,
    body: bytes | str | None,
    headers: Mapping[str, str],
    key: str,
    claims: Mapping[str, Any],
) -> Response:
    """Send a request to its URL, or where a mapping leads, and return the answer. The last seven arguments are those
    of ``QStashDev.send``.

    Raises QStashDevError: there is no answer, there is no such key, or what :func:`body_bytes` raises.
    """
    if key not in get_args(Key):
        raise QStashDevError(f"there is no key {key!r}: use one of {', '.join(get_args(Key))}")
    data = body_bytes(body, json) or b""
    named = {canonical_name(name): value for name, value in headers.items()}
    if json is not UNSET:
        named.setdefault("Content-Type", "application/json")
    own = {"Upstash-Message-Id": ids.message_id(), "Upstash-Retried": "0", "User-Agent": USER_AGENT}
    url = check_url(url)
    keys, route = tenant.keys, server.mappings.route(url)
    subject = target_of(url).subject if route is None else route.subject
    secret = {"current": keys.current, "next": keys.next, "wrong": ids.signing_key()}.get(key)
    if secret is not None:
        own["Upstash-Signature"] = _token(_claims(server, subject, data) | dict(claims), secret)
    headers = own | named | ({} if route is None else route.headers)
    request = OutgoingRequest(method, url, tuple(headers.items()), data, timeout_s)
    if route is not None:
        request = request._replace(url=route.url, host=route.host)
    result = await server.dispatcher.send(request)
    if isinstance(result, Unreachable) or result.partial:
        raise QStashDevError(result.error)
    return Response(result.status, dict(result.headers), result.body)


def _claims(server: Server, url: str, body: bytes) -> dict[str, Any]:
    issued_s = server.clock.wall_s()
    return {
        "iss": "Upstash",
        "sub": url,
        "exp": issued_s + LIFETIME_S,
        "nbf": 0,
        "iat": issued_s,
        "jti": ids.token_id(),
        "body": body_hash(body),
    }


def _token(claims: Mapping[str, Any], secret: str) -> str:
    import jwt

    try:
        return jwt.encode({name: value for name, value in claims.items() if value is not None}, secret, "HS256")
    except TypeError as error:
        raise QStashDevError(f"these claims cannot be signed: {error}") from None
