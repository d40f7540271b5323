"""Mistakes in tokens, told without the token itself (https://upstash.com/docs/qstash/api/authentication)."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Container
from enum import StrEnum

from qstash_dev.protocol import errors
from qstash_dev.protocol.errors import ErrorText

_MAX_LENGTH = 4_096
_SHOWN = 8
_QUOTES = ('"', "'", "%22", "%27", "“", "”")
# What programs and shells write for a variable that is not set.
_UNSET = (
    "",
    "undefined",
    "null",
    "none",
    "nil",
    "qstash_token",
    "$qstash_token",
    "${qstash_token}",
    "<qstash_token>",
)


class Credential(StrEnum):
    """What a call that is not authenticated has in the place of a token."""

    NONE = "none"
    OTHER_SCHEME = "other-scheme"  #: an ``Authorization`` header without ``Bearer``
    EMPTY = "empty"  #: nothing, or what shells and programs write for a variable that is not set
    QUOTED = "quoted"  #: a token with quotes left in
    BEARER_TWICE = "bearer-twice"
    SIGNING_KEY = "signing-key"
    CUT = "cut"  #: a token of this server with another ending
    HOSTED_TOKEN = "hosted-token"
    OTHER = "other"


_ERRORS = {
    Credential.NONE: errors.NO_TOKEN,
    Credential.OTHER_SCHEME: errors.NO_BEARER,
    Credential.EMPTY: errors.UNSET_TOKEN,
    Credential.QUOTED: errors.QUOTED_TOKEN,
    Credential.BEARER_TWICE: errors.BEARER_TWICE,
    Credential.SIGNING_KEY: errors.SIGNING_KEY_AS_TOKEN,
    Credential.CUT: errors.CUT_TOKEN,
    Credential.HOSTED_TOKEN: errors.HOSTED_TOKEN,
    Credential.OTHER: errors.UNKNOWN_TOKEN,
}


def token_error(authorization: str | None, query_token: str | None, known: Container[str]) -> ErrorText:
    """The error for a request that is not authenticated, with arguments as for :func:`credential`."""
    return _ERRORS[credential(authorization, query_token, known)]


def credential(authorization: str | None, query_token: str | None, known: Container[str]) -> Credential:
    """What a request has in the place of a token.

    ``authorization`` is the header, ``query_token`` the parameter ``qstash_token``, ``known`` the valid tokens.
    """
    if query_token is None and not authorization:
        return Credential.NONE
    token = bearer_of(authorization) if query_token is None else query_token.strip()
    return Credential.OTHER_SCHEME if token is None else _kind(token, known)


def token_start(authorization: str | None, query_token: str | None) -> str:
    """The first characters of the token, at most a quarter of it; empty without a token."""
    token = (bearer_of(authorization) or "") if query_token is None else query_token.strip()
    return token[: min(_SHOWN, len(token) // 4)]


def bearer_of(authorization: str | None) -> str | None:
    """The token of an ``Authorization: Bearer`` header, if there is one."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _kind(token: str, known: Container[str]) -> Credential:
    if token.lower() in _UNSET:
        return Credential.EMPTY
    if token.startswith(_QUOTES) or token.endswith(_QUOTES):
        return Credential.QUOTED
    if token.lower().partition(" ")[0] == "bearer":
        return Credential.BEARER_TWICE
    if token.startswith("sig_"):
        return Credential.SIGNING_KEY
    if any(token.rstrip("=") + end in known for end in ("", "=", "==")):
        return Credential.CUT
    return Credential.HOSTED_TOKEN if _is_hosted(token) else Credential.OTHER


def _is_hosted(token: str) -> bool:
    """Whether it has the form of hosted QStash's tokens: base64 of a JSON object with a user and a password."""
    if len(token) > _MAX_LENGTH or not token.isascii():
        return False
    try:
        fields = json.loads(b64decode(token + "=" * (-len(token) % 4), validate=True))
    except (ValueError, RecursionError):
        return False
    return isinstance(fields, dict) and {"UserID", "Password"} <= fields.keys()
