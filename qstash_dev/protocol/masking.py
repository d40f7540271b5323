"""Texts of clients without credentials: user names and passwords in URLs (RFC 3986, 3.2.1), and tokens."""

from __future__ import annotations

import re
from urllib.parse import unquote

_MASK = "***"
# What ends a part of a path, a query or a sentence, also percent-encoded.
_BREAKS = re.compile(r"(\s|[/?#&;'\"]|%2[fF36]|%3[fFbB])")
_SLASHES = ("/", "%2f")
_SCHEMES = ("bearer", "basic")
# What our own errors have in the place of a token.
_PLACEHOLDERS = ("<QSTASH_TOKEN>",)
# Without any of these a text has no credentials, as most have none.
_SUSPICIOUS = re.compile(r"[@=]|(?i:%40|%3d|bearer|basic)|eyJ|sig_|sk[-_]|qstash_")
# How tokens of QStash, signing keys and secrets of common providers begin.
_BEGINNINGS = ("eyJ", "sig_", "sk-", "sk_", "qstash_")
_LONGEST_BEGINNING = 12
_SECRET_NAME = re.compile(
    r"token|secret|passw|pwd|auth|signature|cred|session|jwt|(?:api|access|private|signing)[-_.]?key"
    r"|\A(?:key|sig|code)\Z",
    re.IGNORECASE,
)


def without_credentials(text: str, most: int) -> str:
    """The text, cut to ``most`` characters, with ``***`` in the place of user names and passwords in URLs, values of
    parameters such as ``token``, and tokens."""
    if len(text) > most:
        # An authority that is cut could hide that it begins with a password.
        return _all_masked(text[:most] + "@").removesuffix("@")[: most - 1] + "…"
    return _all_masked(text)[:most] if _SUSPICIOUS.search(text) else text


def _all_masked(text: str) -> str:
    parts = _BREAKS.split(text)
    for position in range(0, len(parts), 2):
        if part := parts[position]:
            parts[position] = _masked(part, parts[max(0, position - 3) : position])
    return "".join(parts)


def _masked(part: str, before: list[str]) -> str:
    plain = unquote(part) if "%" in part else part
    user, at, host = plain.rpartition("@")
    if at and (":" in user or _is_authority(before)):
        return f"{_MASK}@{host}"
    name, equals, value = plain.partition("=")
    if equals and value and _SECRET_NAME.search(name[-64:]):
        return f"{name}={_MASK}"
    if before[-2:-1] and before[-2].lower() in _SCHEMES and plain not in _PLACEHOLDERS:
        return _MASK
    if plain.startswith(_BEGINNINGS) and len(plain) > _LONGEST_BEGINNING:
        return plain[:4] + _MASK
    return part


def _is_authority(before: list[str]) -> bool:
    """Whether two slashes come before."""
    return len(before) == 3 and before[1] == "" and {before[0].lower(), before[2].lower()} <= set(_SLASHES)
