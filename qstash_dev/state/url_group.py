"""A URL group: one name for several endpoints (QStash docs, features/url-groups)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Endpoint(NamedTuple):
    """One destination of a group; the name is optional and free text."""

    url: str
    name: str | None = None


@dataclass(slots=True, eq=False)
class UrlGroup:
    """Endpoints in the order they came. ``default_headers`` apply to each publish unless it brings its own."""

    name: str
    created_ms: int
    updated_ms: int
    endpoints: list[Endpoint] = field(default_factory=list)
    default_headers: tuple[tuple[str, str], ...] = ()

    def upsert(self, endpoint: Endpoint) -> None:
        """Add the endpoint, or put it in the place of the one with its name, or with its URL if it has none."""
        for position, known in enumerate(self.endpoints):
            if (endpoint.name is not None and known.name == endpoint.name) or (
                known.url == endpoint.url and (endpoint.name is None or known.name is None)
            ):
                self.endpoints[position] = Endpoint(endpoint.url, endpoint.name or known.name)
                return
        self.endpoints.append(endpoint)

    def remove(self, *, name: str | None, url: str | None) -> None:
        """Take out whatever has this name, or this URL where no name is given."""
        self.endpoints = [
            known for known in self.endpoints if (known.name != name if name is not None else known.url != url)
        ]
