"""The verdict on anything that has one."""

from __future__ import annotations

from qstash_dev.explain import dead_letter, flow_control, message, queue, run, schedule
from qstash_dev.explain.moment import Moment
from qstash_dev.explain.verdict import SubjectKind, Verdict
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.flow_control import FlowControl
from qstash_dev.state.message import Message
from qstash_dev.state.queue import Queue
from qstash_dev.state.run import Run
from qstash_dev.state.schedule import Schedule
from qstash_dev.state.tenant import Tenant

Explained = Message | Queue | FlowControl | Schedule | Run | DeadLetter
STOPPED = "the clock is stopped"


def why(thing: Explained, moment: Moment) -> Verdict:
    """The verdict on a thing. While the clock stands still, nothing that waits for a time goes on."""
    told = _verdict(thing, moment)
    if moment.stopped and told.next_ms is not None and told.next_ms > moment.now_ms:
        todo = f"advance the clock; {told.todo}" if told.todo else "advance the clock"
        return told._replace(sentence=f"{told.sentence}; {STOPPED}", todo=todo)
    return told


def found(tenant: Tenant, kind: SubjectKind, id: str) -> Explained | None:
    """The thing of a user with this id; queues and flow control keys have their name as id."""
    match kind:
        case SubjectKind.MESSAGE:
            return tenant.messages.get(id)
        case SubjectKind.QUEUE:
            return tenant.queues.get(id)
        case SubjectKind.FLOW_CONTROL:
            return tenant.flow_controls.get(id)
        case SubjectKind.SCHEDULE:
            return tenant.schedules.get(id)
        case SubjectKind.RUN:
            return tenant.runs.get(id)
        case SubjectKind.DEAD_LETTER:
            return tenant.dead_letters.get(id)


def _verdict(thing: Explained, moment: Moment) -> Verdict:
    match thing:
        case Message():
            return message.verdict(thing, moment)
        case Queue():
            return queue.verdict(thing, moment)
        case FlowControl():
            return flow_control.verdict(thing, moment)
        case Schedule():
            return schedule.verdict(thing, moment)
        case Run():
            return run.verdict(thing, moment)
        case DeadLetter():
            return dead_letter.verdict(thing, moment)
