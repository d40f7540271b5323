"""Batches: many publishes in one request (https://upstash.com/docs/qstash/features/batch)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web

from qstash_dev.api.request import ApiRequest, checked_name, header_pairs, read_json, reply
from qstash_dev.api.v2.publication import options_telling, with_group_defaults, without_tokens
from qstash_dev.api.v2.publish import CREATED, KNOWN, Outcome, Submission, step_error
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import check_destination
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.step import json_text
from qstash_dev.protocol.workflow import workflow_headers
from qstash_dev.slices import AT_ONCE, in_slices, others_turn

ITEMS_AT_ONCE = 100


async def batch(request: ApiRequest) -> web.Response:
    """``POST /v2/batch``: all or nothing, answers in the order of the items."""
    items = await batch_items(request)
    submissions: list[Submission] = []
    async for portion in in_slices(enumerate(items), ITEMS_AT_ONCE):
        submissions += [_submission(request, item, number) for number, item in portion]
    broker, tenant, now_ms = request.broker, request.tenant, request.now_ms
    try:
        broker.publisher.check(tenant, [submission.publication for submission in submissions], now_ms)
        # All is checked before anything is done.
        commits = [submission.prepare(broker, tenant, now_ms) for submission in submissions]
    except errors.Rejection as rejection:
        runs = (submission.workflow.run_id for submission in submissions if submission.workflow is not None)
        raise rejection.of_run(next(runs, "")) from None
    # What one message of a run does may end the run, so nothing may come between them.
    outcomes = await _done(request, commits, in_turns=all(submission.workflow is None for submission in submissions))
    known = bool(outcomes) and all(outcome.status == KNOWN for outcome in outcomes)
    return reply([outcome.payload for outcome in outcomes], KNOWN if known else CREATED)


async def _done(request: ApiRequest, commits: list[Callable[[], Outcome]], *, in_turns: bool) -> list[Outcome]:
    """The outcome of each item; other requests get their turn after every ``AT_ONCE`` messages.

    Raises Rejection: 409 if the user is started over meanwhile.
    """
    outcomes: list[Outcome] = []
    made, clears = 0, request.tenant.log.clears
    for commit in commits:
        if in_turns and made >= AT_ONCE:
            made = 0
            await others_turn()
            if request.tenant.log.clears != clears:
                raise errors.STARTED_OVER(name=request.tenant.user.id)
        outcomes.append(outcome := commit())
        made += len(outcome.payload) if isinstance(outcome.payload, list) else 1
    return outcomes


async def batch_items(request: ApiRequest) -> list[Any]:
    """The body as an array.

    Raises Rejection: 400 for anything else, 413 if it is too large.
    """
    items = await read_json(request.http, request.config.max_batch_bytes)
    if not isinstance(items, list):
        raise errors.INVALID_JSON(reason="a batch is a JSON array of messages")
    return items


def _submission(request: ApiRequest, item: Any, number: int) -> Submission:
    if not isinstance(item, dict):
        raise errors.INVALID_JSON(reason=f"item {number} of the batch is not an object").about(f"[{number}]")
    workflow = workflow_headers(_readable_pairs(item.get("headers")))
    try:
        return Submission(_publication(request, item, header_pairs(item.get("headers"))), workflow)
    except errors.Rejection as rejection:
        names = [name for name, _ in _readable_pairs(item.get("headers"))]
        refused = rejection.spelled(names).in_item(number)
    except UnicodeEncodeError:
        reason = f"body of item {number} of the batch is not valid UTF-8"
        refused = errors.INVALID_JSON(reason=reason).about(f"[{number}].body")
    raise refused if workflow is None else step_error(request, workflow, refused).of_run(workflow.run_id)


def _readable_pairs(headers: Any) -> list[tuple[str, str]]:
    """The headers with one plain value: they tell whose item it is even where the others are wrong."""
    items = headers.items() if isinstance(headers, dict) else ()
    firsts = ((name, value[0] if isinstance(value, list) and value else value) for name, value in items)
    return [(name, value) for name, value in firsts if isinstance(value, str)]


def _publication(request: ApiRequest, item: dict[str, Any], pairs: Sequence[tuple[str, str]]) -> Publication:
    destination = check_destination(text_field(item, "destination"))
    tenants, given = request.broker.tenants, with_group_defaults(request.tenant, destination, pairs)
    options = options_telling(tenants, without_tokens(tenants, given), given)
    # The Go SDK sends "" and the Python SDK null where there is no queue.
    if queue_name := text_field(item, "queue"):
        options = options.into_queue(checked_name(queue_name, "queue name", "queue"))
    elif options.queue_name is not None:
        options = options.into_queue(options.queue_name)
    return Publication(destination, body_field(item), options, request.http.remote or "")


def body_field(item: dict[str, Any]) -> bytes:
    """The body of an item: a string is the body itself, of anything else its JSON text is; ``null`` is none.

    Workflows send objects to providers of models (https://upstash.com/docs/workflow/integrations/aisdk).

    Raises Rejection: 400 for numbers that JSON does not know.
    """
    value = item.get("body")
    if value is None or isinstance(value, str):
        return text_field(item, "body").encode()
    try:
        return json_text(value, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise errors.INVALID_FIELD(field="body", reason=f"its JSON cannot be written: {error}") from None


def text_field(item: dict[str, Any], field: str) -> str:
    """A field that holds a string, or is left out.

    Raises Rejection: 400 naming the field.
    """
    value = item.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise errors.INVALID_FIELD(field=field, reason="use a string")
    return value
