"""What a publish, an enqueue or an item of a batch comes to: messages, or something for a workflow run."""

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
    """Check one publication and do what it asks for: the way of every publish and enqueue.

    Raises:
        Rejection: 404 for an unknown URL group, 412 for a quota; what :meth:`Submission.prepare` raises.
    """
    broker.publisher.check(tenant, (publication,), now_ms)
    if workflow is None:
        return published(broker, tenant, publication, now_ms)
    return Submission(publication, workflow).prepare(broker, tenant, now_ms)()


class Submission(NamedTuple):
    """One checked publication, and what it is to a workflow run."""

    publication: Publication
    workflow: WorkflowHeaders | None = None

    def prepare(self, broker: Broker, tenant: Tenant, now_ms: int) -> Callable[[], Outcome]:
        """Check what has not been checked; the function returned does it.

        Raises:
            Rejection: 400 if its workflow run has ended, 412 for a step that is wrong.
        """
        if self.workflow is None:
            targets = targets_of(tenant, self.publication)
            return partial(published, broker, tenant, self.publication, now_ms, targets)
        commit = broker.workflows.prepare(tenant, self.publication, self.workflow, now_ms)
        return partial(_submitted, commit)


def step_error(request: ApiRequest, workflow: WorkflowHeaders, rejection: errors.Rejection) -> errors.Rejection:
    """The rejection as the SDK of a run that goes on understands it: it takes a 400 for the end of the run, and
    would let it hang without a word. An invoke comes from such a run, whoever the child is."""
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
    # A bare array for a URL group, whatever OpenAPI says: all SDKs index it.
    known = bool(receipts) and all(one.deduplicated for one in receipts)
    return Outcome([serializers.receipt(one) for one in receipts], KNOWN if known else CREATED)


def _submitted(commit: Prepared) -> Outcome:
    receipt = commit()
    return Outcome(serializers.run_receipt(receipt), KNOWN if receipt.deduplicated else CREATED)
