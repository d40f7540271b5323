"""Publish and enqueue.

https://upstash.com/docs/qstash/api-reference/messages/publish-a-message
https://upstash.com/docs/qstash/api-reference/messages/enqueue-a-message
"""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.request import ApiRequest, checked_name, reply
from qstash_dev.api.v2 import schedules
from qstash_dev.api.v2.publication import missing_destination, publication_from
from qstash_dev.api.v2.submission import accept, step_error
from qstash_dev.protocol import errors
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.workflow import WorkflowHeaders, workflow_headers


async def publish(request: ApiRequest) -> web.Response:
    """``POST /v2/publish/{destination}``; with ``Upstash-Cron`` it makes a schedule, as it did in v1."""
    target = request.http.raw_path.split("/", 3)[3]
    if (workflow := _workflow(request)) is not None:
        return await _publish_to_run(request, target, workflow)
    publication, fields = await publication_from(request, target)
    if "cron" in fields:
        return schedules.put(request, publication, fields["cron"], fields.get("schedule-id"))
    return _accepted(request, publication)


async def enqueue(request: ApiRequest) -> web.Response:
    """``POST /v2/enqueue/{queue}/{destination}``."""
    queue_name = checked_name(request.path("queue"), "queue name", "queue")
    publication, _ = await publication_from(request, request.http.raw_path.split("/", 4)[4])
    if publication.options.delayed:
        given = "Delay" if publication.options.not_before_ms is None else "Not-Before"
        raise errors.DELAYED_ENQUEUE(field=f"Upstash-{given}")
    return _accepted(request, publication._replace(options=publication.options._replace(queue_name=queue_name)))


async def without_destination(request: ApiRequest) -> web.Response:
    """``POST`` to any of the routes above, or to schedules and triggers, without a destination in the path.

    Raises Rejection: 400.
    """
    raise missing_destination(request)


async def _publish_to_run(request: ApiRequest, target: str, workflow: WorkflowHeaders) -> web.Response:
    try:
        publication, _ = await publication_from(request, target)
    except errors.Rejection as rejection:
        raise step_error(request, workflow, rejection) from None
    return _accepted(request, publication, workflow)


def _workflow(request: ApiRequest) -> WorkflowHeaders | None:
    headers = request.http.headers
    return workflow_headers(headers.items()) if "Upstash-Workflow-RunId" in headers else None


def _accepted(request: ApiRequest, publication: Publication, workflow: WorkflowHeaders | None = None) -> web.Response:
    outcome = accept(request.broker, request.tenant, publication, request.now_ms, workflow)
    return reply(outcome.payload, outcome.status)
