"""Calls for many things: their filters and ids, which the query and the JSON body say in two ways,
and cancelling and retrying in portions, since there may be a million."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from msgspec import Struct

from qstash_dev.api.request import ApiRequest, read_json
from qstash_dev.broker.dlq import Redelivery
from qstash_dev.broker.publish import Receipt
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import MAX_VALUES, Query
from qstash_dev.slices import in_slices
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.message import Message


async def bulk_query(
    request: ApiRequest, documented: type[Struct], ids: str, options: Iterable[str] = ()
) -> tuple[Query, list[str] | None]:
    """The filters, and the ids if any are spoken of: an empty list means nothing at all, where none means everything.

    ``ids`` is the name of the ids, of which a body may be the bare array. Names that are neither ``documented`` nor
    among the ``options`` are refused: a misspelt filter would mean everything.

    Raises Rejection: 400 naming the parameter or the field.
    """
    known = (*documented.__struct_encode_fields__, *options, "qstash_token")
    return combined(request.query(known), await read_json(request.http), known, ids)


def combined(query: Query, body: Any, known: Collection[str], ids: str) -> tuple[Query, list[str] | None]:
    """What the query and the body say together; see :func:`bulk_query`.

    Raises Rejection: 400 naming the field.
    """
    given = {ids: body} if isinstance(body, list) else body
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise errors.INVALID_JSON(reason=f'send an object such as {{"{ids}": ["…"]}}')
    values = dict(query.values)
    for name, value in given.items():
        if name not in known:
            raise errors.INVALID_FIELD(tuple(known), field=name[:100], reason=f"use {', '.join(known)}")
        if value is not None:
            values[name] = (*values.get(name, ()), *(_ids(name, value) if name == ids else _filter(name, value)))
    query = Query(values)
    return query, list(query.all(ids)) if ids in values else None


def _ids(name: str, value: Any) -> list[str]:
    if isinstance(value, str) and value and name == "workflowRunIds":
        # Older SDKs send the id of a single run so.
        return [value]
    if not isinstance(value, list) or not all(isinstance(id, str) for id in value):
        reason = f'{name} must be an array of strings, as in {{"{name}": ["…"]}}'
        raise errors.INVALID_JSON(reason=reason).about(name)
    return value


def _filter(name: str, value: Any) -> list[str]:
    given = [_text(one) for one in (value if isinstance(value, list) else [value])]
    if not given or not all(given):
        raise errors.INVALID_FIELD(field=name[:100], reason="use a string, a number, or an array of these")
    if len(given) > MAX_VALUES:
        raise errors.INVALID_FIELD(field=name[:100], reason=f"give at most {MAX_VALUES} values")
    return given


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else ""


# To cancel or to publish one costs several times as much as to look at it.
_AT_ONCE = 200


async def chosen(request: ApiRequest, matches: Callable[[Message], bool]) -> list[Message]:
    """The user's messages that have not ended, as far as they match."""
    found: list[Message] = []
    async for portion in in_slices(list(request.tenant.messages.values())):
        found += [message for message in portion if not message.ended and matches(message)]
    return found


async def cancel(request: ApiRequest, messages: Iterable[Message]) -> int:
    """Cancel these messages and return how many were. All of them step aside before any makes room for the next.

    Those of a user who has been started over meanwhile are gone already.
    """
    bulk_cancel, log = request.broker.bulk_cancel, request.tenant.log
    asked, clears = [], log.clears
    async for portion in in_slices(messages, _AT_ONCE):
        if log.clears == clears:
            asked += request.broker.canceller.request(portion, request.clock.now_ms())
    async for portion in in_slices(asked, _AT_ONCE):
        if log.clears == clears:
            bulk_cancel.finish(portion, request.clock.now_ms())
    return len(asked)


async def retry(request: ApiRequest, letters: list[DeadLetter], overrides: list[tuple[str, str]]) -> list[Receipt]:
    """Publish all of these dead letters again, or none.

    Raises:
        Rejection: 400 for an override that is wrong, 404 for a letter that another request took meanwhile, 412 for a
            quota.
    """
    redelivery, tenant, clears = request.broker.dlq, request.tenant, request.tenant.log.clears
    again, receipts = list[Redelivery](), list[Receipt]()
    async for portion in in_slices(letters, _AT_ONCE):
        again += [redelivery.prepare(letter, overrides) for letter in portion]
    if gone := [letter.id for letter in letters if tenant.dead_letters.get(letter.id) is not letter]:
        raise errors.DEAD_LETTER_NOT_FOUND(id=", ".join(gone)[:200]).about("dlqIds")
    redelivery.take(tenant, again, request.clock.now_ms())
    async for prepared in in_slices(again, _AT_ONCE):
        if tenant.log.clears == clears:
            receipts += [redelivery.publish(tenant, one, request.clock.now_ms()) for one in prepared]
    return receipts
