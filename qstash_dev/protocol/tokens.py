"""The error for a wrong token, without the token itself (https://upstash.com/docs/qstash/api/authentication)."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Container

from qstash_dev.protocol import errors
from qstash_dev.protocol.errors import ErrorText

_MAX_LENGTH = 4_096
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


def token_error(authorization: str | None, query_token: str | None, known: Container[str]) -> ErrorText:
    """The error for a request that is not authenticated.

    ``authorization`` is the header, ``query_token`` the parameter ``qstash_token``, ``known`` the valid tokens.
    """
    if query_token is not None:
        return _error(query_token.strip(), known)
    if not authorization:
        return errors.NO_TOKEN
    scheme, _, token = authorization.partition(" ")
    return _error(token.strip(), known) if scheme.lower() == "bearer" else errors.NO_BEARER


def _error(token: str, known: Container[str]) -> ErrorText:
    if token.lower() in _UNSET:
        return errors.UNSET_TOKEN
    if token.startswith(_QUOTES) or token.endswith(_QUOTES):
        return errors.QUOTED_TOKEN
    if token.lower().partition(" ")[0] == "bearer":
        return errors.BEARER_TWICE
    if token.startswith("sig_"):
        return errors.SIGNING_KEY_AS_TOKEN
    if any(token.rstrip("=") + end in known for end in ("", "=", "==")):
        return errors.CUT_TOKEN
    return errors.HOSTED_TOKEN if _is_hosted(token) else errors.UNKNOWN_TOKEN


def _is_hosted(token: str) -> bool:
    """Whether it has the form of hosted QStash's tokens: base64 of a JSON object with a user and a password."""
    if len(token) > _MAX_LENGTH or not token.isascii():
        return False
    try:
        fields = json.loads(b64decode(token + "=" * (-len(token) % 4), validate=True))
    except (ValueError, RecursionError):
        return False
    return isinstance(fields, dict) and {"UserID", "Password"} <= fields.keys()
