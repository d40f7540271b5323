"""Queries for messages, dead letters, schedules, queues and runs of a server."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from qstash_dev.testing.errors import QStashDevError

Item = TypeVar("Item")
_SHOWN = 10


class Query(Generic[Item]):
    """The items of one kind that match a filter. Each use reads them from the server again."""

    def __init__(
        self,
        view: type[Item],
        fetch: Callable[[], list[Item]],
        seen: Callable[[list[Item]], None] = lambda _: None,
        wanted: Mapping[str, Any] | None = None,
    ) -> None:
        self._view = view
        self._fetch = fetch
        self._seen = seen
        self._wanted = dict(wanted or {})

    def filter(self, **fields: Any) -> Query[Item]:
        """A query for the items whose fields have these values; ``label`` is compared with each of the labels.

        Raises QStashDevError: there is no such field.
        """
        known = [*self._fields, *(["label"] if "labels" in self._fields else [])]
        for name in fields:
            if name not in known:
                raise QStashDevError(f"{self._kind} have no field {name}: use {', '.join(known)}")
        return Query(self._view, self._fetch, self._seen, self._wanted | fields)

    def all(self) -> list[Item]:
        """The items, oldest first."""
        found = [item for item in self._fetch() if self._fits(item)]
        if found:
            self._seen(found)
        return found

    def one(self, id: str | None = None) -> Item:
        """The only item, or the item with this id (for queues: this name).

        Raises QStashDevError: there is none, or more than one.
        """
        chosen = self if id is None else self.filter(**{self._fields[0]: id})
        found = chosen.all()
        if len(found) == 1:
            return found[0]
        raise QStashDevError(f"{len(found)} {chosen._described()} instead of one. There are:\n{self._listed()}")

    def __iter__(self) -> Iterator[Item]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self.all())

    def __repr__(self) -> str:
        found = [item for item in self._fetch() if self._fits(item)]
        return f"<{len(found)} {self._described()}>"

    @property
    def _fields(self) -> list[str]:
        return [field.name for field in dataclasses.fields(self._view)]  # type: ignore[arg-type]

    @property
    def _kind(self) -> str:
        words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in self._view.__name__)
        return f"{words.strip()}s"

    def _described(self) -> str:
        return self._kind + "".join(f" with {name}={value!r}" for name, value in self._wanted.items())

    def _listed(self) -> str:
        items = self._fetch()
        lines = [f"  {item}" for item in items[:_SHOWN]] or ["  none"]
        if len(items) > _SHOWN:
            lines.append(f"  and {len(items) - _SHOWN} more")
        return "\n".join(lines)

    def _fits(self, item: Item) -> bool:
        return all(
            value in getattr(item, "labels") if name == "label" else getattr(item, name) == value  # noqa: B009
            for name, value in self._wanted.items()
        )
