"""Retrying from the dead letter queue (QStash docs, features/dlq)."""

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


class Again(NamedTuple):
    """A dead letter, and what is published in its place."""

    letter: DeadLetter
    publication: Publication


class DeadLetterRetry:
    """A dead letter becomes a new message with the original, unredacted content."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def retry(self, tenant: Tenant, letters: list[DeadLetter], overrides: Pairs, now_ms: int) -> list[Receipt]:
        """Take the letters out of the queue and publish each again, with the settings ``overrides`` name.

        Delay and deduplication belong to the first publish and are only repeated by an override. All overrides
        are checked before any letter is taken.

        Raises:
            Rejection: 400 for an override that is wrong, 412 for one beyond the quota.
        """
        again = [self.prepare(letter, list(overrides)) for letter in letters]
        self.take(tenant, again, now_ms)
        return [self.publish(tenant, one, now_ms) for one in again]

    def prepare(self, letter: DeadLetter, overrides: Sequence[tuple[str, str]]) -> Again:
        """What is to be published for a letter; with :meth:`take` and :meth:`publish` a retry may take its turns.

        Raises:
            Rejection: 400 for an override that is wrong.
        """
        original = letter.message.publication
        options = parse_overrides(overrides, _at_once(original.options))
        return Again(letter, original._replace(options=options))

    def take(self, tenant: Tenant, again: Sequence[Again], now_ms: int) -> None:
        """Take the letters out of the queue, if all may be published: nothing may fail from now on.

        Raises:
            Rejection: 412 for an override beyond the quota.
        """
        self._publisher.check_redeliveries(tenant, [one.publication for one in again], now_ms)
        for one in again:
            tenant.dead_letters.take(one.letter.id)

    def replay(self, message: Message, body: bytes | None, overrides: Pairs, now_ms: int) -> Message:
        """Publish a message once more, whatever became of it, with another body or other settings if given.

        Raises:
            Rejection: 400 for an override that is wrong, 409 for a message of a workflow run, 412 for an override
                beyond the quota.
        """
        if message.run_message is not None:
            raise errors.RUN_MESSAGE(id=message.id, run=message.run_message.run.id)
        original = message.publication
        options = parse_overrides(list(overrides), _at_once(original.options))
        publication = original._replace(options=options, body=original.body if body is None else body)
        self._publisher.check_redeliveries(message.tenant, [publication], now_ms)
        target = Target(message.url, message.endpoint_name)
        again = self._publisher.create(message.tenant, publication, target, now_ms)
        message.tenant.related.add(Relation.REPLAY, message.id, again.id)
        return again

    def publish(self, tenant: Tenant, again: Again, now_ms: int) -> Receipt:
        """Publish what was taken out of the queue."""
        message, publication = again.letter.message, again.publication
        scope = "" if message.topic_name is None else message.url
        target = Target(message.url, message.endpoint_name, scope)
        receipt = self._publisher.accept(tenant, publication, target, now_ms)
        if not receipt.deduplicated:
            tenant.related.add(Relation.DLQ_RETRY, message.id, receipt.message_id)
        return receipt


def _at_once(options: DeliveryOptions) -> DeliveryOptions:
    return options._replace(
        delay_ms=None, not_before_ms=None, deduplication_id=None, content_based_deduplication=False
    )
