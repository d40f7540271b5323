"""One message as a row of a list."""

from __future__ import annotations

from qstash_dev.api.v2.serializers import Json
from qstash_dev.protocol.hints import reason_fields
from qstash_dev.protocol.result import Responded
from qstash_dev.state.message import Message


def summary(message: Message) -> Json:
    """What a list shows; unset fields are left out. Made for many messages at a time, so it has no bodies."""
    publication = message.publication
    options = publication.options
    fields: Json = {
        "messageId": message.id,
        "state": message.state.value,
        "method": options.method,
        "url": message.url,
        "createdAt": message.created_ms,
        "retried": message.retried,
        "maxRetries": options.retries,
        "size": len(publication.body),
    }
    if message.in_flight:
        fields["inFlight"] = True
    if message.timer:
        fields["due"] = message.due_ms
    for name, value in (
        ("topicName", message.topic_name),
        ("endpointName", message.endpoint_name),
        ("queueName", options.queue_name),
        ("scheduleId", publication.schedule_id),
        ("flowControlKey", message.flow_control_key),
        ("labels", list(options.labels)),
    ):
        if value:
            fields[name] = value
    if message.warnings:
        fields["warnings"] = [warning.shown() for warning in message.warnings]
    if message.run_message is not None:
        fields["workflowRunId"] = message.run_message.run.id
    _put_outcome(fields, message)
    return fields


def _put_outcome(fields: Json, message: Message) -> None:
    result = message.tenant.log.last_result(message.id)
    if result is None:
        return
    fields["duration"] = result.duration_ms
    if isinstance(result, Responded):
        fields["responseStatus"] = result.status
    if not result.succeeded:
        fields |= {"error": result.error, **reason_fields(result)}
