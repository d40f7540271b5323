"""Publish, enqueue and batch (QStash docs, API messages)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web

from qstash_dev.api import wire
from qstash_dev.api.auth import bearer_token
from qstash_dev.api.call import Call, read_body, reply
from qstash_dev.broker.intake import Receipt
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import NAME, check_destination, destination_from_target, is_url
from qstash_dev.protocol.headers import option_pairs, parse_options
from qstash_dev.protocol.publication import DeliveryOptions, Publication

Pair = tuple[str, str]

MAX_BATCH_ITEMS = 10_000


async def publish(call: Call) -> web.Response:
    """``POST /v2/publish/{destination}``."""
    publication = await publication_from(call, call.request.raw_path.split("/", 3)[3])
    return _accept(call, publication)


async def enqueue(call: Call) -> web.Response:
    """``POST /v2/enqueue/{queue}/{destination}``."""
    target = call.request.raw_path.split("/", 4)[4]
    publication = await publication_from(call, target)
    options = replace(publication.options, queue_name=_queue_name(call.path("queue")))
    return _accept(call, replace(publication, options=options))


async def batch(call: Call) -> web.Response:
    """``POST /v2/batch``: all or nothing, answers in the order of the items."""
    items = await call.json(call.config.max_batch_bytes)
    if not isinstance(items, list):
        raise errors.INVALID_JSON(reason="a batch is a JSON array of messages")
    if len(items) > MAX_BATCH_ITEMS:
        raise errors.INVALID_JSON(reason=f"a batch holds at most {MAX_BATCH_ITEMS} messages, got {len(items)}")
    caller_ip = call.request.remote or ""
    publications = [_batch_item(item, number, caller_ip) for number, item in enumerate(items)]
    for publication in publications:
        call.broker.intake.check(call.tenant, publication, call.now_ms)
    answers = [_published(call, publication) for publication in publications]
    payload = [_shape(publication, answer) for publication, answer in zip(publications, answers, strict=True)]
    return reply(payload, _status([receipt for answer in answers for receipt in answer]))


async def publication_from(call: Call, target: str) -> Publication:
    """The publication that a request makes: ``target`` is what its raw target holds after the verb."""
    raw_path, _, raw_query = target.partition("?")
    query_options, own_query = split_query(raw_query)
    destination = destination_from_target(raw_path, own_query)
    options = parse_options(option_pairs(query_options, incoming_headers(call)))
    limit = call.config.quota.max_message_bytes
    try:
        body = await read_body(call.request, limit)
    except errors.Rejection:
        raise errors.QUOTA_EXCEEDED(name="maxMessageSize", limit=limit) from None
    return Publication(destination, body, options, call.request.remote or "")


def incoming_headers(call: Call) -> list[Pair]:
    """The request's headers, without the one that holds this server's own token."""
    pairs = list(call.request.headers.items())
    if bearer_token(call.request) == call.tenant.user.token:
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
            options.append((lowered, unquote_plus(value)))
        elif lowered != "qstash_token":
            kept.append(part)
    return options, "&".join(kept)


def _accept(call: Call, publication: Publication) -> web.Response:
    call.broker.intake.check(call.tenant, publication, call.now_ms)
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


def _queue_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise errors.QUEUE_NAME_INVALID(name=name[:100])
    return name


def _batch_item(item: Any, number: int, caller_ip: str) -> Publication:
    if not isinstance(item, dict):
        raise errors.INVALID_JSON(reason=f"item {number} of the batch is not an object")
    destination = _text(item, "destination", number)
    try:
        options = _item_options(item, number)
        return Publication(check_destination(destination), _text(item, "body", number).encode(), options, caller_ip)
    except errors.Rejection as rejection:
        raise errors.Rejection(rejection.status, f"item {number} of the batch: {rejection.text}") from None
    except UnicodeEncodeError:
        raise errors.INVALID_JSON(reason=f"body of item {number} of the batch is not valid UTF-8") from None


def _item_options(item: dict[str, Any], number: int) -> DeliveryOptions:
    options = parse_options(_item_headers(item.get("headers"), number))
    # The Go SDK sends "" and the Python SDK null where there is no queue.
    queue_name = _text(item, "queue", number)
    return replace(options, queue_name=_queue_name(queue_name)) if queue_name else options


def _item_headers(headers: Any, number: int) -> list[Pair]:
    if headers is None:
        return []
    if not isinstance(headers, dict):
        raise errors.INVALID_JSON(reason="headers must be an object of strings")
    pairs = []
    for name, value in headers.items():
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, str):
                raise errors.INVALID_JSON(reason=f"header {name[:100]} must be a string")
            pairs.append((name, one))
    return pairs


def _text(item: dict[str, Any], field: str, number: int) -> str:
    value = item.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise errors.INVALID_JSON(reason=f"{field} of item {number} of the batch must be a string")
    return value
