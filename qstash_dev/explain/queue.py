"""Why a queue delivers or does not (https://upstash.com/docs/qstash/features/queues)."""

from __future__ import annotations

from qstash_dev.explain.brief import behind
from qstash_dev.explain.moment import Moment
from qstash_dev.explain.verdict import Blocker, Subject, SubjectKind, Verdict, VerdictReason
from qstash_dev.state.message import Message
from qstash_dev.state.queue import Place, Queue


def verdict(queue: Queue, moment: Moment) -> Verdict:
    """Whether it delivers, which messages use its parallelism, and how many wait behind them."""
    about, count = Subject(SubjectKind.QUEUE, queue.name), len(queue.waiting)
    waits = f"{count:,} wait" if count != 1 else "1 waits"
    if queue.paused:
        sentence = f"queue is {paused(queue, moment)}: resume it" + (f"; {waits}" if count else "")
        return Verdict(about, VerdictReason.PAUSED, sentence, f"resume queue {queue.name}")
    held, blocker = holders(queue, moment)
    if blocker is None:
        return Verdict(about, VerdictReason.IDLE, "nothing waits in the queue and nothing is delivered")
    if not count:
        return Verdict(
            about, VerdictReason.IN_FLIGHT, f"nothing waits; the queue is busy with {held}", "", None, blocker
        )
    sentence = f"{waits} behind {held}"
    return Verdict(about, VerdictReason.BEHIND, sentence, unblock(queue, blocker), next_of(queue), blocker)


def paused(queue: Queue, moment: Moment) -> str:
    """``paused since 14:02 UTC``."""
    return f"paused since {moment.clock_time(queue.paused_ms)}"


def holders(queue: Queue, moment: Moment) -> tuple[str, Blocker | None]:
    """The messages that use the parallelism of a queue as text, and the one of them to look at first."""
    return behind((_last_of(place, message) for place, message in queue.taken.items()), moment)


def next_of(queue: Queue) -> int | None:
    """When the first of those messages is tried again, unless one of them may end at any time."""
    found = [_last_of(place, message) for place, message in queue.taken.items()]
    return min(one.due_ms for one in found) if found and all(one.timer for one in found) else None


def unblock(queue: Queue, blocker: Blocker) -> str:
    """What lets the next message of a queue go on."""
    more = f"raise the parallelism of queue {queue.name}, which is {queue.parallelism}"
    return f"deliver or cancel {blocker.id}, or {more}"


def _last_of(place: Place, message: Message) -> Message:
    """The message that keeps a place: the one that took it, or, after its end, one of its callbacks."""
    while message.ended:
        tenant = message.tenant
        children = (tenant.messages.get(id) for _, id in tenant.related.children(message.id))
        callback = next((one for one in children if one is not None and one.place is place and not one.ended), None)
        if callback is None:
            break
        message = callback
    return message
