"""Mappings from published URLs to the URLs that are called instead."""

from __future__ import annotations

from collections.abc import Callable

from qstash_dev.config import Config
from qstash_dev.protocol.mapping import CATCH_ALL, Mapping, Route, route_of
from qstash_dev.protocol.target import target_of

MAX_MAPPINGS = 1_000


class Mappings:
    """The mappings of the configuration in ``all``, and before them those that were added, latest first."""

    def __init__(self, config: Config, is_here: Callable[[str], bool]) -> None:
        """``is_here`` tells of a host whether it is this machine."""
        self._is_here = is_here
        self._host, self._sign = config.map_host, config.map_sign
        self._configured = tuple(map(self._complete, config.mappings))
        self.all = list(self._configured)

    def add(self, mapping: Mapping) -> Mapping:
        """Add a mapping in front of all others; returns it with what the server does by default.

        Raises ValueError: there are ``MAX_MAPPINGS`` mappings.
        """
        if len(self.all) >= MAX_MAPPINGS:
            raise ValueError(f"there are {MAX_MAPPINGS} mappings already: reset the server")
        self.all.insert(0, complete := self._complete(mapping))
        return complete

    def restore(self) -> None:
        """Remove all but the mappings of the configuration."""
        self.all[:] = self._configured

    def route(self, url: str) -> Route | None:
        """The route of the first mapping that matches a published URL; ``None`` without one.

        Raises ValueError: the URL cannot be called.
        """
        for mapping in self.all:
            if mapping.pattern == CATCH_ALL and self._is_here(target_of(url).origin.host):
                continue
            if (to := mapping.apply(url)) is not None:
                return route_of(mapping, url, to)
        return None

    def _complete(self, mapping: Mapping) -> Mapping:
        return mapping._replace(host=mapping.host or self._host, sign=mapping.sign or self._sign)
