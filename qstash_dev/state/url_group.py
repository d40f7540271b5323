"""A URL group: one name for several endpoints (QStash docs, features/url-groups)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from qstash_dev.protocol.weight import pairs_weight, texts_weight

_OVERHEAD_BYTES = 512
_ENDPOINT_BYTES = 128


class Endpoint(NamedTuple):
    """One destination of a group; the name is optional and free text."""

    url: str
    name: str | None = None


@dataclass(slots=True, eq=False)
class UrlGroup:
    """Endpoints in the order they came. ``default_headers`` apply to each publish unless it brings its own.
    ``weight`` are the bytes that it kept when it was last weighed."""

    name: str
    created_ms: int
    updated_ms: int
    endpoints: list[Endpoint] = field(default_factory=list)
    default_headers: tuple[tuple[str, str], ...] = ()
    weight: int = 0

    def upsert(self, endpoint: Endpoint) -> None:
        """Add the endpoint, or put it in the place of the one with its name, or with its URL if it has none."""
        for position, known in enumerate(self.endpoints):
            if (endpoint.name is not None and known.name == endpoint.name) or (
                known.url == endpoint.url and (endpoint.name is None or known.name is None)
            ):
                self.endpoints[position] = Endpoint(endpoint.url, endpoint.name or known.name)
                return
        self.endpoints.append(endpoint)

    def remove(self, keys: Collection[tuple[str | None, str | None]]) -> None:
        """Take out whatever has the name of one of these pairs, or its URL where it gives no name."""
        names = {name for name, _ in keys if name is not None}
        urls = {url for name, url in keys if name is None}
        self.endpoints = [known for known in self.endpoints if known.name not in names and known.url not in urls]

    def weigh(self) -> None:
        """Find out anew how many bytes it keeps."""
        self.weight = sum(map(endpoint_weight, self.endpoints)) + pairs_weight(self.default_headers) + _OVERHEAD_BYTES


def endpoint_weight(endpoint: Endpoint) -> int:
    """Bytes that an endpoint keeps."""
    return texts_weight(*endpoint) + _ENDPOINT_BYTES
