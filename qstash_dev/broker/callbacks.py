"""Callbacks and failure callbacks. Each is a new message (https://upstash.com/docs/qstash/features/callbacks)."""

from __future__ import annotations

from typing import Any

from qstash_dev.broker.publish import Publisher, Target
from qstash_dev.protocol.callback import callback_body, report_weight
from qstash_dev.protocol.publication import Callback, Publication, Redaction
from qstash_dev.protocol.redaction import combined
from qstash_dev.protocol.result import DeliveryResult
from qstash_dev.protocol.workflow import with_json_content_type
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.message import Message
from qstash_dev.state.related_messages import Relation
from qstash_dev.state.tenant import pending_weight

_BODY = Redaction(body=True)


class Callbacks:
    """Creates the messages of callbacks."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def attempt_ended(self, message: Message, result: DeliveryResult, now_ms: int) -> None:
        """Send the callback of a message about one attempt, if it has one."""
        callback = message.publication.options.callback
        if callback is not None:
            self._send(callback, message, result, now_ms, {}, Relation.CALLBACK)

    def gave_up(self, message: Message, result: DeliveryResult, letter: DeadLetter, now_ms: int) -> None:
        """Send the failure callback of a message that has failed, if it has one."""
        callback = message.publication.options.failure_callback
        if callback is not None:
            self._send(callback, message, result, now_ms, {"dlqId": letter.id}, Relation.FAILURE_CALLBACK)

    def _send(
        self,
        callback: Callback,
        message: Message,
        result: DeliveryResult,
        now_ms: int,
        extra: dict[str, Any],
        relation: Relation,
    ) -> None:
        if not self._publisher.has_room(message.tenant, report_weight(message.publication, result)):
            self._drop(callback, message, relation, now_ms)
            return
        body = callback_body(message.publication, result, source_of(message) | extra)
        options = with_json_content_type(callback.options, callback.options.headers)
        if message.publication.options.redaction is not None:
            # The body of the report contains what the message hides.
            options = options._replace(redaction=combined(options.redaction, _BODY))
        publication = Publication(callback.url, body, options, message.caller_ip)
        if not self._publisher.has_room(message.tenant, pending_weight(publication)):
            self._drop(callback, message, relation, now_ms)
            return
        report = self._publisher.create(message.tenant, publication, Target(callback.url), now_ms, origin=message)
        message.tenant.related.add(relation, message.id, report.id)

    def _drop(self, callback: Callback, message: Message, relation: Relation, now_ms: int) -> None:
        """Warn that there is no room for a callback. The message itself goes on as if it had been sent."""
        what = "callback" if relation is Relation.CALLBACK else "failure callback"
        about = f"the {what} to {callback.url[:200]} about attempt {message.retried + 1}"
        self._publisher.warn_dropped(message, about, now_ms)


def source_of(message: Message) -> dict[str, Any]:
    """The fields about a message that a report has, as :func:`callback_body` takes them."""
    source = {
        "retried": message.retried,
        "sourceMessageId": message.id,
        "url": message.url,
        "notBefore": message.not_before_ms,
        "createdAt": message.created_ms,
        "topicName": message.topic_name,
        "endpointName": message.endpoint_name,
        "scheduleId": message.schedule_id,
    }
    return {name: value for name, value in source.items() if value is not None}
