"""Publish, enqueue and batch (QStash docs, API messages)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web

from qstash_dev.api import wire
from qstash_dev.api.auth import bearer_token
from qstash_dev.api.call import Call, checked_name, header_pairs, read_body, reply
from qstash_dev.broker.intake import Receipt
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import check_destination, destination_from_target, is_url
from qstash_dev.protocol.headers import option_pairs, parse_options, schedule_fields
from qstash_dev.protocol.publication import Publication

Pair = tuple[str, str]

MAX_BATCH_ITEMS = 10_000


async def publish(call: Call) -> web.Response:
    """``POST /v2/publish/{destination}``; with ``Upstash-Cron`` it makes a schedule, as it did in v1."""
    publication, fields = await publication_from(call, call.request.raw_path.split("/", 3)[3])
    if "cron" in fields:
        from qstash_dev.api import schedules

        return schedules.put(call, publication, fields["cron"], fields.get("schedule-id"))
    return _accept(call, publication)


async def enqueue(call: Call) -> web.Response:
    """``POST /v2/enqueue/{queue}/{destination}``."""
    queue_name = checked_name(call.path("queue"), "queue name")
    publication, _ = await publication_from(call, call.request.raw_path.split("/", 4)[4])
    return _accept(call, replace(publication, options=replace(publication.options, queue_name=queue_name)))


async def batch(call: Call) -> web.Response:
    """``POST /v2/batch``: all or nothing, answers in the order of the items."""
    items = await call.json(call.config.max_batch_bytes)
    if not isinstance(items, list):
        raise errors.INVALID_JSON(reason="a batch is a JSON array of messages")
    if len(items) > MAX_BATCH_ITEMS:
        raise errors.INVALID_JSON(reason=f"a batch holds at most {MAX_BATCH_ITEMS} messages, got {len(items)}")
    publications = [_batch_item(call, item, number) for number, item in enumerate(items)]
    call.broker.intake.check(call.tenant, publications, call.now_ms)
    answers = [_published(call, publication) for publication in publications]
    payload = [_shape(publication, answer) for publication, answer in zip(publications, answers, strict=True)]
    return reply(payload, _status([receipt for answer in answers for receipt in answer]))


async def publication_from(call: Call, target: str) -> tuple[Publication, dict[str, str]]:
    """The publication that a request makes, and what its headers say about a schedule.

    ``target`` is what the raw request target holds after the verb.
    """
    raw_path, _, raw_query = target.partition("?")
    query_options, own_query = split_query(raw_query)
    destination = destination_from_target(raw_path, own_query)
    pairs = _with_group_defaults(call, destination, option_pairs(query_options, incoming_headers(call)))
    options = parse_options(pairs)
    limit = call.config.quota.max_message_bytes
    try:
        body = await read_body(call.request, limit)
    except errors.Rejection:
        raise errors.QUOTA_EXCEEDED(name="maxMessageSize", limit=limit) from None
    return Publication(destination, body, options, call.request.remote or ""), schedule_fields(pairs)


def _with_group_defaults(call: Call, destination: str, pairs: Sequence[Pair]) -> Sequence[Pair]:
    """The headers of a publish, filled up with the defaults of the URL group it goes to."""
    group = call.tenant.url_groups.get(destination)
    return pairs if group is None else option_pairs(group.default_headers, pairs)


def incoming_headers(call: Call) -> list[Pair]:
    """The request's headers, without the one that holds a token of this server."""
    pairs = list(call.request.headers.items())
    if bearer_token(call.request) in call.broker.tenants.by_token:
        return [pair for pair in pairs if pair[0].lower() != "authorization"]
    return pairs


def split_query(raw_query: str) -> tuple[list[Pair], str]:
    """Part a raw query into ``upstash-*`` options and the destination's own query, bytes unchanged."""
    if not raw_query:
        return [], ""
    options: list[Pair] = []
    kept = []
    for part in raw_query.split("&"):
        name, _, value = part.partition("=")
        lowered = unquote_plus(name).lower()
        if lowered.startswith("upstash-"):
            # Bytes that are not UTF-8 are kept, as those of a header are.
            options.append((lowered, unquote_plus(value, errors="surrogateescape")))
        elif lowered != "qstash_token":
            kept.append(part)
    return options, "&".join(kept)


def _accept(call: Call, publication: Publication) -> web.Response:
    call.broker.intake.check(call.tenant, [publication], call.now_ms)
    receipts = _published(call, publication)
    return reply(_shape(publication, receipts), _status(receipts))


def _published(call: Call, publication: Publication) -> list[Receipt]:
    return call.broker.intake.publish(call.tenant, publication, call.now_ms)


def _shape(publication: Publication, receipts: list[Receipt]) -> Any:
    """One object for a URL; a bare array for a URL group, whatever OpenAPI says: all SDKs index it."""
    answers = [wire.receipt(receipt) for receipt in receipts]
    return answers[0] if is_url(publication.destination) else answers


def _status(receipts: list[Receipt]) -> int:
    return 202 if receipts and all(receipt.deduplicated for receipt in receipts) else 201


def _batch_item(call: Call, item: Any, number: int) -> Publication:
    if not isinstance(item, dict):
        raise errors.INVALID_JSON(reason=f"item {number} of the batch is not an object")
    try:
        destination = check_destination(_text(item, "destination"))
        pairs = _with_group_defaults(call, destination, header_pairs(item.get("headers")))
        options = parse_options(pairs)
        # The Go SDK sends "" and the Python SDK null where there is no queue.
        if queue_name := _text(item, "queue"):
            options = replace(options, queue_name=checked_name(queue_name, "queue name"))
        return Publication(destination, _text(item, "body").encode(), options, call.request.remote or "")
    except errors.Rejection as rejection:
        raise errors.Rejection(rejection.status, f"item {number} of the batch: {rejection.text}") from None
    except UnicodeEncodeError:
        raise errors.INVALID_JSON(reason=f"body of item {number} of the batch is not valid UTF-8") from None


def _text(item: dict[str, Any], field: str) -> str:
    value = item.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise errors.INVALID_FIELD(field=field, reason="use a string")
    return value
