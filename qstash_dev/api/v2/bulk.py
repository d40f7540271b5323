"""Cancelling and retrying many messages in one call, in portions, since there may be a million."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from qstash_dev.api.request import ApiRequest
from qstash_dev.broker.dlq import Redelivery
from qstash_dev.broker.publish import Receipt
from qstash_dev.protocol import errors
from qstash_dev.slices import in_slices
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.message import Message

# To cancel or to publish one costs several times as much as to look at it.
_AT_ONCE = 200


async def chosen(request: ApiRequest, matches: Callable[[Message], bool]) -> list[Message]:
    """The user's messages that have not ended, as far as they match."""
    found: list[Message] = []
    async for portion in in_slices(list(request.tenant.messages.values())):
        found += [message for message in portion if not message.ended and matches(message)]
    return found


async def cancel(request: ApiRequest, messages: Iterable[Message]) -> int:
    """Cancel these messages and return how many were. All of them step aside before any makes room for the next.

    Those of a user who has been started over meanwhile are gone already.
    """
    bulk_cancel, log = request.broker.bulk_cancel, request.tenant.log
    asked, clears = [], log.clears
    async for portion in in_slices(messages, _AT_ONCE):
        if log.clears == clears:
            asked += request.broker.canceller.request(portion, request.clock.now_ms())
    async for portion in in_slices(asked, _AT_ONCE):
        if log.clears == clears:
            bulk_cancel.finish(portion, request.clock.now_ms())
    return len(asked)


async def retry(request: ApiRequest, letters: list[DeadLetter], overrides: list[tuple[str, str]]) -> list[Receipt]:
    """Publish all of these dead letters again, or none.

    Raises:
        Rejection: 400 for an override that is wrong, 404 for a letter that another request took meanwhile, 412 for a
            quota.
    """
    redelivery, tenant, clears = request.broker.dlq, request.tenant, request.tenant.log.clears
    again, receipts = list[Redelivery](), list[Receipt]()
    async for portion in in_slices(letters, _AT_ONCE):
        again += [redelivery.prepare(letter, overrides) for letter in portion]
    if gone := [letter.id for letter in letters if tenant.dead_letters.get(letter.id) is not letter]:
        raise errors.DEAD_LETTER_NOT_FOUND(id=", ".join(gone)[:200]).about("dlqIds")
    redelivery.take(tenant, again, request.clock.now_ms())
    async for prepared in in_slices(again, _AT_ONCE):
        if tenant.log.clears == clears:
            receipts += [redelivery.publish(tenant, one, request.clock.now_ms()) for one in prepared]
    return receipts
