"""Small messages for the tests of state."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count

from qstash_dev.config import Retention
from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.protocol.result import Responded
from qstash_dev.protocol.step import STEP
from qstash_dev.protocol.workflow import RunSettings
from qstash_dev.state.message import Message
from qstash_dev.state.run import Run, RunLogEntry, RunMessage, RunMessageKind, RunState
from qstash_dev.state.tenant import USERS, Tenant
from tests.conftest import NOON_MS

URL = "https://example.com/hook"
_numbers = count(1)


def make_tenant(**retention: int) -> Tenant:
    return Tenant(USERS[0], Retention(**retention))


def make_message(tenant: Tenant | None = None, body: bytes = b"", options: DeliveryOptions | None = None) -> Message:
    publication = Publication(URL, body, options or DeliveryOptions())
    return Message(f"msg_{next(_numbers)}", tenant or make_tenant(), publication, URL, NOON_MS, NOON_MS)


def answer(status: int = 500, body: bytes = b"") -> Responded:
    return Responded(status, (), body, 1)


def make_run(tenant: Tenant, id: str = "wfr_1", *entries: bytes, created_ms: int = NOON_MS) -> Run:
    """A run that goes on, with these bodies as its entries."""
    run = Run(id, tenant, URL, created_ms, RunSettings())
    tenant.runs.add(run)
    for number, body in enumerate(entries):
        tenant.runs.append(run, RunLogEntry(f"msg_{id}_{number}", body, STEP, created_ms))
    return run


def end_run(run: Run, state: RunState = RunState.SUCCESS) -> Run:
    run.state = state
    run.tenant.runs.ended(run)
    return run


def part_message(run: Run, body: bytes = b"") -> Message:
    """A message of the run that delivers its own body."""
    message = make_message(run.tenant, body)
    message.run_message = RunMessage(run, RunMessageKind.STEP)
    return message


def cpu_s(work: Callable[[], object]) -> float:
    """Seconds of CPU time that work took, the least of three times: for what may not cost many times as much."""
    taken = []
    for _ in range(3):
        started_s = time.process_time()
        work()
        taken.append(time.process_time() - started_s)
    return min(taken)
