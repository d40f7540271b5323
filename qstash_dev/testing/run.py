"""Workflow runs and their steps, for tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qstash_dev.api.shapes import workflow_logs
from qstash_dev.api.shapes.workflow_logs import NextSteps
from qstash_dev.broker.workflows.log_view import run_view
from qstash_dev.dev.instants import date_time
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.hints import reason_of
from qstash_dev.state import run as state


@dataclass(frozen=True)
class Step:
    """One step of a run."""

    name: str
    type: str
    state: str  #: as in the workflow log, such as ``STEP_SUCCESS``
    out: str | None  #: the result that the SDK has submitted
    errors: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """One workflow run at the time of the query."""

    id: str
    state: str
    url: str
    steps: tuple[Step, ...]
    response: str | None  #: the result of the workflow function, as JSON
    labels: tuple[str, ...]
    created_at: datetime
    completed_at: datetime | None
    notes: tuple[str, ...]  #: waits, warnings and errors of the run
    failure_reason: FailureReason | None = None  #: why the run failed, if it did

    @property
    def result(self) -> Any:
        """The value of ``response``, ``None`` if there is none."""
        return None if self.response is None else json.loads(self.response)

    def step(self, name: str) -> Step | None:
        """The step with this name, ``None`` if it has not begun."""
        return next((step for step in self.steps if step.name == name), None)

    def __str__(self) -> str:
        steps = ", ".join(f"{step.name} {step.state}" for step in self.steps)
        return " ".join([self.id, self.state, self.url, f"({steps})", *self.notes])


def run_of(run: state.Run) -> Run:
    shown = run_view(run)
    groups = [group for group in shown.steps if not isinstance(group, NextSteps)]
    return Run(
        id=run.id,
        state=run.state.value,
        url=run.url,
        steps=tuple(_step(step) for group in groups for step in group.steps),
        response=run.response,
        labels=run.settings.labels,
        created_at=date_time(run.created_ms),
        completed_at=None if run.completed_ms is None else date_time(run.completed_ms),
        notes=tuple(note.text for note in run.notes),
        failure_reason=None if run.failure is None else reason_of(run.failure.result),
    )


def _step(step: workflow_logs.Step) -> Step:
    errors = tuple(error.error for error in step.errors or ())
    return Step(step.step_name, step.step_type, step.state, step.out if isinstance(step.out, str) else None, errors)
