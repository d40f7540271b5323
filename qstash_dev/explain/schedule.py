"""Why a schedule fires or does not (https://upstash.com/docs/qstash/features/schedules)."""

from __future__ import annotations

from functools import partial

from qstash_dev.explain import message
from qstash_dev.explain.moment import Moment
from qstash_dev.explain.verdict import Blocker, Subject, SubjectKind, Verdict, VerdictReason
from qstash_dev.state.message import State
from qstash_dev.state.schedule import Schedule


def verdict(schedule: Schedule, moment: Moment) -> Verdict:
    """When it fires next, and how its last fire went."""
    told = partial(Verdict, Subject(SubjectKind.SCHEDULE, schedule.id))
    if schedule.paused:
        text = f"schedule is paused since {moment.clock_time(schedule.paused_ms)}: resume it"
        return told(VerdictReason.PAUSED, f"{text}; what it skips is not made up", f"resume schedule {schedule.id}")
    if not schedule.timer:
        text = f"never fires again: '{schedule.cron.text}' matches no later time"
        return told(VerdictReason.NEVER, text, "give it another cron expression")
    next_ms = schedule.next_ms
    fires = f"fires {moment.until(next_ms)}, at {moment.clock_time(next_ms)}"
    if schedule.last_ms is None:
        return told(VerdictReason.DELAYED, fires, "trigger it now, or travel there", next_ms)
    last = moment.clock_time(schedule.last_ms)
    if schedule.error is not None:
        text = f"the fire at {last} was refused: {schedule.error}; {fires}"
        return told(VerdictReason.LAST_FAILED, text, schedule.error_todo, next_ms)
    failed = next((one for one in schedule.last_messages if one.state is State.FAILED), None)
    if failed is None:
        return told(VerdictReason.DELAYED, fires, "trigger it now, or travel there", next_ms)
    why = message.verdict(failed, moment)
    text = f"{failed.id} of the fire at {last} {why.sentence}; {fires}"
    return told(VerdictReason.LAST_FAILED, text, why.todo, next_ms, Blocker(*why.about, why.sentence))
