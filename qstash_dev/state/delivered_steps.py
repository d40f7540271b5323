"""The steps that a delivery of a workflow run is about: the one that has ended, and those that it runs next.

https://upstash.com/docs/workflow/basics/how: a delivery brings the results of the steps so far, its endpoint executes
the next one and submits it before it answers.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.state.message import Message
from qstash_dev.state.run import Run, RunMessageKind

_INITIAL = "init"
_MOST = 3
_LONGEST = 100
_DELIVERING = (RunMessageKind.INIT, RunMessageKind.STEP)


class DeliveredSteps(NamedTuple):
    """Names of steps, at most 100 characters of each."""

    after: str = ""  #: the step whose result was delivered, ``init`` for the payload; empty if there is none
    ran: tuple[str, ...] = ()  #: the steps that were executed, at most three; empty if they are not known
    more: int = 0  #: how many others were executed

    def __str__(self) -> str:
        more = f" and {self.more} more" if self.more else ""
        ran = ", ".join(self.ran) + more
        return " → ".join(part for part in (self.after, ran) if part) if ran else f"after {self.after}"

    def shown(self) -> dict[str, Any]:
        """The steps as JSON; ``stepsRun`` has at most three names."""
        return {name: value for name, value in (("afterStep", self.after), ("stepsRun", list(self.ran))) if value}


def delivered_steps(message: Message, result: DeliveryResult | None = None) -> DeliveredSteps | None:
    """The steps that a message of a run is about, as far as known; ``None`` for a message that is about none.

    ``result`` is that of an attempt: newer SDKs name the step that has failed.
    """
    run_message = message.run_message
    if run_message is None or run_message.kind is RunMessageKind.FAILURE_CALLBACK or run_message.superseded:
        return None
    step, failed = run_message.step, _failed_step(result)
    if run_message.kind not in _DELIVERING or (step is not None and step.is_plan):
        return None if step is None else DeliveredSteps("", (step.name[:_LONGEST],))
    after = _INITIAL if step is None else step.name[:_LONGEST]
    if failed:
        return DeliveredSteps(after, (failed,))
    number, concurrent = (0, 1) if step is None else (step.number, step.concurrent)
    found, count = _next_steps(run_message.run, run_message.entry, number if concurrent == 1 else None)
    return DeliveredSteps(after, tuple(name[:_LONGEST] for name in found), count - len(found))


def _failed_step(result: DeliveryResult | None) -> str:
    if not isinstance(result, Responded) or result.succeeded:
        return ""
    return next((value[:_LONGEST] for name, value in result.headers if name == "Upstash-Error-Step-Name"), "")


def _next_steps(run: Run, entry: int, number: int | None) -> tuple[list[str], int]:
    """The first names of the steps after this entry of the log, and their number.

    The entry after that of a step is what its delivery has submitted. ``number`` is the position of the step, or
    ``None`` for a branch of a parallel group: others of its group may come first, and only the delivery of the last
    one goes on.
    """
    following = run.entries[entry + 1].step if entry + 1 < len(run.entries) else None
    if entry + 1 == len(run.entries):
        steps = [*(one.step for one in run.waiters[-1:]), *(one.step for one in run.invocations[-1:])]
        following = next((step for step in steps if number is None or step.number == number + 1), None)
        return ([], 0) if following is None or following.concurrent > 1 else ([following.name], 1)
    if following is None:
        return [], 0
    if following.is_plan:
        group = islice(run.entries, entry + 1, entry + 1 + min(following.concurrent, _MOST))
        return [one.step.name for one in group if one.step is not None and one.step.is_plan], following.concurrent
    return ([], 0) if following.concurrent > 1 else ([following.name], 1)
