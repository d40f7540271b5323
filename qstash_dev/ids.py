"""Random identifiers and signing keys in the forms of QStash. No other module creates random values."""

from __future__ import annotations

import os

_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# Each of the 256 byte values becomes a base58 character; the slight bias does not matter for identifiers.
_TO_BASE58 = bytes(_BASE58[value % len(_BASE58)] for value in range(256))
_POOL = 4_096


class _RandomText:
    """Random base58 characters from a pool, because to ask the system for each identifier costs ten times as much."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Drop the pool, so that a forked process does not use the same characters as its parent."""
        self._pool = ""
        self._used = 0

    def take(self, length: int) -> str:
        """``length`` characters that were not returned before."""
        start = self._used
        self._used = end = start + length
        if end <= len(self._pool):
            return self._pool[start:end]
        self._pool = os.urandom(_POOL).translate(_TO_BASE58).decode("ascii")
        self._used = length
        return self._pool[:length]


_RANDOM_TEXT = _RandomText()
_base58 = _RANDOM_TEXT.take
if hasattr(os, "register_at_fork"):  # Windows does not fork
    os.register_at_fork(after_in_child=_RANDOM_TEXT.forget)


def message_id() -> str:
    """``msg_`` and 28 base58 characters."""
    return "msg_" + _base58(28)


def schedule_id() -> str:
    """``scd_`` and 28 base58 characters."""
    return "scd_" + _base58(28)


def run_id() -> str:
    """``wfr_`` and 21 base58 characters."""
    return "wfr_" + _base58(21)


def token_id() -> str:
    """The claim ``jti`` of a signature: ``jwt_`` and 28 base58 characters."""
    return "jwt_" + _base58(28)


def signing_key() -> str:
    """A new signing key: ``sig_`` and 28 base58 characters."""
    return "sig_" + _base58(28)
