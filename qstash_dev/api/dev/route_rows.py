"""Functions that make the rows of the control API's tables of routes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import web

from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.route import Answer, Route
from qstash_dev.api.shapes import dev_queries as queries

DevHandler = Callable[[DevRequest], Coroutine[Any, Any, web.StreamResponse]]


def get(
    path: str, handler: DevHandler, id: str, summary: str, answer: Any, query: Any = None, *errors: int
) -> Route[DevHandler]:
    """A route that reads; ``errors`` are statuses of refusals besides those of every route."""
    return Route("GET", path, handler, id, summary, (Answer(answer),), errors, query)


def post(
    path: str,
    handler: DevHandler,
    id: str,
    summary: str,
    answer: Any,
    body: Any = None,
    *errors: int,
    query: Any = None,
    status: int = 200,
) -> Route[DevHandler]:
    """A route that does something."""
    refusals = errors if body is None else (*errors, 413)
    return Route("POST", path, handler, id, summary, (Answer(answer, status=status),), refusals, query, body=body)


def delete(path: str, handler: DevHandler, id: str, summary: str, answer: Any, *errors: int) -> Route[DevHandler]:
    """A route that deletes."""
    return Route("DELETE", path, handler, id, summary, (Answer(answer),), errors)


def stream(path: str, handler: DevHandler, id: str, summary: str, data: Any, text: str) -> Route[DevHandler]:
    """A route that streams server-sent events, each with one of the shapes in ``data``."""
    answer = Answer(data, text, media="text/event-stream")
    return Route("GET", path, handler, id, summary, (answer,), (404,), queries.FeedQuery, queries.StreamHeaders)
