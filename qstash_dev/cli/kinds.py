"""Kinds of things that commands take by their id, and where the server has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from qstash_dev.cli.client import Client, Refused, segment

ROUTES = {"message": "messages", "run": "runs", "schedule": "schedules", "dead-letter": "dlq"}
"""The routes that tell all about a thing, by its kind."""
KINDS = (*ROUTES, "queue", "flow-control")
_PREFIXES = {"msg_": "message", "scd_": "schedule", "wfr_": "run"}
_DEAD_LETTER = re.compile(r"\d+-\d+", re.ASCII)
_NOT_FOUND = 404


def kinds_of(id: str) -> list[str]:
    """What a thing with this id may be. Names that say nothing are those of schedules, queues and flow control keys,
    and of workflow runs and messages as the last."""
    for prefix, kind in _PREFIXES.items():
        if id.startswith(prefix):
            return [kind]
    if _DEAD_LETTER.fullmatch(id):
        return ["dead-letter"]
    return ["schedule", "queue", "flow-control", "run", "message", "dead-letter"]


def first_found(kinds: list[str], ask: Callable[[str], Any]) -> tuple[str, Any]:
    """The first kind for which ``ask`` finds something, and what it found.

    Raises Refused: there is nothing of any kind; the error for the first.
    """
    refused: Refused | None = None
    for kind in kinds:
        try:
            return kind, ask(kind)
        except Refused as error:
            if error.status != _NOT_FOUND:
                raise
            refused = refused or error
    assert refused is not None
    raise refused


def detail(client: Client, kind: str, id: str) -> Any:
    """All about a thing. Without a user all of them are asked, the default one first.

    Raises Refused: there is none.
    """
    from qstash_dev.state.user import USERS

    path = f"{ROUTES[kind]}/{segment(id)}"
    names = [client.user] if client.user else [user.id for user in USERS]
    return first_found([name for name in names if name], lambda name: Client(client.url, name).get(path))[1]
