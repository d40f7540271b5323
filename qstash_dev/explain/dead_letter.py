"""Why a message is in the dead letter queue (https://upstash.com/docs/qstash/features/dlq)."""

from __future__ import annotations

from qstash_dev.explain import message, run
from qstash_dev.explain.attempt import look_at
from qstash_dev.explain.moment import Moment
from qstash_dev.explain.verdict import Subject, SubjectKind, Verdict, VerdictReason
from qstash_dev.state.dead_letters import DeadLetter


def verdict(letter: DeadLetter, moment: Moment) -> Verdict:
    """What failed, when, and what to do about it. A letter that was retried is in the queue no more."""
    about = Subject(SubjectKind.DEAD_LETTER, letter.id)
    run_message = letter.message.run_message
    if run_message is not None and run_message.run.failure is not None:
        what = f"run {run_message.run.id}: {run.verdict(run_message.run, moment).sentence}"
        verbs = "resume or restart the run"
    else:
        what = f"{letter.message.id} {message.given_up(letter.message, letter.result)}"
        verbs = "retry the dead letter"
    look = look_at(letter.result)
    todo = f"{look}; then {verbs}" if look else f"{verbs}"
    return Verdict(about, VerdictReason.GAVE_UP, f"at {moment.clock_time(letter.failed_ms)} {what}", todo)
