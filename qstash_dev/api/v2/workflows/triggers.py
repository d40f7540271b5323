"""The start of workflow runs without an SDK (https://upstash.com/docs/workflow/basics/client/trigger)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from qstash_dev import ids
from qstash_dev.api.request import ApiRequest, header_pairs, reply
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.api.shapes.workflow_runs import Triggered
from qstash_dev.api.v2.batch import ITEMS_AT_ONCE, batch_items, body_field, text_field
from qstash_dev.api.v2.publication import incoming_headers, options_telling, publication_from, without_tokens
from qstash_dev.broker.workflows.runs import Prepared, RunReceipt
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import check_url
from qstash_dev.protocol.publication import Callback, DeliveryOptions, Headers, Publication
from qstash_dev.protocol.workflow import ALL_FEATURES, WorkflowHeaders
from qstash_dev.slices import in_slices

_SDK = ("Upstash-Workflow-Sdk-Version", "1")
_UNKNOWN_SDK = ("Upstash-Workflow-Unknown-Sdk", "true")


async def trigger(request: ApiRequest) -> web.Response:
    """``POST /v2/trigger/{url}``: the server supplies what the SDK would have sent."""
    publication, _ = await publication_from(request, request.http.raw_path.split("/", 3)[3])
    check_url(publication.destination)
    request.broker.publisher.check(request.tenant, [publication], request.now_ms)
    return reply(_shown(_prepared(request, publication, incoming_headers(request))()))


async def batch_trigger(request: ApiRequest) -> web.Response:
    """``POST /v2/batch/trigger``: all or nothing, answers in the order of the items."""
    items = await batch_items(request)
    triggers: list[tuple[Publication, Sequence[tuple[str, str]]]] = []
    async for portion in in_slices(enumerate(items), ITEMS_AT_ONCE):
        triggers += [_item(request, item, number) for number, item in portion]
    request.broker.publisher.check(request.tenant, [publication for publication, _ in triggers], request.now_ms)
    commits = [_prepared(request, publication, pairs) for publication, pairs in triggers]
    return reply([_shown(commit()) for commit in commits], 201)


def _item(request: ApiRequest, item: Any, number: int) -> tuple[Publication, Sequence[tuple[str, str]]]:
    if not isinstance(item, dict):
        raise errors.INVALID_JSON(reason=f"item {number} of the batch is not an object").about(f"[{number}]")
    try:
        given = header_pairs(item.get("headers"))
        pairs = without_tokens(request.broker.tenants, given)
        url = check_url(text_field(item, "destination"))
        body = body_field(item)
        options = options_telling(request.broker.tenants, pairs, given)
        return Publication(url, body, options, request.http.remote or ""), pairs
    except errors.Rejection as rejection:
        raise rejection.in_item(number) from None
    except UnicodeEncodeError:
        reason = f"body of item {number} of the batch is not valid UTF-8"
        raise errors.INVALID_JSON(reason=reason).about(f"[{number}].body") from None


def _prepared(request: ApiRequest, publication: Publication, pairs: Sequence[tuple[str, str]]) -> Prepared:
    given = {name.lower(): value for name, value in pairs}
    id = given.get("upstash-workflow-runid") or ids.run_id()
    id = id if id.startswith("wfr_") else f"wfr_{id}"
    unknown = given.get("upstash-workflow-unknown-sdk", "").lower() == "true"
    headers = WorkflowHeaders(id, True, publication.destination, features=ALL_FEATURES, failure_features=ALL_FEATURES)
    publication = _completed(publication, _UNKNOWN_SDK if unknown else _SDK)
    return request.broker.runs.prepare_start(
        request.tenant, publication, headers, request.now_ms, rest_trigger=not unknown
    )


def _shown(receipt: RunReceipt) -> Triggered:
    return Triggered(receipt.run.id, receipt.run.created_ms, receipt.deduplicated or UNSET)


def _completed(publication: Publication, mark: tuple[str, str]) -> Publication:
    options = publication.options
    users = tuple(pair for pair in options.headers if not pair[0].startswith("Upstash-Workflow-"))
    if options.labels:
        users += (("Upstash-Label", ",".join(options.labels)),)
    failure_callback = _failure_callback(publication.destination, options, users)
    return publication._replace(options=options._replace(headers=(*users, mark), failure_callback=failure_callback))


def _failure_callback(url: str, options: DeliveryOptions, users: Headers) -> Callback:
    """The one given, or the workflow itself; the user's headers go there as well."""
    given = options.failure_callback
    if given is None:
        own = DeliveryOptions(
            headers=tuple(pair for pair in users if pair[0] != "Content-Type"),
            retries=options.retries,
            retry_delay=options.retry_delay,
            flow_control=options.flow_control,
        )
        return Callback(url, own)
    names = {name for name, _ in given.options.headers} | {"Content-Type"}
    inherited = tuple(pair for pair in users if pair[0] not in names)
    return Callback(given.url, given.options._replace(headers=(*inherited, *given.options.headers)))
