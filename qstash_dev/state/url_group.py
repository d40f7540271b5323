"""A URL group: one name for several endpoints (https://upstash.com/docs/qstash/features/url-groups)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from qstash_dev.protocol.weight import pairs_weight, texts_weight

_OVERHEAD_BYTES = 512
_ENDPOINT_BYTES = 128


class Endpoint(NamedTuple):
    """One destination of a URL group. Its name is optional and may be any text."""

    url: str
    name: str | None = None


class UrlGroup:
    """A URL group of one user."""

    def __init__(self, name: str, created_ms: int, updated_ms: int, endpoints: Iterable[Endpoint] = ()) -> None:
        self.name = name
        self.created_ms = created_ms
        self.updated_ms = updated_ms
        self.endpoints = list(endpoints)  #: in the order in which they were added
        self.default_headers: tuple[tuple[str, str], ...] = ()  #: for publishes that have no headers of the same name
        self.weight = 0  #: bytes that it keeps, as of the last :meth:`weigh`

    def upsert(self, endpoint: Endpoint) -> None:
        """Add an endpoint, or replace the one with the same name, or with the same URL if one of them has no name."""
        for position, known in enumerate(self.endpoints):
            if (endpoint.name is not None and known.name == endpoint.name) or (
                known.url == endpoint.url and (endpoint.name is None or known.name is None)
            ):
                self.endpoints[position] = Endpoint(endpoint.url, endpoint.name or known.name)
                return
        self.endpoints.append(endpoint)

    def remove(self, keys: Collection[tuple[str | None, str | None]]) -> None:
        """Remove the endpoints with these names, or with these URLs where the pair has no name."""
        names = {name for name, _ in keys if name is not None}
        urls = {url for name, url in keys if name is None}
        self.endpoints = [known for known in self.endpoints if known.name not in names and known.url not in urls]

    def weigh(self) -> None:
        """Compute ``weight`` again."""
        self.weight = sum(map(endpoint_weight, self.endpoints)) + pairs_weight(self.default_headers) + _OVERHEAD_BYTES


def endpoint_weight(endpoint: Endpoint) -> int:
    """Bytes that an endpoint keeps."""
    return texts_weight(*endpoint) + _ENDPOINT_BYTES
