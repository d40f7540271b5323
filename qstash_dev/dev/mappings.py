"""Mappings: where published URLs are delivered instead."""

from __future__ import annotations

from collections.abc import Iterable

from qstash_dev.protocol.mapping import Mapping, mapped_url

MAX_MAPPINGS = 1_000


class Mappings:
    """Those of the configuration, and before them those that were added since. ``all`` may be changed."""

    def __init__(self, configured: Iterable[Mapping] = ()) -> None:
        self._configured = tuple(configured)
        self.all = list(self._configured)

    def add(self, mapping: Mapping) -> None:
        """Let it decide before all others.

        Raises:
            ValueError: there are too many already.
        """
        if len(self.all) >= MAX_MAPPINGS:
            raise ValueError(f"there are {MAX_MAPPINGS} mappings already: reset the server")
        self.all.insert(0, mapping)

    def restore(self) -> None:
        """Leave only those of the configuration."""
        self.all[:] = self._configured

    def target_url(self, url: str) -> str:
        """Where a request to this URL goes."""
        return mapped_url(self.all, url) if self.all else url
