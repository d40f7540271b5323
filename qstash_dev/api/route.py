"""Rows of the tables of routes: what is answered at a path, and what the OpenAPI document says about it."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import Struct

Handler = TypeVar("Handler")


class Answer(Struct, frozen=True):
    """An answer that is no error: the type of its JSON body, in words what it tells, and its status.

    The type is a struct, a list, a union of these, or ``None`` for no body.
    """

    type: Any = None
    text: str = "Done."
    status: int = 200
    media: str = "application/json"


DONE = (Answer(),)


def found(type: Any) -> tuple[Answer]:
    """The answer of a route that looks for one thing."""
    return (Answer(type, "Found."),)


def all_of(type: Any) -> tuple[Answer]:
    """The answer of a route that lists all things of a kind."""
    return (Answer(list[type], "All of them."),)


class Route(NamedTuple, Generic[Handler]):
    """One operation.

    ``query`` and ``headers`` are structs whose fields are the parameters. ``takes_options`` tells that every
    ``Upstash-*`` option may be given. ``body`` is the type of the request's JSON body, with ``| None`` where it may
    be missing, or ``bytes`` for a body of any kind. ``errors`` are statuses of refusals besides those that
    every route knows.
    """

    method: str
    path: str
    handler: Handler
    id: str
    summary: str
    answers: tuple[Answer, ...] = DONE
    errors: tuple[int, ...] = ()
    query: type[Struct] | None = None
    headers: type[Struct] | None = None
    takes_options: bool = False
    body: Any = None
