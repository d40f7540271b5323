"""Verification of a signature as receivers do it (https://upstash.com/docs/qstash/howto/signature).

It uses PyJWT, so that signing and verifying share no code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
