"""Identifiers in the forms QStash gives them. No other file rolls dice."""

from __future__ import annotations

import os

_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# Each of the 256 byte values becomes a base58 character; the slight bias does not matter for identifiers.
_TO_BASE58 = bytes(_BASE58[value % len(_BASE58)] for value in range(256))


_POOL = 4_096


class _Dice:
    """Characters rolled ahead: asking the system for each identifier would cost ten times as much."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Roll anew before the next use: two processes must not share what one has rolled."""
        self._rolled = ""
        self._used = 0

    def roll(self, length: int) -> str:
        """So many characters that nobody was given before."""
        start = self._used
        self._used = end = start + length
        if end <= len(self._rolled):
            return self._rolled[start:end]
        self._rolled = os.urandom(_POOL).translate(_TO_BASE58).decode("ascii")
        self._used = length
        return self._rolled[:length]


_DICE = _Dice()
_base58 = _DICE.roll
if hasattr(os, "register_at_fork"):  # Windows does not fork
    os.register_at_fork(after_in_child=_DICE.forget)


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
    """The ``jti`` of a signature: ``jwt_`` and 28 base58 characters."""
    return "jwt_" + _base58(28)


def signing_key() -> str:
    """A fresh signing key: ``sig_`` and 28 base58 characters."""
    return "sig_" + _base58(28)
