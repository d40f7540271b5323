"""The dead letter queue (https://upstash.com/docs/qstash/features/dlq)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.request import ApiRequest, page_of, reply
from qstash_dev.api.shapes import dlq as shapes
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.api.shapes.queries import DeadLetterChoice
from qstash_dev.api.v2 import bulk, serializers
from qstash_dev.api.v2.bulk import bulk_query
from qstash_dev.api.v2.logs import trim_body
from qstash_dev.api.v2.publication import incoming_headers, split_query, without_tokens
from qstash_dev.api.v2.workflows import dlq as run_dlq
from qstash_dev.broker.publish import Receipt
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import (
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


async def list_all(request: ApiRequest) -> web.Response:
    """``GET /v2/dlq``; those of workflow runs are shown with ``source=workflow``, and only then."""
    if request.http.query.get("source") == "workflow":
        return await run_dlq.list_all(request)
    query = request.query()
    trim = trim_body(query)
    letters, cursor = _choose(request, query, ids_in(query), shown=trim is None)
    shown = [serializers.dead_letter(letter, trim) for letter in letters]
    return reply(shapes.DeadLetters(shown, cursor or UNSET))


async def get(request: ApiRequest) -> web.Response:
    """``GET /v2/dlq/{id}``."""
    return reply(serializers.dead_letter(_one(request)))


async def delete(request: ApiRequest) -> web.Response:
    """``DELETE /v2/dlq/{id}``."""
    request.tenant.dead_letters.take(_one(request).id)
    return reply(shapes.Deleted(1))


async def delete_many(request: ApiRequest) -> web.Response:
    """``DELETE /v2/dlq``: by ids or filters, in the query or in a JSON body.

    With ids the answer holds only numbers: the Go SDK reads it into a map of them.
    """
    letters, cursor = _choose(request, *await bulk_query(request, DeadLetterChoice, "dlqIds"))
    for letter in letters:
        request.tenant.dead_letters.take(letter.id)
    return reply(shapes.Deleted(len(letters), cursor or UNSET))


async def retry(request: ApiRequest) -> web.Response:
    """``POST /v2/dlq/retry/{id}``: any publish header overrides the original's setting."""
    _refuse_runs(request, [request.path("id")], "id")
    [receipt] = await bulk.retry(request, [_one(request)], _overrides(request))
    return reply(_retried(receipt), 201)


async def retry_many(request: ApiRequest) -> web.Response:
    """``POST /v2/dlq/retry``: filters that match nothing are no error, unknown ids are, and retry nothing."""
    options = [name for name in request.http.query if name.lower().startswith("upstash-")]
    query, ids = await bulk_query(request, DeadLetterChoice, "dlqIds", options)
    _refuse_runs(request, ids or [], "dlqIds")
    letters, cursor = _choose(request, query, ids)
    if missing := set(ids or ()) - {letter.id for letter in letters}:
        raise errors.DEAD_LETTER_NOT_FOUND(id=", ".join(sorted(missing))[:200]).about("dlqIds")
    receipts = await bulk.retry(request, letters, _overrides(request))
    return reply(shapes.RetriedMany([_retried(receipt) for receipt in receipts], cursor or ""), 201)


def _retried(receipt: Receipt) -> shapes.Retried:
    return shapes.Retried(receipt.message_id, receipt.deduplicated or UNSET)


def _one(request: ApiRequest) -> DeadLetter:
    letter = request.tenant.dead_letters.get(request.path("id"))
    if letter is None or letter.message.run_message is not None:
        raise errors.DEAD_LETTER_NOT_FOUND(id=request.path("id")[:200])
    letter.seen = True
    return letter


def _refuse_runs(request: ApiRequest, ids: list[str], field: str) -> None:
    """Refuse entries of workflow runs, which have routes of their own: retrying one message of a run is not enough.

    Raises Rejection: 409 naming the entry and its run.
    """
    for id in ids:
        letter = request.tenant.dead_letters.get(id)
        if letter is not None and letter.message.run_message is not None:
            raise errors.RUN_DEAD_LETTER(id=id, run=letter.message.run_message.run.id).about(field)


def _overrides(request: ApiRequest) -> list[tuple[str, str]]:
    query_options, _ = split_query(request.http.rel_url.raw_query_string)
    return list(without_tokens(request.broker.tenants, option_pairs(query_options, incoming_headers(request))))


def _choose(
    request: ApiRequest, query: Query, ids: list[str] | None, *, shown: bool = False
) -> tuple[list[DeadLetter], str | None]:
    """The letters that are meant, which count as seen, and the cursor of the next page if there is one.

    A page that is ``shown`` with all its bodies may hold fewer.
    """
    letters, cursor = _page(request, query, ids, shown)
    for letter in letters:
        letter.seen = True
    return letters, cursor


def _page(
    request: ApiRequest, query: Query, ids: list[str] | None, shown: bool
) -> tuple[list[DeadLetter], str | None]:
    letters = request.tenant.dead_letters
    if ids is not None:
        chosen = (letter for id in dict.fromkeys(ids) if (letter := letters.get(id)) is not None)
        return [letter for letter in chosen if letter.message.run_message is None], None
    if query.choice("source", ("workflow",)):
        # Those of workflow runs are listed by another handler, and recovered by routes of their own.
        return [], None
    matches = message_filter(query)
    statuses = _statuses(query)
    walk = letters.walk(latest_first=latest_first(query, default=False), after=cursor_of(query))
    found = (
        letter
        for letter in walk
        if letter.message.run_message is None
        and matches(letter.message, letter.failed_ms)
        and (not statuses or letter.response_status in statuses)
    )
    count, limits = count_of(query, MAX_COUNT), request.config.limits
    page, more = page_of(found, count, lambda letter: letter.weight if shown else 0, limits)
    return page, page[-1].id if more else None


def _statuses(query: Query) -> set[int]:
    texts = query.all("responseStatus")
    if wrong := [text for text in texts if not (text.isascii() and text.isdigit() and len(text) <= 9)]:
        raise errors.INVALID_PARAMETER(name="responseStatus", reason="use a number such as 500", value=wrong[0][:100])
    return {int(text) for text in texts}
