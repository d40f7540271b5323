"""The acceptance of publications, from all ways of publishing: checks, messages or steps of a run, and the answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from qstash_dev.api.request import ApiRequest
from qstash_dev.api.v2 import serializers
from qstash_dev.broker.broker import Broker
from qstash_dev.broker.publish import Target, targets_of
from qstash_dev.broker.workflows.runs import Prepared
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import is_url
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.workflow import WorkflowHeaders
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
