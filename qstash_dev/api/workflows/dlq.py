"""The dead letter queue of workflow runs (QStash docs, API workflow/dlq)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from aiohttp import web

from qstash_dev.api import wire
from qstash_dev.api.bulk import bulk_query
from qstash_dev.api.call import Call, reply
from qstash_dev.api.logs import trim_body
from qstash_dev.api.publish import incoming_headers
from qstash_dev.api.workflows.filters import DLQ_PARAMETERS, run_filter
from qstash_dev.api.workflows.log_view import callback_response
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import Query, count_of, cursor_of, ids_in
from qstash_dev.protocol.headers import Pairs
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.run import Run

MAX_LISTED = 100
MAX_RECOVERED = 50

Again = Callable[[DeadLetter, Pairs, int], Run]


async def list_all(call: Call) -> web.Response:
    """``GET /v2/workflows/dlq``, and ``GET /v2/dlq?source=workflow``."""
    query = call.query()
    trim = trim_body(query)
    letters, cursor = _choose(call, query, ids_in(query), MAX_LISTED)
    messages = [_shown(letter, trim) for letter in letters]
    return reply({"messages": messages} | ({"cursor": cursor} if cursor else {}))


async def get(call: Call) -> web.Response:
    """``GET /v2/workflows/dlq/{dlqId}``."""
    return reply(_shown(_one(call)))


async def delete(call: Call) -> web.Response:
    """``DELETE /v2/workflows/dlq/{dlqId}``."""
    call.tenant.dead_letters.take(_one(call).id)
    return reply({"deleted": 1})


async def delete_many(call: Call) -> web.Response:
    """``DELETE /v2/workflows/dlq``: by ids or filters."""
    letters, cursor = _choose(call, *await bulk_query(call, DLQ_PARAMETERS, "dlqIds"), MAX_LISTED)
    for letter in letters:
        call.tenant.dead_letters.take(letter.id)
    return reply({"deleted": len(letters)} | ({"cursor": cursor} if cursor else {}))


async def resume(call: Call) -> web.Response:
    """``POST /v2/workflows/dlq/resume/{dlqId}``: go on where the run stopped."""
    return reply(call.broker.recovery.resume(_one(call), incoming_headers(call), call.now_ms).shown())


async def restart(call: Call) -> web.Response:
    """``POST /v2/workflows/dlq/restart/{dlqId}``: run it once more from the beginning."""
    return reply(call.broker.recovery.restart(_one(call), incoming_headers(call), call.now_ms).shown())


async def resume_many(call: Call) -> web.Response:
    """``POST /v2/workflows/dlq/resume``."""
    return await _many(call, call.broker.recovery.resume)


async def restart_many(call: Call) -> web.Response:
    """``POST /v2/workflows/dlq/restart``."""
    return await _many(call, call.broker.recovery.restart)


async def retry_callback(call: Call) -> web.Response:
    """``POST /v2/workflows/dlq/callback/{dlqId}``: tell the failure function once more."""
    return reply(call.broker.recovery.retry_callback(_one(call), call.now_ms).shown())


async def cancel_callback(call: Call) -> web.Response:
    """``DELETE /v2/workflows/dlq/callback/{dlqId}``: stop telling it."""
    return reply(call.broker.recovery.cancel_callback(_one(call), call.now_ms).shown())


async def _many(call: Call, again: Again) -> web.Response:
    query, ids = await bulk_query(call, DLQ_PARAMETERS, "dlqIds")
    if ids is not None and len(set(ids)) > MAX_RECOVERED:
        raise errors.INVALID_FIELD(field="dlqIds", reason=f"give at most {MAX_RECOVERED} in one call")
    letters, cursor = _choose(call, query, ids, MAX_RECOVERED)
    if ids and not letters:
        raise errors.DEAD_LETTER_NOT_FOUND(id=", ".join(ids)[:200])
    overrides = incoming_headers(call)
    runs = [again(letter, overrides, call.now_ms) for letter in letters]
    return reply({"cursor": cursor or "", "workflowRuns": [run.shown() for run in runs]})


def _one(call: Call) -> DeadLetter:
    letter = call.tenant.dead_letters.get(call.path("id"))
    if letter is None or letter.message.part is None:
        raise errors.DEAD_LETTER_NOT_FOUND(id=call.path("id")[:200])
    letter.seen = True
    return letter


def _choose(call: Call, query: Query, ids: list[str] | None, most: int) -> tuple[list[DeadLetter], str | None]:
    letters = call.tenant.dead_letters
    if ids is not None:
        found = [letter for id in dict.fromkeys(ids) if (letter := letters.get(id)) and letter.message.part]
        cursor = None
    else:
        count = count_of(query, most)
        matches = _letter_filter(query)
        walk = (letter for letter in letters.walk(latest_first=False, after=cursor_of(query)) if matches(letter))
        found = list(islice(walk, count + 1))
        cursor = found[count - 1].id if len(found) > count else None
        found = found[:count]
    for letter in found:
        letter.seen = True
    return found, cursor


def _letter_filter(query: Query) -> Callable[[DeadLetter], bool]:
    of_run = run_filter(Query({name: values for name, values in query.values.items() if name not in _OF_LETTER}))
    urls, statuses = query.all("url"), query.all("responseStatus")
    # OpenAPI writes it both ways.
    states = query.all("failureFunctionState", "failureCallbackState")

    def matches(letter: DeadLetter) -> bool:
        part = letter.message.part
        if part is None or not of_run(part.run, letter.failed_ms):
            return False
        state = part.run.failure.state if part.run.failure else None
        return (
            (not urls or letter.message.url in urls)
            and (not statuses or str(letter.response_status) in statuses)
            and (not states or (state is not None and state.value in states))
        )

    return matches


_OF_LETTER = ("url", "responseStatus", "failureFunctionState", "failureCallbackState")


def _shown(letter: DeadLetter, trim: int | None = None) -> dict[str, Any]:
    part = letter.message.part
    assert part is not None
    run = part.run
    fields = {
        name: value for name, value in wire.dead_letter(letter, trim).items() if name not in ("body", "bodyBase64")
    }
    fields |= wire.initial_body(run, trim)
    failure = run.failure
    if failure is not None and failure.callback is not None:
        fields["failureCallback"] = failure.callback.url
        if failure.state is not None and failure.has_function:
            fields["failureFunctionState"] = failure.state.value
            fields["failureCallbackInfo"] = {
                "state": failure.state.value,
                **callback_response(failure.callback_result),
            }
    return fields
