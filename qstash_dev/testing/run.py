"""A workflow run as a test sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qstash_dev.broker.workflows.log_view import run_view
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.hints import reason_of
from qstash_dev.state import run as state
from qstash_dev.testing.views import moment


@dataclass(frozen=True)
class Step:
    """One step; ``out`` is what the SDK recorded, ``state`` that of the workflow log (``STEP_SUCCESS``, …)."""

    name: str
    type: str
    state: str
    out: str | None
    errors: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """One run; ``response`` is the text that its route returned, ``notes`` what went wrong in words and
    ``failure_reason`` why it failed, if it did."""

    id: str
    state: str
    url: str
    steps: tuple[Step, ...]
    response: str | None
    labels: tuple[str, ...]
    created_at: datetime
    completed_at: datetime | None
    notes: tuple[str, ...]
    failure_reason: FailureReason | None = None

    @property
    def result(self) -> Any:
        """What the route returned, from JSON; ``None`` if it has returned nothing."""
        return None if self.response is None else json.loads(self.response)

    def step(self, name: str) -> Step | None:
        """The step of this name, if it was begun."""
        return next((step for step in self.steps if step.name == name), None)

    def __str__(self) -> str:
        steps = ", ".join(f"{step.name} {step.state}" for step in self.steps)
        return " ".join([self.id, self.state, self.url, f"({steps})", *self.notes])


def run_of(run: state.Run) -> Run:
    """A run as it is now."""
    shown = run_view(run)
    groups = [group for group in shown["steps"] if group["type"] != "next"]
    return Run(
        id=run.id,
        state=run.state.value,
        url=run.url,
        steps=tuple(_step(step) for group in groups for step in group["steps"]),
        response=run.response,
        labels=run.settings.labels,
        created_at=moment(run.created_ms),
        completed_at=None if run.completed_ms is None else moment(run.completed_ms),
        notes=tuple(note.text for note in run.notes),
        failure_reason=None if run.failure is None else reason_of(run.failure.result),
    )


def _step(step: dict[str, Any]) -> Step:
    errors = tuple(error["error"] for error in step.get("errors", ()))
    return Step(step["stepName"], step["stepType"], step["state"], step.get("out"), errors)
