"""Messages that are accepted and do not arrive."""

from __future__ import annotations

from contextlib import suppress

from qstash_dev.config import Config, Limits
from qstash_dev.dev.travel_errors import NotIdle
from qstash_dev.state.tenant import USERS
from tests.delivery.rogue import is_silent
from tests.destination import Answer
from tests.mistakes.mistake import Section
from tests.mistakes.scene import Scene
from tests.mistakes.told import Party, Place, Sentence

WAITING = Section(
    "A message does not arrive",
    "The console, and `GET /_dev/verdicts/message/ID`, say of each message what it waits for.",
)
DUPLICATES = Section("A message was taken for another one")
TIME = Section("Time does not pass")
URL = "http://localhost:3000/api"


@DUPLICATES.mistake("a deduplication id that is used again", Party.CALLER, Place.NOTICE, "duplicate")
async def duplicate(scene: Scene) -> None:
    url = await scene.app(200)
    for _ in range(2):
        await scene.publish(url, deduplication_id="order-1")
        await scene.rest()


@DUPLICATES.mistake("the same deduplication id for another destination", Party.CALLER, Place.NOTICE, "duplicate")
async def duplicate_elsewhere(scene: Scene) -> None:
    url = await scene.app(200)
    for path in ("/mail", "/invoice"):
        await scene.publish(url + path, deduplication_id="order-1")
        await scene.rest()


@DUPLICATES.mistake("the same deduplication id for another body", Party.CALLER, Place.NOTICE, "duplicate")
async def duplicate_of_another_body(scene: Scene) -> None:
    url = await scene.app(500)
    for body in ("1", "2"):
        await scene.publish(url, body=body, deduplication_id="order-1", retries=0)
        await scene.rest()


@WAITING.mistake("a queue that is paused", Party.SETTING, Place.MESSAGE, "paused")
async def paused_queue(scene: Scene) -> None:
    sdk = scene.sdk()
    await sdk.queue.upsert("emails", paused=True)
    await sdk.message.enqueue(queue="emails", url=URL)
    await scene.rest()


@WAITING.mistake("a queue whose first message fails", Party.APP, Place.MESSAGE, "behind")
async def blocked_queue(scene: Scene) -> None:
    url = await scene.app(
        Answer(500, b'{"error": "no connection to the database"}', {"Content-Type": "application/json"})
    )
    for _ in range(3):
        await scene.sdk().message.enqueue(queue="emails", url=url)
    await scene.rest()


@WAITING.mistake(
    "a flow control key whose rate is used up", Party.SETTING, Place.MESSAGE, "rate-used-up", says_nothing=True
)
async def rate_used_up(scene: Scene) -> None:
    url = await scene.app(200)
    for _ in range(2):
        await scene.publish(url, flow_control={"key": "openai", "rate": 1, "period": "1m"})
        await scene.rest()


@WAITING.mistake("a flow control key that is paused", Party.SETTING, Place.MESSAGE, "paused")
async def paused_key(scene: Scene) -> None:
    flow_control = {"key": "openai", "rate": 1}
    await scene.publish(await scene.app(200), flow_control=flow_control)
    await scene.rest()
    await scene.call("POST", "/v2/flowControl/openai/pause")
    await scene.publish(URL, flow_control=flow_control)


@WAITING.mistake("a schedule that is paused", Party.SETTING, Place.SCHEDULE, "paused", says_nothing=True)
async def paused_schedule(scene: Scene) -> None:
    schedules = scene.sdk().schedule
    id = await schedules.create(destination=URL, cron="0 1 * * *", schedule_id="nightly")
    await schedules.pause(id)


@WAITING.mistake("a schedule whose URL group is gone", Party.SETTING, Place.SCHEDULE, "last-failed")
async def schedule_without_group(scene: Scene) -> None:
    sdk = scene.sdk()
    await sdk.url_group.upsert_endpoints("orders", [{"url": URL}])
    await sdk.schedule.create(destination="orders", cron="0 * * * *", schedule_id="hourly")
    await sdk.url_group.delete("orders")
    await scene.server.travel.by(3_600_000)


@WAITING.mistake("a delay in days in the place of seconds", Party.NOBODY, Place.MESSAGE, "delayed", says_nothing=True)
async def far_future(scene: Scene) -> None:
    await scene.publish(URL, delay="30d")


@WAITING.mistake("a header that no server may forward", Party.CALLER, Place.NOTICE, "headers-dropped")
async def dropped_header(scene: Scene) -> None:
    await scene.publish(await scene.app(200), headers={"Connection": "close", "X-Order": "1"})
    await scene.rest()


@WAITING.mistake("the token of another user", Party.CALLER, Place.STATUS, "other-user")
async def another_user(scene: Scene) -> None:
    await scene.publish(await scene.app(200), token=USERS[1].token)
    await scene.rest()


@WAITING.mistake("an app that restarts when a file is saved", Party.APP, Place.MESSAGE, "retrying")
async def restarting(scene: Scene) -> None:
    await scene.publish("http://localhost:1/api")
    await scene.rest()


@WAITING.mistake("an app that fails each time", Party.APP, Place.MESSAGE, "gave-up")
async def gives_up(scene: Scene) -> None:
    url = await scene.app(Answer(500, b"TypeError: x is undefined\n    at handler (app.js:3)"))
    await scene.publish(url, retries=1)
    await scene.server.travel.by(3_600_000)


@TIME.mistake("a clock that stands still, as in tests", Party.NOBODY, Place.MESSAGE, "delayed", says_nothing=True)
async def frozen_clock(scene: Scene) -> None:
    await scene.publish(URL, delay="10s")


@TIME.mistake(
    "an app that does not answer",
    Party.APP,
    Place.NOTICE,
    "still-waiting",
    config=Config(port=0, shutdown_grace_s=0, limits=Limits(still_waiting_s=(0.05,))),
)
async def hang(scene: Scene) -> None:
    rogue = await scene.rogue(is_silent)
    await scene.publish(rogue.url)
    with suppress(NotIdle):
        await scene.server.idle(0.1)


@TIME.mistake("travelling in time while an app does not answer", Party.APP, Place.TRAVEL, "in-flight")
async def travel_that_hangs(scene: Scene) -> None:
    rogue = await scene.rogue(is_silent)
    await scene.publish(rogue.url + "/api")
    answer = await scene.control("POST", "clock/advance", by="1h", timeout=0.1)
    calls = answer.get("inFlight", [])
    todo = f"POST /_dev/messages/{calls[0]['messageId']}/abort" if calls else ""
    scene.told.append(Sentence(Place.TRAVEL, "in-flight" if calls else "", answer["error"], todo))
