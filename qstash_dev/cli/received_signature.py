"""The checks of a signature that an application has received, without a server.

https://upstash.com/docs/qstash/howto/signature: the checks; https://upstash.com/docs/qstash/features/security: the
claims. PyJWT, which the server checks signatures with, takes as long to import as a command may take.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from qstash_dev.protocol.signature import body_hash
from qstash_dev.protocol.wording import kind


class Check(NamedTuple):
    """One thing that a receiver checks."""

    name: str
    ok: bool
    text: str  #: what was found, and what it should be


class Token(NamedTuple):
    """A JWT (RFC 7519) in its parts."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    mac: bytes


class Received(NamedTuple):
    """What a receiver checks a signature against."""

    url: str
    body: bytes
    keys: Mapping[str, str]  #: signing keys by whose they are, in words
    at_s: int  #: unix time of the check


def parse_token(text: str) -> Token:
    """The parts of a JWT.

    Raises ValueError: it is none; says why.
    """
    parts = text.split(".")
    if len(parts) != 3:
        raise ValueError(f"a JWT has three parts with dots between them, this has {len(parts)}")
    try:
        header, claims, mac = (urlsafe_b64decode(part.encode("ascii") + b"==") for part in parts)
        fields = json.loads(header), json.loads(claims)
    except (ValueError, RecursionError):
        raise ValueError("its parts are not base64 of JSON") from None
    for one in fields:
        if not isinstance(one, dict):
            raise ValueError(f"one of its parts is {kind(one)}, not an object")
    return Token(*fields, f"{parts[0]}.{parts[1]}".encode("ascii"), mac)


def checks(token: Token, received: Received) -> list[Check]:
    """Everything that a receiver checks, in the order in which SDKs do it."""
    claims = token.claims
    return [
        _same("algorithm", token.header.get("alg"), "HS256"),
        _key(token, received.keys),
        _same("issuer", claims.get("iss"), "Upstash"),
        _time(claims, received.at_s),
        _subject(claims.get("sub"), received.url),
        _body(claims.get("body"), received.body),
    ]


def _same(name: str, value: object, wanted: str) -> Check:
    ok = value == wanted
    return Check(name, ok, wanted if ok else f"{_shown(value)}, but it must be {wanted}")


def _key(token: Token, keys: Mapping[str, str]) -> Check:
    for owner, key in keys.items():
        if hmac.compare_digest(hmac.digest(key.encode(), token.signed, hashlib.sha256), token.mac):
            return Check("key", True, owner)
    return Check("key", False, f"none of these made it: {', '.join(keys)}")


def _time(claims: Mapping[str, Any], at_s: int) -> Check:
    begins, ends = _seconds(claims.get("nbf")), _seconds(claims.get("exp"))
    if begins is None or ends is None:
        return Check("time", False, "the claims nbf and exp must be numbers of seconds")
    if at_s < begins:
        return Check("time", False, f"valid only in {begins - at_s} s: does one of the machines have a wrong clock?")
    if at_s >= ends:
        return Check("time", False, f"its time ended {at_s - ends} s ago: verify it when it arrives")
    return Check("time", True, f"valid for {ends - at_s} s more")


def _seconds(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _subject(value: object, url: str) -> Check:
    if value == url:
        return Check("subject", True, url)
    where = _differing(value, url) if isinstance(value, str) else ""
    return Check("subject", False, f"it is for {_shown(value)}, not for {url}{where}")


def _differing(one: str, other: str) -> str:
    try:
        parts = zip(("scheme", "host", "path", "query", "fragment"), urlsplit(one), urlsplit(other), strict=True)
    except ValueError:
        return ""
    names = [name for name, mine, theirs in parts if mine != theirs]
    return f": another {' and '.join(names)}" if names else ""


def _body(value: object, body: bytes) -> Check:
    if not isinstance(value, str):
        return Check("body", False, f"the claim is {_shown(value)}, not the SHA-256 of a body")
    if _is_hash(value, body):
        return Check("body", True, f"SHA-256 of these {len(body)} bytes")
    why = "the SHA-256 is that of another body"
    if _is_hash(value, body.removesuffix(b"\n").removesuffix(b"\r")):
        why = "it fits without the line break at the end, which an editor may have added"
    elif _is_hash(value, b""):
        why = "an empty body was signed"
    elif _is_hash(value, _as_parsed_again(body)):
        why = "it fits the same JSON without white space: verify the body as it arrives, before it is parsed"
    return Check("body", False, why)


def _is_hash(value: str, body: bytes) -> bool:
    return value.rstrip("=") == body_hash(body).rstrip("=")


def _as_parsed_again(body: bytes) -> bytes:
    """JSON as it is after JavaScript has parsed it and written it again."""
    try:
        return json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return body


def _shown(value: object) -> str:
    return "missing" if value is None else value[:2_000] if isinstance(value, str) else kind(value)
