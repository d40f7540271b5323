"""A message as a row of a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from qstash_dev.api.shapes.dev_messages import MessageSummary
from qstash_dev.api.shapes.dev_parts import Warning
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.protocol import warning
from qstash_dev.protocol.hints import reason_of
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.state.message import Message


def summary(message: Message) -> MessageSummary:
    """A message without its body, with the outcome of its latest delivery attempt."""
    publication = message.publication
    options = publication.options
    return MessageSummary(
        message_id=message.id,
        state=message.state,
        method=options.method,
        url=message.url,
        created_at=message.created_ms,
        retried=message.retried,
        max_retries=options.retries,
        size=len(publication.body),
        in_flight=message.in_flight or UNSET,
        due=message.due_ms if message.timer else UNSET,
        topic_name=message.topic_name or UNSET,
        endpoint_name=message.endpoint_name or UNSET,
        queue_name=options.queue_name or UNSET,
        schedule_id=publication.schedule_id or UNSET,
        flow_control_key=message.flow_control_key or UNSET,
        labels=list(options.labels) if options.labels else UNSET,
        warnings=shown_warnings(message.warnings) if message.warnings else UNSET,
        workflow_run_id=UNSET if message.run_message is None else message.run_message.run.id,
        **outcome(message.tenant.log.last_result(message.id)),
    )


def shown_warnings(warnings: Iterable[warning.Warning]) -> list[Warning]:
    """Warnings as JSON."""
    return [Warning(one.code, one.text) for one in warnings]


def outcome(result: DeliveryResult | None) -> dict[str, Any]:
    """The fields of an attempt's outcome: ``duration``, ``response_status``, ``error`` and ``failure_reason``."""
    if result is None:
        return {}
    return {
        "duration": result.duration_ms,
        "response_status": result.status if isinstance(result, Responded) else UNSET,
        "error": UNSET if result.succeeded else result.error,
        "failure_reason": reason_of(result) or UNSET,
    }
