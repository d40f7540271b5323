"""The two signing keys of a user (https://upstash.com/docs/qstash/howto/roll-signing-keys)."""

from __future__ import annotations


class SigningKeys:
    """Deliveries are signed with ``current``; receivers also accept ``next``."""

    def __init__(self, current: str, next: str) -> None:
        self.current, self.next = current, next

    def rotate(self, fresh: str) -> None:
        """Make the next key the current one, and ``fresh`` the next one."""
        self.current, self.next = self.next, fresh
