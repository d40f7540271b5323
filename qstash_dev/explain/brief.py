"""What a message does, in a few words: for the sentence of something else that waits for it."""

from __future__ import annotations

from collections.abc import Iterable

from qstash_dev.explain.attempt import short_error, tries
from qstash_dev.explain.moment import Moment, listed
from qstash_dev.explain.verdict import Blocker, SubjectKind
from qstash_dev.protocol.duration import shown_duration
from qstash_dev.state.message import Message, State


def brief(message: Message, moment: Moment) -> str:
    """Such as ``connection refused, try 3 of 4, next in 29 m``."""
    if message.ended or message.state is State.CANCEL_REQUESTED:
        return message.state.lower().replace("_", " ")
    if message.in_flight:
        return in_flight(message, moment)
    if message.timer:
        if not message.retried:
            return f"delayed, due {moment.until(message.due_ms)}"
        failed = last_failure(message)
        return f"{failed}, {tries(message, message.retried)}, next {moment.until(message.due_ms)}"
    if message.wait_list is None:
        return "about to be delivered"
    queue = message.place.queue if message.place is not None else None
    if queue is not None and message.wait_list is queue.waiting:
        return f"waits in queue {queue.name}"
    key = message.flow_control_key
    if key is not None and message.wait_list is message.tenant.flow_control(key).waiting:
        return f"waits for flow control key {key}"
    return "about to be delivered" if has_room(message, moment) else "waits for a free connection"


def in_flight(message: Message, moment: Moment) -> str:
    """Such as ``in flight for 3 s``, in real time."""
    running_s = moment.running.get(message)
    return "in flight" if running_s is None else f"in flight for {shown_duration(int(running_s * 1_000))}"


def last_failure(message: Message) -> str:
    """The error of its last attempt in a few words."""
    result = message.tenant.log.last_result(message.id)
    return "failed" if result is None or result.succeeded else short_error(result)


def has_room(message: Message, moment: Moment) -> bool:
    """Whether the call of a message that has passed all gates may begin."""
    room = moment.admission.room(message)
    return room.free > 0 and room.of_origin < room.most


def behind(messages: Iterable[Message], moment: Moment) -> tuple[str, Blocker | None]:
    """What these messages do, as text, and the one of them to look at first: one that has failed before, if any."""
    first = sorted(messages, key=lambda one: (not one.retried, one.due_ms))
    if not first:
        return "", None
    texts = [brief(one, moment) for one in first[:2]]
    names = [f"{one.id} ({text})" for one, text in zip(first, texts, strict=False)] + [one.id for one in first[2:]]
    return listed(names), Blocker(SubjectKind.MESSAGE, first[0].id, texts[0])
