"""Workflows of both SDKs."""

from __future__ import annotations

from qstash_dev.state.tenant import USERS
from tests.mistakes.mistake import Make, Section
from tests.mistakes.scene import Scene
from tests.mistakes.told import Party, Place

WORKFLOWS = Section("Workflows")
TOKEN = USERS[0].token


async def _run(scene: Scene, route: str, token: str = TOKEN, user: int | None = None) -> str:
    """Serve a workflow with this token, and trigger it as the first user."""
    node = scene.node
    assert node is not None
    keys = None
    if user is not None:
        keys = {"currentSigningKey": USERS[user].current_signing_key, "nextSigningKey": USERS[user].next_signing_key}
    url = await node.play("serves", url=scene.server.url, token=token, keys=keys, route=route)
    scene.named(url)
    run: str = await node.play("triggers", url=scene.server.url, token=TOKEN, workflow=url)
    await scene.rest()
    return run


def runs(route: str, token: str = TOKEN, user: int | None = None) -> Make:
    async def make(scene: Scene) -> None:
        await _run(scene, route, token, user)

    return make


def _run_of(said: str, fault: Party, place: Place, reason: str, make: Make) -> None:
    WORKFLOWS.add(said, fault, place, reason, make, with_node=True)


_run_of(
    "a wrong token where the run is served", Party.CALLER, Place.ATTEMPT, "step-refused", runs("fails", "my-token")
)
_run_of(
    "another user's token where the run is served", Party.CALLER, Place.RUN, "stuck", runs("fails", USERS[1].token)
)
_run_of("a sleep that is longer than the plan allows", Party.CALLER, Place.ATTEMPT, "step-refused", runs("sleeps"))
_run_of("a step that throws", Party.APP, Place.ATTEMPT, "workflow-error", runs("fails"))
_run_of("a route that returns before its first step", Party.APP, Place.ATTEMPT, "route-ended-early", runs("returns"))
_run_of("other signing keys where the run is served", Party.APP, Place.ATTEMPT, "wrong-keys", runs("fails", user=1))
_run_of("an invoked workflow that is not served", Party.APP, Place.ATTEMPT, "http-status", runs("invokes"))


async def no_workflow(scene: Scene) -> None:
    assert scene.node is not None
    url = await scene.app(200)
    await scene.node.play("triggers", url=scene.server.url, token=TOKEN, workflow=url + "/api")
    await scene.rest()


_run_of("a route that is no workflow", Party.CALLER, Place.ATTEMPT, "not-a-workflow", no_workflow)


async def event_before_wait(scene: Scene) -> None:
    assert scene.node is not None
    await scene.node.play("notifies", url=scene.server.url, token=TOKEN, event="paid")
    await _run(scene, "waits")


_run_of(
    "an event that is sent before the run waits for it", Party.CALLER, Place.NOTE, "unheard-event", event_before_wait
)


async def nobody_waits(scene: Scene) -> None:
    assert scene.node is not None
    await _run(scene, "waits")
    await scene.node.play("notifies", url=scene.server.url, token=TOKEN, event="payed")


_run_of("an event whose name is misspelled", Party.CALLER, Place.RUN, "waits-for-event", nobody_waits)


async def wait_times_out(scene: Scene) -> None:
    await _run(scene, "waits")
    await scene.server.travel.by(7_200_000)


_run_of("an event that never comes", Party.CALLER, Place.NOTE, "timed-out", wait_times_out)


async def cancelled(scene: Scene) -> None:
    run = await _run(scene, "waits")
    assert scene.node is not None
    await scene.node.play("cancels", url=scene.server.url, token=TOKEN, run=run)


_run_of("a run that is cancelled", Party.CALLER, Place.RUN, "canceled", cancelled)
