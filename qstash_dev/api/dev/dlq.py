"""The dead letter queue as the console shows it: groups of one error and destination, and single entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web

from qstash_dev.api.dev.body_excerpts import cut_body, trim_of
from qstash_dev.api.dev.messages import checked_search
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import page_of, reply
from qstash_dev.api.v2.serializers import Json
from qstash_dev.protocol import errors
from qstash_dev.protocol.callback import header_map
from qstash_dev.protocol.filters import Query, count_of, cursor_of, parse_query
from qstash_dev.protocol.hints import hint
from qstash_dev.protocol.redaction import shown_body
from qstash_dev.protocol.result import Responded
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.tenant import Tenant

MAX_COUNT = 500
# A search reads no more than the beginning of each answer.
MAX_SEARCHED_BYTES = 1_000
KINDS = ("message", "run")
Key = tuple[str, str, str]


@dataclass(slots=True)
class _Group:
    newest: DeadLetter
    oldest: DeadLetter
    count: int = 0


async def groups(request: DevRequest) -> web.Response:
    """``GET /_dev/dlq/groups?user=``: how many entries there are of each error and destination, most recent first."""
    _, matching = _query(request)
    found: dict[Key, _Group] = {}
    counts = dict.fromkeys(KINDS, 0)
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
    return reply({"groups": shown, "more": len(found) - len(shown), "counts": counts, "total": total})


async def list_all(request: DevRequest) -> web.Response:
    """``GET /_dev/dlq?user=``: entries of messages and of workflow runs, newest first, without bodies."""
    query, matching = _query(request)
    count, limits = count_of(query, MAX_COUNT, 100), request.services.config.limits
    found, more = page_of(matching, count, lambda _: 0, limits)
    payload: Json = {"letters": [summary(letter) for letter in found], "total": len(request.tenant().dead_letters)}
    return reply(payload | ({"cursor": found[-1].id} if more else {}))


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/dlq/{id}``: one entry with the body that was sent and the answer that sealed it."""
    letter = request.tenant().dead_letters.get(request.path("id"))
    if letter is None:
        raise errors.DEAD_LETTER_NOT_FOUND(id=request.path("id")[:200])
    trim, message, result = trim_of(request), letter.message, letter.result
    redaction = message.publication.options.redaction
    run_message = message.run_message
    body = shown_body(
        message.publication.body if run_message is None else run_message.run.initial_body,
        redaction if run_message is None else run_message.run.settings.redaction,
    )
    fields: Json = {"letter": summary(letter), "request": cut_body(body, trim)}
    if isinstance(result, Responded):
        fields["response"] = {
            "status": result.status,
            "headers": header_map(result.headers),
            **cut_body(result.body, trim),
        }
    if (text := hint(result)) is not None:
        fields["hint"] = text
    return reply(fields)


def summary(letter: DeadLetter) -> Json:
    """What a list shows; unset fields are left out."""
    message = letter.message
    options = message.publication.options
    kind, what, to = key_of(letter)
    fields: Json = {
        "dlqId": letter.id,
        "kind": kind,
        "what": what,
        "to": to,
        "messageId": message.id,
        "method": options.method,
        "url": message.url,
        "failedAt": letter.failed_ms,
        "attempts": message.retried + 1,
        "duration": letter.result.duration_ms,
    }
    run_message = message.run_message
    failure = run_message.run.failure if run_message is not None else None
    for name, value in (
        ("responseStatus", letter.response_status),
        ("error", letter.result.error),
        ("topicName", message.topic_name),
        ("queueName", options.queue_name),
        ("scheduleId", message.schedule_id),
        ("labels", list(options.labels)),
        ("workflowRunId", run_message.run.id if run_message is not None else None),
        ("workflowCreatedAt", run_message.run.created_ms if run_message is not None else None),
        ("failureFunctionState", failure.state.value if failure and failure.state and failure.has_function else None),
    ):
        if value:
            fields[name] = value
    return fields


def key_of(letter: DeadLetter) -> Key:
    """What makes entries alike: whether a run died of it, the status or the error, and the URL without its query."""
    result, message = letter.result, letter.message
    plain = isinstance(result, Responded) and result.fault is None
    what = str(letter.response_status) if plain else result.error
    kind = "message" if message.run_message is None else "run"
    return kind, what, message.url.partition("?")[0].partition("#")[0]


def _group(key: Key, group: _Group) -> Json:
    kind, what, to = key
    newest = group.newest
    fields: Json = {
        "kind": kind,
        "what": what,
        "to": to,
        "count": group.count,
        "newest": newest.failed_ms,
        "oldest": group.oldest.failed_ms,
    }
    if newest.response_status:
        fields["responseStatus"] = newest.response_status
    return fields


def _query(request: DevRequest) -> tuple[Query, Iterator[DeadLetter]]:
    given = request.http.query
    raw = parse_qsl(request.http.rel_url.raw_query_string, keep_blank_values=True, errors="replace")
    query = parse_query([(name, value) for name, value in raw if name in ("count", "cursor")])
    kind = given.get("kind", "")
    if kind and kind not in KINDS:
        raise errors.INVALID_PARAMETER(name="kind", reason=f"use {' or '.join(KINDS)}", value=kind[:100])
    # Any of the three may be left open; a comma in them separates nothing.
    wanted = (kind, given.get("what", ""), given.get("to", ""))
    search = checked_search(given.get("search", "")).lower()
    return query, _matching(request.tenant(), wanted, search, cursor_of(query))


def _matching(tenant: Tenant, wanted: Key, search: str, after: int | None) -> Iterator[DeadLetter]:
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
