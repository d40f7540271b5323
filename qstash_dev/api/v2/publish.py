"""Publish and enqueue: the checks of publications, from all ways of publishing, their messages and the answers.

https://upstash.com/docs/qstash/api-reference/messages/publish-a-message
https://upstash.com/docs/qstash/api-reference/messages/enqueue-a-message
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from aiohttp import web

from qstash_dev.api.request import ApiRequest, checked_name, reply
from qstash_dev.api.v2 import schedules, serializers
from qstash_dev.api.v2.publication import missing_destination, publication_from
from qstash_dev.broker.broker import Broker
from qstash_dev.broker.publish import Target, targets_of
from qstash_dev.broker.workflows.runs import Prepared
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import is_url
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.workflow import WorkflowHeaders, workflow_headers
from qstash_dev.state.tenant import Tenant

CREATED, KNOWN = 201, 202
"""The status of an answer; ``KNOWN`` if all that was published is a duplicate."""


class Outcome(NamedTuple):
    """The answer: its JSON and its HTTP status."""

    payload: Any
    status: int


def accept(
    broker: Broker, tenant: Tenant, publication: Publication, now_ms: int, workflow: WorkflowHeaders | None = None
) -> Outcome:
    """Check one publication and create its messages, or its step of a workflow run.

    Raises Rejection: 404 for an unknown URL group, 412 for a quota, and what :meth:`Submission.prepare` raises.
    """
    broker.publisher.check(tenant, (publication,), now_ms)
    if workflow is None:
        return published(broker, tenant, publication, now_ms)
    return Submission(publication, workflow).prepare(broker, tenant, now_ms)()


class Submission(NamedTuple):
    """One checked publication, with the headers of the workflow SDK if it belongs to a run."""

    publication: Publication
    workflow: WorkflowHeaders | None = None

    def prepare(self, broker: Broker, tenant: Tenant, now_ms: int) -> Callable[[], Outcome]:
        """Check what belongs to workflow runs; the function that is returned creates the messages.

        Raises Rejection: 400 if its workflow run has ended, 412 for an invalid step.
        """
        if self.workflow is None:
            targets = targets_of(tenant, self.publication)
            return partial(published, broker, tenant, self.publication, now_ms, targets)
        commit = broker.workflows.prepare(tenant, self.publication, self.workflow, now_ms)
        return partial(_submitted, commit)


def step_error(request: ApiRequest, workflow: WorkflowHeaders, rejection: errors.Rejection) -> errors.Rejection:
    """The rejection with status 412 instead of 400 while its run has not ended.

    The workflow SDK takes a 400 for the end of the run and would not report the error. An invoke always comes from a
    run that has not ended.
    """
    if rejection.status != 400:
        return rejection
    goes_on = workflow.invoke or request.tenant.runs.live(workflow.run_id, workflow.created_ms) is not None
    return rejection.with_status(412) if goes_on else rejection


def published(
    broker: Broker, tenant: Tenant, publication: Publication, now_ms: int, targets: list[Target] | None = None
) -> Outcome:
    """Create the messages of a checked publication; ``targets`` as for :meth:`Publisher.publish`."""
    receipts = broker.publisher.publish(tenant, publication, now_ms, targets)
    if is_url(publication.destination):
        receipt = receipts[0]
        return Outcome(serializers.receipt(receipt), KNOWN if receipt.deduplicated else CREATED)
    # A bare array for a URL group, unlike in the OpenAPI document of QStash: all SDKs index it.
    known = bool(receipts) and all(one.deduplicated for one in receipts)
    return Outcome([serializers.receipt(one) for one in receipts], KNOWN if known else CREATED)


def _submitted(commit: Prepared) -> Outcome:
    receipt = commit()
    return Outcome(serializers.run_receipt(receipt), KNOWN if receipt.deduplicated else CREATED)


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
