"""Retries from the dead letter queue (https://upstash.com/docs/qstash/features/dlq), and replays of any message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from qstash_dev.broker.publish import Publisher, Receipt, Target
from qstash_dev.protocol import errors
from qstash_dev.protocol.headers import Pairs, parse_overrides
from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.message import Message
from qstash_dev.state.related_messages import Relation
from qstash_dev.state.tenant import Tenant


class Redelivery(NamedTuple):
    """A dead letter and the publication that replaces it."""

    letter: DeadLetter
    publication: Publication


class DeadLetterRetry:
    """Publishes the original content of dead letters again, without redaction, in three steps.

    The delay and the deduplication id of the first publish are not repeated. Nothing is removed from the queue if an
    override is invalid.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def prepare(self, letter: DeadLetter, overrides: Sequence[tuple[str, str]]) -> Redelivery:
        """The first step: parse the overrides.

        Raises Rejection: 400 for an invalid override.
        """
        original = letter.message.publication
        options = parse_overrides(overrides, _without_delay(original.options))
        return Redelivery(letter, original._replace(options=options))

    def take(self, tenant: Tenant, redeliveries: Sequence[Redelivery], now_ms: int) -> None:
        """The second step: check that all may be published, then remove the letters from the queue.

        Raises Rejection: 412 beyond the quota.
        """
        self._publisher.check_redeliveries(tenant, [one.publication for one in redeliveries], now_ms)
        for redelivery in redeliveries:
            tenant.dead_letters.take(redelivery.letter.id)

    def replay(self, message: Message, body: bytes | None, overrides: Pairs, now_ms: int) -> Message:
        """Publish a message again, in any state, with the options in ``overrides`` and another body unless ``None``.

        Raises Rejection: 400 for an invalid override, 409 for a message of a workflow run, 412 beyond the quota.
        """
        if message.run_message is not None:
            raise errors.RUN_MESSAGE(id=message.id, run=message.run_message.run.id)
        original = message.publication
        options = parse_overrides(list(overrides), _without_delay(original.options))
        publication = original._replace(options=options, body=original.body if body is None else body)
        self._publisher.check_redeliveries(message.tenant, [publication], now_ms)
        target = Target(message.url, message.endpoint_name)
        replay = self._publisher.create(message.tenant, publication, target, now_ms)
        message.tenant.related.add(Relation.REPLAY, message.id, replay.id)
        return replay

    def publish(self, tenant: Tenant, redelivery: Redelivery, now_ms: int) -> Receipt:
        """The third step: publish the content of a letter that was removed."""
        message, publication = redelivery.letter.message, redelivery.publication
        scope = "" if message.topic_name is None else message.url
        target = Target(message.url, message.endpoint_name, scope)
        receipt = self._publisher.accept(tenant, publication, target, now_ms)
        if not receipt.deduplicated:
            tenant.related.add(Relation.DLQ_RETRY, message.id, receipt.message_id)
        return receipt


def _without_delay(options: DeliveryOptions) -> DeliveryOptions:
    return options._replace(
        delay_ms=None, not_before_ms=None, deduplication_id=None, content_based_deduplication=False
    )
