"""The two signing keys of a user (QStash docs, howto/roll-signing-keys)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class SigningKeys:
    """Deliveries are signed with ``current``; receivers also accept ``next``."""

    current: str
    next: str

    def rotate(self, fresh: str) -> None:
        """The next key becomes the current one, and ``fresh`` the next."""
        self.current, self.next = self.next, fresh
