"""Destinations off this machine that no mapping catches: told at the first delivery, or never called."""

from __future__ import annotations

from collections.abc import Callable

from qstash_dev.clock import Clock
from qstash_dev.config import Config
from qstash_dev.delivery.failure import not_mapped
from qstash_dev.protocol.hints import shell_url
from qstash_dev.protocol.result import Unreachable
from qstash_dev.protocol.target import target_of
from qstash_dev.protocol.warning import foreign_host
from qstash_dev.state.message import Message


class ForeignHosts:
    """Remembers ``Limits.known_hosts`` hosts that need no further look. Beyond that all are told again."""

    def __init__(self, config: Config, clock: Clock, is_here: Callable[[str], bool]) -> None:
        self._local_only = config.local_only
        self._most = config.limits.known_hosts
        self._clock = clock
        self._is_here = is_here
        self._known: set[str] = set()

    def refusal(self, message: Message) -> Unreachable | None:
        """The result of an attempt to an unmapped destination that must not be called; ``None`` if it may be, after a
        warning if its host is a new one off this machine.

        Raises ValueError: the URL cannot be called.
        """
        origin = target_of(message.url).origin
        if origin.host in self._known:
            return None
        if not self._is_here(origin.host):
            if self._local_only:
                return not_mapped(origin)
            message.tenant.warn(message, foreign_host(origin.host, shell_url(origin)), self._clock.now_ms())
        if len(self._known) >= self._most:
            self._known.clear()
        self._known.add(origin.host)
        return None

    def forget(self) -> None:
        """Tell of all hosts again."""
        self._known.clear()
