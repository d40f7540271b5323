"""Mappings from published URLs to the URLs that are called instead."""

from __future__ import annotations

from collections.abc import Iterable

from qstash_dev.protocol.mapping import Mapping

MAX_MAPPINGS = 1_000


class Mappings:
    """The mappings of the configuration in ``all``, and before them those that were added, latest first."""

    def __init__(self, configured: Iterable[Mapping] = ()) -> None:
        self._configured = tuple(configured)
        self.all = list(self._configured)

    def add(self, mapping: Mapping) -> None:
        """Add a mapping in front of all others.

        Raises ValueError: there are ``MAX_MAPPINGS`` mappings.
        """
        if len(self.all) >= MAX_MAPPINGS:
            raise ValueError(f"there are {MAX_MAPPINGS} mappings already: reset the server")
        self.all.insert(0, mapping)

    def restore(self) -> None:
        """Remove all but the mappings of the configuration."""
        self.all[:] = self._configured

    def target_url(self, url: str) -> str:
        """The URL to call for a published URL: that of the first mapping that matches, or the URL itself."""
        return next((to for mapping in self.all if (to := mapping.apply(url)) is not None), url) if self.all else url
