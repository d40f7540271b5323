"""Why a message is where it is (https://upstash.com/docs/qstash/howto/debug-logs)."""

from __future__ import annotations

from functools import partial

from qstash_dev.explain import flow_control, queue
from qstash_dev.explain.attempt import error, look_at, tries
from qstash_dev.explain.brief import has_room, in_flight
from qstash_dev.explain.moment import MOST_AHEAD, Moment, ahead
from qstash_dev.explain.verdict import Subject, SubjectKind, Verdict, VerdictReason
from qstash_dev.protocol.duration import shown_duration
from qstash_dev.protocol.result import DeliveryResult, Responded, Unreachable
from qstash_dev.protocol.target import target_of
from qstash_dev.state import flow_control as flow_controls
from qstash_dev.state import queue as queues
from qstash_dev.state.message import Message, State
from qstash_dev.state.related_messages import Relation


def verdict(message: Message, moment: Moment) -> Verdict:
    """How it has ended, or what it waits for and who is in its way."""
    if message.ended:
        return _ended(message)
    told = partial(Verdict, Subject(SubjectKind.MESSAGE, message.id))
    if message.state is State.CANCEL_REQUESTED:
        if not message.in_flight:
            return told(VerdictReason.CANCEL_REQUESTED, "cancel requested: it ends at once")
        text = f"cancel requested: no retry follows the call, which is {in_flight(message, moment)}"
        return told(VerdictReason.CANCEL_REQUESTED, text, "abort the call")
    if message.in_flight:
        text = f"{tries(message, message.retried + 1)} is {in_flight(message, moment)}: no answer yet"
        return told(VerdictReason.IN_FLIGHT, text, "abort the call, if it hangs")
    if message.timer:
        return _later(message, moment)
    place = message.place
    if place is not None and message.wait_list is place.queue.waiting:
        return _in_queue(message, place.queue, moment)
    key = message.flow_control_key
    if key is not None and message.wait_list is (control := message.tenant.flow_control(key)).waiting:
        return _at_key(message, control, moment)
    return _ready(message, moment)


def _later(message: Message, moment: Moment) -> Verdict:
    due_ms = message.due_ms
    told = partial(Verdict, Subject(SubjectKind.MESSAGE, message.id), next_ms=due_ms)
    if not message.retried:
        text = f"delayed: due {moment.until(due_ms)}, at {moment.clock_time(due_ms)}"
        return told(VerdictReason.DELAYED, text, todo="travel there, or deliver it now")
    result = message.tenant.log.last_result(message.id)
    failed = "failed" if result is None else f"failed, {error(result)}"
    text = f"{tries(message, message.retried)} {failed}; next {moment.until(due_ms)}"
    return told(VerdictReason.RETRYING, text, todo="" if result is None else look_at(result))


def _in_queue(message: Message, line: queues.Queue, moment: Moment) -> Verdict:
    told = partial(Verdict, Subject(SubjectKind.MESSAGE, message.id))
    before = line.waiting.ahead_of(message, MOST_AHEAD)
    place = f"more than {MOST_AHEAD:,} ahead" if before is None else ordinal(line.in_use + before + 1)
    where = f"{place} in queue {line.name}"
    if line.paused:
        return told(
            VerdictReason.PAUSED,
            f"{where}, which is {queue.paused(line, moment)}: resume it",
            f"resume queue {line.name}",
        )
    held, blocker = queue.holders(line, moment)
    if blocker is None:
        return told(VerdictReason.DUE, f"{where}, which goes on at once")
    return told(
        VerdictReason.BEHIND, f"{where}, behind {held}", queue.unblock(line, blocker), queue.next_of(line), blocker
    )


def _at_key(message: Message, key: flow_controls.FlowControl, moment: Moment) -> Verdict:
    told, where = partial(Verdict, Subject(SubjectKind.MESSAGE, message.id)), f"waits for flow control key {key.key}"
    gate = flow_control.closed(key, moment)
    if gate is None:
        return told(VerdictReason.DUE, f"{where}, which goes on at once, {ahead(key.waiting, message)}")
    sentence = f"{where}: {gate.text}, {ahead(key.waiting, message)}"
    return told(gate.reason, sentence, gate.todo, gate.next_ms, gate.blocker)


def _ready(message: Message, moment: Moment) -> Verdict:
    told = partial(Verdict, Subject(SubjectKind.MESSAGE, message.id))
    if moment.admission.held:
        return told(VerdictReason.HELD, "due: the server makes no calls while it is being reset")
    if message.wait_list is None or has_room(message, moment):
        return told(VerdictReason.DUE, "due: its call begins at once")
    room, origin = moment.admission.room(message), target_of(message.url).origin_key
    why = (
        f"{room.of_origin:,} calls to {origin} are in flight, the most that it may have now"
        if room.free
        else f"all calls that the server makes at once are in flight, {room.of_origin:,} of them to {origin}"
    )
    text = f"waits for a free connection: {why}, {ahead(message.wait_list, message)}"
    return told(VerdictReason.NO_FREE_CONNECTION, text, f"let {origin} answer sooner")


def _ended(message: Message) -> Verdict:
    told = partial(Verdict, Subject(SubjectKind.MESSAGE, message.id))
    if message.state is State.CANCELED:
        return told(VerdictReason.CANCELED, "cancelled")
    result = message.tenant.log.last_result(message.id)
    if message.state is State.FAILED:
        return _gave_up(message, result)
    text = f"delivered by {tries(message, message.retried + 1)}"
    if isinstance(result, Responded):
        text += f": HTTP {result.status} after {shown_duration(result.duration_ms)}"
    return told(VerdictReason.SUCCEEDED, text, "" if result is None else look_at(result))


def _gave_up(message: Message, result: DeliveryResult | None) -> Verdict:
    tenant = message.tenant
    letter = tenant.dead_letters.of_message(message.id)
    result = result if letter is None else letter.result
    todo = [text] if result is not None and (text := look_at(result)) else []
    sentence = given_up(message, result)
    if letter is not None:
        sentence += f"; dead letter {letter.id}"
        todo.append(f"then retry dead letter {letter.id}" if todo else f"retry dead letter {letter.id}")
    elif again := next((id for kind, id in tenant.related.children(message.id) if kind is Relation.DLQ_RETRY), None):
        sentence += f"; published again as {again}"
    return Verdict(Subject(SubjectKind.MESSAGE, message.id), VerdictReason.GAVE_UP, sentence, "; ".join(todo))


def given_up(message: Message, result: DeliveryResult | None) -> str:
    """Such as ``gave up after 4 tries, HTTP 500: TypeError: x is not a function``."""
    made, most = message.retried + 1, message.publication.options.retries + 1
    count = "1 try" if made == 1 else f"{made} tries"
    cause = "no retry can help" if isinstance(result, Unreachable) else "the answer forbids retries"
    early = f" of {most}, as {cause}" if made < most else ""
    return f"gave up after {count}{early}" + ("" if result is None else f", {error(result)}")


def ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``4th``, ``11th``, ``21st``."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"
