"""The dead letter queue of workflow runs (https://upstash.com/docs/workflow/features/dlq)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from aiohttp import web

from qstash_dev.api.request import ApiRequest, reply
from qstash_dev.api.shapes.dlq import Deleted, FailureCallbackInfo, Recovered, WorkflowDeadLetter, WorkflowDeadLetters
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.api.shapes.queries import RunDeadLetterChoice
from qstash_dev.api.shapes.workflow_runs import RunName
from qstash_dev.api.v2 import serializers
from qstash_dev.api.v2.bulk import bulk_query
from qstash_dev.api.v2.logs import trim_body
from qstash_dev.api.v2.publication import incoming_headers
from qstash_dev.api.v2.serializers import run_name
from qstash_dev.api.v2.workflows.filters import run_filter
from qstash_dev.broker.workflows.log_view import put_response
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import Query, count_of, cursor_of, ids_in
from qstash_dev.protocol.headers import Pairs
from qstash_dev.protocol.redaction import shown_body
from qstash_dev.state.dead_letters import DeadLetter

MAX_LISTED = 100
MAX_RECOVERED = 50


async def list_all(request: ApiRequest) -> web.Response:
    """``GET /v2/workflows/dlq``, and ``GET /v2/dlq?source=workflow``."""
    query = request.query()
    trim = trim_body(query)
    letters, cursor = _choose(request, query, ids_in(query), MAX_LISTED)
    return reply(WorkflowDeadLetters([_shown(letter, trim) for letter in letters], cursor or UNSET))


async def get(request: ApiRequest) -> web.Response:
    """``GET /v2/workflows/dlq/{dlqId}``."""
    return reply(_shown(_one(request)))


async def delete(request: ApiRequest) -> web.Response:
    """``DELETE /v2/workflows/dlq/{dlqId}``."""
    request.tenant.dead_letters.take(_one(request).id)
    return reply(Deleted(1))


async def delete_many(request: ApiRequest) -> web.Response:
    """``DELETE /v2/workflows/dlq``: by ids or filters."""
    letters, cursor = _choose(request, *await bulk_query(request, RunDeadLetterChoice, "dlqIds"), MAX_LISTED)
    for letter in letters:
        request.tenant.dead_letters.take(letter.id)
    return reply(Deleted(len(letters), cursor or UNSET))


async def resume(request: ApiRequest) -> web.Response:
    """``POST /v2/workflows/dlq/resume/{dlqId}``: go on where the run stopped."""
    return reply(_start_again(request, _one(request), incoming_headers(request), from_the_start=False))


async def restart(request: ApiRequest) -> web.Response:
    """``POST /v2/workflows/dlq/restart/{dlqId}``: run it once more from the beginning."""
    return reply(_start_again(request, _one(request), incoming_headers(request), from_the_start=True))


async def resume_many(request: ApiRequest) -> web.Response:
    """``POST /v2/workflows/dlq/resume``."""
    return await _start_many_again(request, from_the_start=False)


async def restart_many(request: ApiRequest) -> web.Response:
    """``POST /v2/workflows/dlq/restart``."""
    return await _start_many_again(request, from_the_start=True)


async def retry_callback(request: ApiRequest) -> web.Response:
    """``POST /v2/workflows/dlq/callback/{dlqId}``: tell the failure function once more."""
    return reply(run_name(request.broker.resumer.retry_callback(_one(request), request.now_ms)))


async def cancel_callback(request: ApiRequest) -> web.Response:
    """``DELETE /v2/workflows/dlq/callback/{dlqId}``: stop telling it."""
    return reply(run_name(request.broker.resumer.cancel_callback(_one(request), request.now_ms)))


async def _start_many_again(request: ApiRequest, *, from_the_start: bool) -> web.Response:
    query, ids = await bulk_query(request, RunDeadLetterChoice, "dlqIds")
    if ids is not None and len(set(ids)) > MAX_RECOVERED:
        raise errors.INVALID_FIELD(field="dlqIds", reason=f"give at most {MAX_RECOVERED} in one call")
    letters, cursor = _choose(request, query, ids, MAX_RECOVERED)
    if ids and not letters:
        raise errors.DEAD_LETTER_NOT_FOUND(id=", ".join(ids)[:200]).about("dlqIds")
    overrides = incoming_headers(request)
    runs = [_start_again(request, letter, overrides, from_the_start=from_the_start) for letter in letters]
    return reply(Recovered(cursor or "", runs))


def _start_again(request: ApiRequest, letter: DeadLetter, overrides: Pairs, *, from_the_start: bool) -> RunName:
    resumer = request.broker.resumer
    return run_name(resumer.start_again(letter, overrides, request.now_ms, from_the_start=from_the_start))


def _one(request: ApiRequest) -> DeadLetter:
    letter = request.tenant.dead_letters.get(request.path("id"))
    if letter is None or letter.message.run_message is None:
        raise errors.DEAD_LETTER_NOT_FOUND(id=request.path("id")[:200])
    letter.seen = True
    return letter


def _choose(
    request: ApiRequest, query: Query, ids: list[str] | None, most: int
) -> tuple[list[DeadLetter], str | None]:
    letters = request.tenant.dead_letters
    if ids is not None:
        found = [letter for id in dict.fromkeys(ids) if (letter := letters.get(id)) and letter.message.run_message]
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
    urls, statuses = frozenset(query.all("url")), frozenset(query.all("responseStatus"))
    # OpenAPI writes it both ways.
    states = frozenset(query.all("failureFunctionState", "failureCallbackState"))

    def matches(letter: DeadLetter) -> bool:
        run_message = letter.message.run_message
        if run_message is None or not of_run(run_message.run, letter.failed_ms):
            return False
        state = run_message.run.failure.state if run_message.run.failure else None
        return (
            (not urls or letter.message.url in urls)
            and (not statuses or str(letter.response_status) in statuses)
            and (not states or (state is not None and state.value in states))
        )

    return matches


_OF_LETTER = ("url", "responseStatus", "failureFunctionState", "failureCallbackState")


def _shown(letter: DeadLetter, trim: int | None = None) -> WorkflowDeadLetter:
    """The message that a run failed with, and the payload that the run was started with."""
    run_message = letter.message.run_message
    assert run_message is not None
    run = run_message.run
    shape = WorkflowDeadLetter(
        **serializers.required(letter.message),
        workflow_run_id=run.id,
        workflow_created_at=run.created_ms,
        workflow_url=run.url,
        dlq_id=letter.id,
        response_status=letter.response_status,
    )
    serializers.put_dead_letter(shape, letter, trim)
    payload = shown_body(run.initial_body, run.settings.redaction)
    shape.body, shape.body_base64 = serializers.text_or_bytes(payload, trim)
    failure = run.failure
    if failure is not None and failure.callback is not None:
        shape.failure_callback = failure.callback.url
        if failure.state is not None and failure.has_function:
            shape.failure_function_state = failure.state
            shape.failure_callback_info = FailureCallbackInfo(failure.state)
            put_response(shape.failure_callback_info, failure.callback_result)
    return shape
