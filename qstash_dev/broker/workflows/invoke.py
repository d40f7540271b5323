"""``context.invoke``: a run starts another one and waits for it (https://upstash.com/docs/workflow/steps/invoke)."""

from __future__ import annotations

import json
from typing import Any

from qstash_dev.broker.duplicates import tell_again
from qstash_dev.broker.workflows.runs import Prepared, RunReceipt, Runs
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import url_fault, wire_url
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.step import Step, invoke_result, step_of
from qstash_dev.protocol.wording import json_fault
from qstash_dev.protocol.workflow import WorkflowHeaders
from qstash_dev.state.run import Invocation, Invoker, Run, RunState
from qstash_dev.state.tenant import Tenant


class Invocations:
    """Starts invoked runs (the children) and delivers their results to the run that has invoked them (the parent)."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    def prepare(self, tenant: Tenant, publication: Publication, headers: WorkflowHeaders, now_ms: int) -> Prepared:
        """Check an invoke; the function that is returned starts the child.

        Raises Rejection: 400 if the parent has ended, 412 for an invalid request or too deep a chain of invokes.
        """
        wrapper = _wrapper(publication.body)
        waiting = headers._replace(run_id=_text(wrapper, "workflowRunId"), created_ms=_created_ms(wrapper))
        parent = self._runs.live(tenant, waiting, now_ms)
        invoker = _invoker(wrapper, parent)
        body = _text(wrapper, "body").encode("utf-8", "replace")
        self._runs.check_length(parent, len(body) + invoker.weight)
        try:
            publication = publication._replace(body=body)
            start = self._runs.prepare_start(tenant, publication, headers, now_ms, invoker=invoker)
        except errors.Rejection as rejection:
            # To the SDK, 400 means that the parent has ended.
            if rejection.status != 400:
                raise
            raise errors.INVALID_STEP(reason=rejection.text, field=rejection.field) from None
        return lambda: self._start(parent, invoker.step, publication, start, now_ms)

    def _start(self, parent: Run, step: Step, publication: Publication, start: Prepared, now_ms: int) -> RunReceipt:
        # After a retry the SDK invokes the same child again, with another run id.
        for known in parent.invocations:
            if known.step.key == step.key:
                why = f"step {step.id} of {parent.id}"
                tell_again(parent.tenant, known.message_id, why, publication, known.run.url, now_ms)
                return RunReceipt(known.message_id, known.run, known.run.url, deduplicated=True)
        receipt = start()
        if receipt.deduplicated:
            text = f"it invoked {receipt.run.id}, which goes on already and returns to whoever began it: "
            parent.tenant.runs.note(parent, text + "give the invocation a workflowRunId of its own", now_ms)
        else:
            parent.invocations.append(Invocation(step, receipt.run, receipt.message_id, now_ms))
        return receipt

    def child_ended(self, child: Run, now_ms: int) -> None:
        """Deliver the result of a child to its parent, unless that has ended."""
        invoker = child.invoker
        if invoker is None:
            return
        parent = child.tenant.runs.get(invoker.run_id, invoker.created_ms)
        if parent is None:
            return
        if not parent.alive:
            text = f"the invoked run {child.id} ended as {child.state} after this one was over"
            child.tenant.runs.note(parent, text, now_ms)
            return
        failed, cancelled = child.state is RunState.FAILED, child.state is RunState.CANCELED
        response = child.response if child.state is RunState.SUCCESS else None
        body = invoke_result(invoker.step.fields, response, cancelled=cancelled, failed=failed)
        self._runs.append_result(parent, invoker.url, body, invoker.headers, now_ms)


def _wrapper(body: bytes) -> dict[str, Any]:
    try:
        wrapper = json.loads(body)
    except (ValueError, RecursionError) as error:
        reason = f"the body of an invoke is a JSON object: {json_fault(error)}"
        raise errors.INVALID_STEP(reason=reason, field="body") from None
    if not isinstance(wrapper, dict):
        raise errors.INVALID_STEP(reason="the body of an invoke is a JSON object", field="body")
    return wrapper


def _created_ms(wrapper: dict[str, Any]) -> int | None:
    """The creation time of the parent. SDKs before 1.0 do not send it: the parent is the run that has not ended."""
    created = wrapper.get("workflowRunCreatedAt")
    if created is not None and (isinstance(created, bool) or not isinstance(created, int)):
        field = "workflowRunCreatedAt"
        raise errors.INVALID_STEP(reason=f"{field} must be unix milliseconds", field=field)
    return created or None


def _invoker(wrapper: dict[str, Any], parent: Run) -> Invoker:
    url = _text(wrapper, "workflowUrl")
    if fault := url_fault(url):
        raise errors.INVALID_STEP(reason=f"workflowUrl: {fault}", field="workflowUrl")
    try:
        step = step_of(wrapper.get("step"))
        headers = header_pairs(wrapper.get("headers"))
        parse_options(headers)
    except errors.Rejection as rejection:
        raise errors.INVALID_STEP(reason=rejection.text, field=f"headers.{rejection.field}") from None
    except ValueError as error:
        raise errors.INVALID_STEP(reason=error, field="body") from None
    return Invoker(parent.id, parent.created_ms, wire_url(url), step, headers)


def header_pairs(headers: Any) -> tuple[tuple[str, str], ...]:
    """The headers in an object of arrays, which the SDK submits for a later message.

    Raises ValueError: it is not such an object.
    """
    if not isinstance(headers, dict):
        raise ValueError("headers must be an object of arrays")
    pairs = []
    for name, values in headers.items():
        for value in values if isinstance(values, list) else [values]:
            if not isinstance(value, str):
                raise ValueError(f"the value of header {name[:100]} must be a string")
            pairs.append((name, value))
    return tuple(pairs)


def _text(wrapper: dict[str, Any], field: str) -> str:
    value = wrapper.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise errors.INVALID_STEP(reason=f"{field} must be a string", field=field)
    return value
