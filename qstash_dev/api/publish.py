"""Publish and enqueue (QStash docs, API messages)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote_plus

from aiohttp import web

from qstash_dev.api.auth import bearer_token
from qstash_dev.api.call import Call, checked_name, read_body, reply
from qstash_dev.api.submission import Submission, step_error
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import destination_from_target, is_encoded, is_url
from qstash_dev.protocol.headers import option_pairs, parse_options, schedule_fields
from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.protocol.warning import percent_encoded_destination
from qstash_dev.protocol.workflow import WorkflowHeaders, workflow_headers
from qstash_dev.state.tenant import Tenant

Pair = tuple[str, str]


async def publish(call: Call) -> web.Response:
    """``POST /v2/publish/{destination}``; with ``Upstash-Cron`` it makes a schedule, as it did in v1."""
    target = call.request.raw_path.split("/", 3)[3]
    if (workflow := _workflow(call)) is not None:
        return await _publish_to_run(call, target, workflow)
    publication, fields = await publication_from(call, target)
    if "cron" in fields:
        from qstash_dev.api import schedules

        return schedules.put(call, publication, fields["cron"], fields.get("schedule-id"))
    return _accept(call, publication)


async def enqueue(call: Call) -> web.Response:
    """``POST /v2/enqueue/{queue}/{destination}``."""
    queue_name = checked_name(call.path("queue"), "queue name")
    publication, _ = await publication_from(call, call.request.raw_path.split("/", 4)[4])
    if publication.options.delayed:
        raise errors.DELAYED_ENQUEUE()
    return _accept(call, publication._replace(options=publication.options._replace(queue_name=queue_name)))


async def publication_from(call: Call, target: str) -> tuple[Publication, dict[str, str]]:
    """The publication that a request makes, and what its headers say about a schedule.

    ``target`` is what the raw request target holds after the verb.
    """
    destination, options, fields = parsed(call.tenant, target, incoming_headers(call))
    limit = call.config.quota.max_message_bytes
    try:
        body = await read_body(call.request, limit)
    except errors.Rejection:
        raise errors.QUOTA_EXCEEDED(name="maxMessageSize", limit=limit) from None
    return Publication(destination, body, options, call.request.remote or ""), fields


def parsed(tenant: Tenant, target: str, headers: Sequence[Pair]) -> tuple[str, DeliveryOptions, dict[str, str]]:
    """Destination and options of a request, and what it says about a schedule; raises what parsing raises."""
    raw_path, _, raw_query = target.partition("?")
    query_options, own_query = split_query(raw_query)
    destination = destination_from_target(raw_path, own_query)
    pairs = with_group_defaults(tenant, destination, option_pairs(query_options, headers))
    options, fields = parse_options(pairs), schedule_fields(pairs)
    if options.queue_name is not None and not fields:
        # A schedule may delay what it puts into a queue.
        options = options.into_queue(options.queue_name)
    if is_url(destination) and is_encoded(raw_path):
        options = options._replace(warnings=(*options.warnings, percent_encoded_destination(destination)))
    return destination, options, fields


def with_group_defaults(tenant: Tenant, destination: str, pairs: Sequence[Pair]) -> Sequence[Pair]:
    """The headers of a publish, filled up with the defaults of the URL group it goes to."""
    group = tenant.url_groups.get(destination)
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


async def _publish_to_run(call: Call, target: str, workflow: WorkflowHeaders) -> web.Response:
    try:
        publication, _ = await publication_from(call, target)
    except errors.Rejection as rejection:
        raise step_error(call, workflow, rejection) from None
    return _accept(call, publication, workflow)


def _workflow(call: Call) -> WorkflowHeaders | None:
    headers = call.request.headers
    return workflow_headers(headers.items()) if "Upstash-Workflow-RunId" in headers else None


def _accept(call: Call, publication: Publication, workflow: WorkflowHeaders | None = None) -> web.Response:
    call.broker.intake.check(call.tenant, [publication], call.now_ms)
    outcome = Submission(publication, workflow).prepare(call.broker, call.tenant, call.now_ms)()
    return reply(outcome.payload, 202 if outcome.known else 201)
