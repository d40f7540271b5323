"""The requests that a workflow SDK sends for a run."""

from __future__ import annotations

import json

from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.workflow import workflow_headers
from tests.bench.life.world import World
from tests.broker.flow import STEP, WORKFLOW


def start(world: World, run_id: str) -> None:
    """Trigger a run, as a publish does."""
    _submit(world, run_id, "true", b'{"name":"bob"}')


def step(world: World, run_id: str, number: int) -> None:
    """Submit a step with a small result."""
    _submit(world, run_id, "false", json.dumps(_step(number, "Run") | {"out": f'"{number}"'}).encode())


def wait(world: World, run_id: str, number: int, event_id: str) -> None:
    """Let a run wait for an event, for a week at most."""
    request = {"url": WORKFLOW, "timeout": "7d", "timeoutUrl": WORKFLOW, "step": _step(number, "Wait")}
    headers = _headers(run_id, "false")
    world.broker.waits.wait(world.tenant, event_id, request, headers.items(), world.now_ms)


def _submit(world: World, run_id: str, init: str, body: bytes) -> None:
    pairs = list(_headers(run_id, init).items())
    headers = workflow_headers(pairs)
    assert headers is not None
    publication, now_ms = Publication(WORKFLOW, body, parse_options(pairs)), world.now_ms
    world.broker.publisher.check(world.tenant, (publication,), now_ms)
    world.broker.workflows.prepare(world.tenant, publication, headers, now_ms)()


def _headers(run_id: str, init: str) -> dict[str, str]:
    return STEP | {"Upstash-Workflow-Init": init, "Upstash-Workflow-RunId": run_id}


def _step(number: int, type: str) -> dict[str, object]:
    return {"stepId": number, "stepName": f"step-{number}", "stepType": type, "concurrent": 1}
