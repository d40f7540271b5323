"""Why a flow control key lets calls through or does not (https://upstash.com/docs/qstash/features/flowcontrol)."""

from __future__ import annotations

from typing import NamedTuple

from qstash_dev.explain.brief import behind
from qstash_dev.explain.moment import Moment
from qstash_dev.explain.verdict import Blocker, Subject, SubjectKind, Verdict, VerdictReason
from qstash_dev.state.flow_control import FlowControl

_PERIODS = {1: "second", 60: "minute", 3_600: "hour", 86_400: "day"}


class Gate(NamedTuple):
    """What keeps calls of a key from starting."""

    reason: VerdictReason
    text: str
    todo: str
    next_ms: int | None = None
    blocker: Blocker | None = None


def verdict(key: FlowControl, moment: Moment) -> Verdict:
    """Which of its limits are used up, when the next call may start, and how many wait."""
    about, count = Subject(SubjectKind.FLOW_CONTROL, key.key), len(key.waiting)
    waits = f"{count:,} wait" if count != 1 else "1 waits"
    gate = closed(key, moment)
    if gate is None:
        return Verdict(
            about, VerdictReason.IDLE, f"{waits if count else 'nothing waits'}; {_used(key, moment.now_ms)}"
        )
    text = f"{gate.text}, {waits}" if count else gate.text
    return Verdict(about, gate.reason, text, gate.todo, gate.next_ms, gate.blocker)


def closed(key: FlowControl, moment: Moment) -> Gate | None:
    """What keeps the next call from starting; ``None`` if nothing does."""
    now_ms = moment.now_ms
    if key.paused:
        text = f"it is paused since {moment.clock_time(key.paused_ms)}: resume it"
        return Gate(VerdictReason.PAUSED, text, f"resume flow control key {key.key}")
    pinned = " (pinned)" if key.pinned_parallelism else ""
    if key.parallelism and key.in_flight >= key.parallelism:
        held, blocker = behind((one for one in moment.running if one.slot is key), moment)
        text = f"{key.in_flight} of {key.parallelism} calls{pinned} are in flight" + (f", by {held}" if held else "")
        todo = f"raise the parallelism of flow control key {key.key}, or let its calls end sooner"
        return Gate(VerdictReason.PARALLELISM_USED_UP, text, todo, None, blocker)
    if key.rate and key.calls_in_period(now_ms) >= key.rate:
        at_ms = key.period_start_ms + key.period_s * 1_000
        text = f"{_rate(key)} are used up, next slot {moment.until(at_ms)}"
        return Gate(
            VerdictReason.RATE_USED_UP, text, f"raise the rate of flow control key {key.key}, or reset it", at_ms
        )
    return None


def _used(key: FlowControl, now_ms: int) -> str:
    used = []
    if key.parallelism:
        used.append(f"{key.in_flight} of {key.parallelism} calls are in flight")
    if key.rate:
        used.append(f"{key.calls_in_period(now_ms)} of {_rate(key)} are used")
    return " and ".join(used) or "it has no limit"


def _rate(key: FlowControl) -> str:
    """``10 per minute``."""
    pinned = " (pinned)" if key.pinned_rate else ""
    return f"{key.rate} per {_PERIODS.get(key.period_s) or f'{key.period_s} s'}{pinned}"
