"""The dead letter queue: groups of entries with one error and one destination, and single entries (``/_dev/dlq``).

https://upstash.com/docs/qstash/features/dlq
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from aiohttp import web
from msgspec import Struct

from qstash_dev.api.dev.message_detail import received_response
from qstash_dev.api.dev.messages import checked_search
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.dev.runs import failure_function_state
from qstash_dev.api.dev.verdicts import verdict_on
from qstash_dev.api.request import page_of, reply
from qstash_dev.api.shapes import dev_dlq as shapes
from qstash_dev.api.shapes.dev_parts import CutBody
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.api.v2.serializers import TRIM_BODY, cut_body
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import Query, count_of, cursor_of
from qstash_dev.protocol.hints import hint, reason_of
from qstash_dev.protocol.redaction import shown_body
from qstash_dev.protocol.result import Responded
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.tenant import Tenant

MAX_COUNT = 500
# A search reads no more than the beginning of each answer.
MAX_SEARCHED_BYTES = 1_000
KINDS: tuple[shapes.DeadLetterKind, ...] = get_args(shapes.DeadLetterKind)
Key = tuple[shapes.DeadLetterKind, str, str]


class _Group(Struct):
    newest: DeadLetter
    oldest: DeadLetter
    count: int = 0


async def groups(request: DevRequest) -> web.Response:
    """``GET /_dev/dlq/groups``: how many entries have each error and destination, the most recent group first."""
    _, matching = _query(request)
    found: dict[Key, _Group] = {}
    counts: dict[str, int] = dict.fromkeys(KINDS, 0)
    for letter in matching:
        key = key_of(letter)
        counts[key[0]] += 1
        group = found.get(key)
        if group is None:
            group = found[key] = _Group(letter, letter)
        group.count += 1
        group.oldest = letter
    most = request.services.config.limits.dead_letter_groups
    shown = [_group(key, group) for key, group in list(found.items())[:most]]
    total = len(request.tenant().dead_letters)
    return reply(shapes.DeadLetterGroups(shown, len(found) - len(shown), shapes.DeadLetterCounts(**counts), total))


async def list_all(request: DevRequest) -> web.Response:
    """``GET /_dev/dlq``: the entries of messages and of workflow runs, newest first, without bodies."""
    query, matching = _query(request)
    count, limits = count_of(query, MAX_COUNT, 100), request.services.config.limits
    found, more = page_of(matching, count, lambda _: 0, limits)
    total = len(request.tenant().dead_letters)
    return reply(shapes.DeadLetterList([summary(letter) for letter in found], total, found[-1].id if more else UNSET))


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/dlq/{id}``: one entry with the body of its message and the last answer to it."""
    letter = request.tenant().dead_letters.get(request.path("id"))
    if letter is None:
        raise errors.DEAD_LETTER_NOT_FOUND(id=request.path("id")[:200])
    trim, message = request.trim(TRIM_BODY), letter.message
    redaction = message.publication.options.redaction
    run_message = message.run_message
    body = shown_body(
        message.publication.body if run_message is None else run_message.run.initial_body,
        redaction if run_message is None else run_message.run.settings.redaction,
    )
    response, sent = received_response(letter.result, trim), CutBody(**cut_body(body, trim))
    verdict = verdict_on(letter, request.services.travel.calls.moment())
    return reply(shapes.DeadLetterDetail(summary(letter), verdict, sent, response, hint(letter.result) or UNSET))


def summary(letter: DeadLetter) -> shapes.DeadLetterSummary:
    """An entry as a row of a list."""
    message = letter.message
    options = message.publication.options
    kind, what, to = key_of(letter)
    run = message.run_message.run if message.run_message is not None else None
    return shapes.DeadLetterSummary(
        dlq_id=letter.id,
        kind=kind,
        what=what,
        to=to,
        message_id=message.id,
        method=options.method,
        url=message.url,
        failed_at=letter.failed_ms,
        attempts=message.retried + 1,
        duration=letter.result.duration_ms,
        response_status=letter.response_status or UNSET,
        error=letter.result.error,
        failure_reason=reason_of(letter.result) or UNSET,
        topic_name=message.topic_name or UNSET,
        queue_name=options.queue_name or UNSET,
        schedule_id=message.schedule_id or UNSET,
        labels=list(options.labels) or UNSET,
        workflow_run_id=UNSET if run is None else run.id,
        workflow_created_at=UNSET if run is None else run.created_ms,
        failure_function_state=UNSET if run is None else failure_function_state(run),
    )


def key_of(letter: DeadLetter) -> Key:
    """What the entries of a group have in common: message or run, status or error, and the URL without its query."""
    result, message = letter.result, letter.message
    plain = isinstance(result, Responded) and result.fault is None
    what = str(letter.response_status) if plain else result.error
    kind: shapes.DeadLetterKind = "message" if message.run_message is None else "run"
    return kind, what, message.url.partition("?")[0].partition("#")[0]


def _group(key: Key, group: _Group) -> shapes.DeadLetterGroup:
    newest = group.newest
    status = newest.response_status or UNSET
    reason = reason_of(newest.result) or UNSET
    return shapes.DeadLetterGroup(*key, group.count, newest.failed_ms, group.oldest.failed_ms, reason, status)


def _query(request: DevRequest) -> tuple[Query, Iterator[DeadLetter]]:
    given = request.http.query
    query = request.query(("count", "cursor"))
    kind = given.get("kind", "")
    if kind and kind not in KINDS:
        raise errors.INVALID_PARAMETER(KINDS, name="kind", value=kind[:100])
    # Each of the three is optional and has one value: a comma belongs to it.
    wanted = (kind, given.get("what", ""), given.get("to", ""))
    search = checked_search(given.get("search", "")).lower()
    return query, _matching(request.tenant(), wanted, search, cursor_of(query))


def _matching(tenant: Tenant, wanted: tuple[str, str, str], search: str, after: int | None) -> Iterator[DeadLetter]:
    for letter in tenant.dead_letters.walk(latest_first=True, after=after):
        if any(wanted) and not all(not one or one == own for one, own in zip(wanted, key_of(letter), strict=True)):
            continue
        if not search or _contains(letter, search):
            yield letter


def _contains(letter: DeadLetter, search: str) -> bool:
    message, result = letter.message, letter.result
    names = (
        letter.id,
        message.id,
        message.url,
        message.topic_name,
        message.queue_name,
        message.schedule_id,
        message.run_message.run.id if message.run_message is not None else None,
        result.error,
        *message.labels,
    )
    if search in "\n".join(name for name in names if name).lower():
        return True
    answered = result.body[:MAX_SEARCHED_BYTES] if isinstance(result, Responded) else b""
    return search.encode("utf-8", "surrogatepass") in answered.lower()
