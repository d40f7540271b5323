"""Filters and ids of calls for many things: the query string and the JSON body say the same in two ways."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from msgspec import Struct

from qstash_dev.api.request import ApiRequest
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import MAX_VALUES, Query


async def bulk_query(
    request: ApiRequest, documented: type[Struct], ids: str, options: Iterable[str] = ()
) -> tuple[Query, list[str] | None]:
    """The filters, and the ids if any are spoken of: an empty list means nothing at all, where none means everything.

    ``ids`` is the name of the ids, of which a body may be the bare array. Names that are neither ``documented`` nor
    among the ``options`` are refused: a misspelt filter would mean everything.

    Raises Rejection: 400 naming the parameter or the field.
    """
    known = (*documented.__struct_encode_fields__, *options, "qstash_token")
    return chosen(request.query(known), await request.json(), known, ids)


def chosen(query: Query, body: Any, known: Collection[str], ids: str) -> tuple[Query, list[str] | None]:
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
