"""The dead letter queue (QStash docs, API dlq)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api import wire
from qstash_dev.api.bulk import bulk_query
from qstash_dev.api.call import Call, page_of, reply
from qstash_dev.api.logs import trim_body
from qstash_dev.api.publish import incoming_headers, split_query
from qstash_dev.api.workflows import dlq as run_dlq
from qstash_dev.broker.intake import Receipt
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import (
    DEAD_LETTER_PARAMETERS,
    Query,
    count_of,
    cursor_of,
    ids_in,
    latest_first,
    message_filter,
)
from qstash_dev.protocol.headers import option_pairs
from qstash_dev.state.dead_letters import DeadLetter

MAX_COUNT = 100


async def list_all(call: Call) -> web.Response:
    """``GET /v2/dlq``; those of workflow runs are shown with ``source=workflow``, and only then."""
    if call.request.query.get("source") == "workflow":
        return await run_dlq.list_all(call)
    query = call.query()
    trim = trim_body(query)
    letters, cursor = _choose(call, query, ids_in(query), shown=trim is None)
    answer: wire.Json = {"messages": [wire.dead_letter(letter, trim) for letter in letters]}
    return reply(answer | ({"cursor": cursor} if cursor else {}))


async def get(call: Call) -> web.Response:
    """``GET /v2/dlq/{id}``."""
    return reply(wire.dead_letter(_one(call)))


async def delete(call: Call) -> web.Response:
    """``DELETE /v2/dlq/{id}``."""
    call.tenant.dead_letters.take(_one(call).id)
    return reply({"deleted": 1})


async def delete_many(call: Call) -> web.Response:
    """``DELETE /v2/dlq``: by ids or filters, in the query or in a JSON body.

    With ids the answer holds only numbers: the Go SDK reads it into a map of them.
    """
    letters, cursor = _choose(call, *await bulk_query(call, DEAD_LETTER_PARAMETERS, "dlqIds"))
    for letter in letters:
        call.tenant.dead_letters.take(letter.id)
    answer: wire.Json = {"deleted": len(letters)}
    return reply(answer | ({"cursor": cursor} if cursor else {}))


async def retry(call: Call) -> web.Response:
    """``POST /v2/dlq/retry/{id}``: any publish header overrides the original's setting."""
    _refuse_runs(call, [call.path("id")])
    [receipt] = call.broker.redelivery.retry(call.tenant, [_one(call)], _overrides(call), call.now_ms)
    return reply(_retried(receipt), 201)


async def retry_many(call: Call) -> web.Response:
    """``POST /v2/dlq/retry``: filters that match nothing are no error, unknown ids are, and retry nothing."""
    options = [name for name in call.request.query if name.lower().startswith("upstash-")]
    query, ids = await bulk_query(call, [*DEAD_LETTER_PARAMETERS, *options], "dlqIds")
    _refuse_runs(call, ids or [])
    letters, cursor = _choose(call, query, ids)
    if missing := set(ids or ()) - {letter.id for letter in letters}:
        raise errors.DEAD_LETTER_NOT_FOUND(id=", ".join(sorted(missing))[:200])
    receipts = call.broker.redelivery.retry(call.tenant, letters, _overrides(call), call.now_ms)
    return reply({"responses": [_retried(receipt) for receipt in receipts], "cursor": cursor or ""}, 201)


def _retried(receipt: Receipt) -> wire.Json:
    fields = wire.receipt(receipt)
    del fields["url"]
    return fields


def _one(call: Call) -> DeadLetter:
    letter = call.tenant.dead_letters.get(call.path("id"))
    if letter is None or letter.message.part is not None:
        raise errors.DEAD_LETTER_NOT_FOUND(id=call.path("id")[:200])
    letter.seen = True
    return letter


def _refuse_runs(call: Call, ids: list[str]) -> None:
    """Tell whoever names the entry of a workflow run how to recover a run: one message of it is not enough."""
    for id in ids:
        letter = call.tenant.dead_letters.get(id)
        if letter is not None and letter.message.part is not None:
            raise errors.RUN_DEAD_LETTER(id=id, run=letter.message.part.run.id)


def _overrides(call: Call) -> list[tuple[str, str]]:
    query_options, _ = split_query(call.request.rel_url.raw_query_string)
    return list(option_pairs(query_options, incoming_headers(call)))


def _choose(
    call: Call, query: Query, ids: list[str] | None, *, shown: bool = False
) -> tuple[list[DeadLetter], str | None]:
    """The letters meant, which count as seen, and the cursor of the next page if there is one.

    A page that is ``shown`` with all its bodies may hold fewer.
    """
    letters, cursor = _page(call, query, ids, shown)
    for letter in letters:
        letter.seen = True
    return letters, cursor


def _page(call: Call, query: Query, ids: list[str] | None, shown: bool) -> tuple[list[DeadLetter], str | None]:
    letters = call.tenant.dead_letters
    if ids is not None:
        chosen = (letter for id in dict.fromkeys(ids) if (letter := letters.get(id)) is not None)
        return [letter for letter in chosen if letter.message.part is None], None
    if _of_workflows(query):
        # Those of workflow runs are listed by another handler, and recovered by routes of their own.
        return [], None
    matches = message_filter(query)
    statuses = _statuses(query)
    walk = letters.walk(latest_first=latest_first(query, default=False), after=cursor_of(query))
    found = (
        letter
        for letter in walk
        if letter.message.part is None
        and matches(letter.message, letter.failed_ms)
        and (not statuses or letter.response_status in statuses)
    )
    page, more = page_of(found, count_of(query, MAX_COUNT), lambda letter: letter.weight if shown else 0)
    return page, page[-1].id if more else None


def _of_workflows(query: Query) -> bool:
    source = query.one("source")
    if source not in (None, "workflow"):
        raise errors.INVALID_PARAMETER(name="source", reason="use workflow", value=str(source)[:100])
    return source is not None


def _statuses(query: Query) -> set[int]:
    texts = query.all("responseStatus")
    if wrong := [text for text in texts if not (text.isascii() and text.isdigit() and len(text) <= 9)]:
        raise errors.INVALID_PARAMETER(name="responseStatus", reason="use a number such as 500", value=wrong[0][:100])
    return {int(text) for text in texts}
