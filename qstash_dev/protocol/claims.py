"""Verification of signatures (https://upstash.com/docs/qstash/howto/signature), and the verdict on each claim.

https://upstash.com/docs/qstash/features/security: the claims. PyJWT reads them, so that signing and verifying share
no code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from qstash_dev.protocol.signature import body_hash


def check_signature(token: str, keys: Iterable[str], url: str, body: bytes) -> tuple[dict[str, Any], str | None]:
    """The claims, and why the signature is not valid for this URL and body, or ``None`` if it is valid.

    The claims are empty unless one of the keys made the signature.
    """
    import jwt

    if not token:
        return {}, "there is no Upstash-Signature header"
    options: Any = {"require": ["iss", "sub", "exp", "nbf", "body"]}
    reason = "no key was given"
    for key in keys:
        try:
            claims = jwt.decode(token, key, algorithms=["HS256"], issuer="Upstash", options=options)
        except jwt.PyJWTError as error:
            reason = str(error)
            continue
        return claims, _mismatch(claims, url, body)
    return {}, reason


def _mismatch(claims: dict[str, Any], url: str, body: bytes) -> str | None:
    if claims["sub"] != url:
        return f"it is for {claims['sub']}, not for {url}"
    if str(claims["body"]).rstrip("=") != body_hash(body).rstrip("="):
        return "the body is not the one that was signed"
    return None


class Check(NamedTuple):
    """The verdict on one claim, or on ``alg`` or ``signature``."""

    name: str
    value: str  #: what the token says
    ok: bool
    text: str  #: why it is right or wrong


def checks(token: str, keys: Mapping[str, str], url: str, body: bytes, at_s: int) -> list[Check]:
    """Everything that a receiver checks. ``keys`` are signing keys by name, ``at_s`` is the unix time of the check.

    Raises ValueError: the token is not a JWT.
    """
    import jwt

    try:
        parts = jwt.decode_complete(token, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise ValueError(str(error)) from None
    header, claims = parts["header"], parts["payload"]
    return [
        _same("alg", header.get("alg"), "HS256", "the receivers accept nothing else"),
        _signature(token, keys),
        _same("iss", claims.get("iss"), "Upstash", "the receivers accept nothing else"),
        _same("sub", claims.get("sub"), url, "the URL as it was published"),
        _body(claims.get("body"), body),
        _past("iat", claims.get("iat"), at_s, "when it was made, in real time", "it is in the future"),
        _past("nbf", claims.get("nbf"), at_s, "valid from then on", "it is not valid yet"),
        _expiry(claims, at_s),
        Check("jti", _text(claims.get("jti")), "jti" in claims, "the id of this one delivery attempt"),
    ]


def _same(name: str, value: Any, wanted: str, why: str) -> Check:
    ok = value == wanted
    return Check(name, _text(value), ok, why if ok else f"it should be {wanted}")


def _signature(token: str, keys: Mapping[str, str]) -> Check:
    import jwt

    shown = token.rpartition(".")[2]
    for name, key in keys.items():
        try:
            jwt.PyJWS().decode(token, key, algorithms=["HS256"])
        except jwt.PyJWTError:
            continue
        return Check("signature", shown, True, f"made with the {name} signing key of this user")
    return Check("signature", shown, False, f"made with none of the {' and '.join(keys)} keys: were they rotated?")


def _body(value: Any, body: bytes) -> Check:
    wanted = body_hash(body)
    ok = isinstance(value, str) and value.rstrip("=") == wanted.rstrip("=")
    return Check("body", _text(value), ok, "SHA-256 of the body as sent" if ok else f"the body sent has {wanted}")


def _past(name: str, value: Any, at_s: int, right: str, wrong: str) -> Check:
    ok = isinstance(value, int) and value <= at_s
    return Check(name, _text(value), ok, right if ok else wrong)


def _expiry(claims: Mapping[str, Any], at_s: int) -> Check:
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int) or not isinstance(issued, int) or expires <= issued:
        return Check("exp", _text(expires), False, "it should be later than iat")
    lifetime = f"valid for {expires - issued} s"
    text = lifetime if expires > at_s else f"{lifetime}, which are over: whoever checks it again now refuses it"
    return Check("exp", _text(expires), True, text)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
