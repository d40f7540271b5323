"""Calls that the server refuses: tokens, addresses and options."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import suppress
from typing import Any

from qstash.errors import QStashError

from qstash_dev.state.tenant import USERS
from tests.api.support import NOWHERE
from tests.mistakes.mistake import Make, Section
from tests.mistakes.scene import Scene
from tests.mistakes.told import Party, Place

APP = "http://localhost:3000/api"
TOKEN = USERS[0].token
HOSTED = b64encode(json.dumps({"UserID": "2f3a", "Password": "9c1d0e"}).encode()).decode()

TOKENS = Section("The token", "Most clients swallow the error of a call. The server keeps it and prints it.")
ADDRESSES = Section("The address", "`QSTASH_URL` is the address of the server alone; clients add the path.")
OPTIONS = Section("The options of a call")


def with_token(token: str) -> Make:
    async def make(scene: Scene) -> None:
        await scene.publish(APP, token=token)

    return make


def calls(method: str, path: str, body: str | bytes = b"", token: str | None = TOKEN, **headers: str) -> Make:
    async def make(scene: Scene) -> None:
        await scene.call(method, path, body, token, **headers)

    return make


def publishes(url: str = APP, **options: Any) -> Make:
    async def make(scene: Scene) -> None:
        await scene.publish(url, **options)

    return make


def at(base: str) -> Make:
    """Publish with another ``QSTASH_URL``."""

    async def make(scene: Scene) -> None:
        with suppress(QStashError):
            await scene.sdk(base_url=scene.server.url + base).message.publish(url=APP)

    return make


def in_node(part: str, **given: Any) -> Make:
    """Let the npm package make the call."""

    async def make(scene: Scene) -> None:
        assert scene.node is not None
        await scene.node.play(part, url=scene.server.url, token=TOKEN, **given)

    return make


def _refused(section: Section, said: str, reason: str, make: Make, **options: Any) -> None:
    section.add(said, Party.CALLER, Place.REFUSAL, reason, make, **options)


_refused(TOKENS, "no token at all", "none", calls("POST", f"/v2/publish/{APP}", token=None))
_refused(TOKENS, "an empty token", "empty", calls("POST", f"/v2/publish/{APP}", token=""))
_refused(
    TOKENS,
    "a token that is `undefined` in JavaScript",
    "empty",
    in_node("publishes", with_token=None),
    with_node=True,
)
_refused(TOKENS, "quotes around the token", "quoted", with_token(f'"{TOKEN}"'))
_refused(TOKENS, "a token that begins with `Bearer`", "bearer-twice", with_token(f"Bearer {TOKEN}"))
_refused(TOKENS, "the token of hosted QStash", "hosted-token", with_token(HOSTED))
_refused(TOKENS, "a signing key as the token", "signing-key", with_token(USERS[0].current_signing_key))
_refused(TOKENS, "a token without its last characters", "cut", with_token(TOKEN.rstrip("=")))
_refused(TOKENS, "any other token", "other", with_token("my-secret-token"))
_refused(
    TOKENS,
    "`Basic` in the place of `Bearer`",
    "other-scheme",
    calls("POST", f"/v2/publish/{APP}", token=None, Authorization="Basic dXNlcjpwYXNz"),
)
_refused(TOKENS, "publishing with the read-only token", "Authorization", with_token(USERS[0].read_only_token))

_refused(ADDRESSES, "a destination without `http://`", "destination", publishes("localhost:3000/api"))
_refused(ADDRESSES, "no destination", "destination", calls("POST", "/v2/publish"))
_refused(ADDRESSES, "a destination with a space in its host", "destination", publishes("http://my host/api"))
ADDRESSES.add(
    "a percent-encoded destination",
    Party.CALLER,
    Place.WARNING,
    "percent-encoded-destination",
    calls("POST", f"/v2/publish/{NOWHERE.replace(':', '%3A').replace('/', '%2F')}"),
)
_refused(ADDRESSES, "`/v2` in `QSTASH_URL`", "QSTASH_URL", at("/v2"))
_refused(ADDRESSES, "`/v1` in `QSTASH_URL`", "QSTASH_URL", at("/v1"))
_refused(ADDRESSES, "`/v2/publish` in `QSTASH_URL`", "destination", at("/v2/publish"))
_refused(ADDRESSES, "a slash at the end of `QSTASH_URL`", "QSTASH_URL", calls("POST", f"//v2/publish/{APP}"))
_refused(ADDRESSES, "a path that is misspelled", "404", calls("POST", f"/v2/pubish/{APP}"))
_refused(ADDRESSES, "another method than the route has", "405", calls("PUT", "/v2/queues"))
_refused(ADDRESSES, "an unknown URL group", "destination", calls("POST", "/v2/publish/orders"))
_refused(ADDRESSES, "an unknown queue", "name", calls("POST", "/v2/queues/emails/pause"))
_refused(ADDRESSES, "an unknown schedule", "id", calls("POST", "/v2/schedules/nightly/pause"))
_refused(ADDRESSES, "a message of another user, or one of long ago", "id", calls("DELETE", "/v2/messages/msg_4xQ"))
_refused(
    ADDRESSES,
    "the server is called by a name of a container",
    "Host",
    calls("POST", f"/v2/publish/{APP}", Host="qstash:8080"),
)
_refused(
    ADDRESSES,
    "a page in a browser calls the server",
    "Origin",
    calls("POST", f"/v2/publish/{APP}", Origin="https://shop.example.com"),
)

_refused(OPTIONS, "a delay that is no duration", "Upstash-Delay", publishes(delay="tomorrow"))
_refused(OPTIONS, "a delay of 400 days", "Upstash-Delay", publishes(delay="400d"))
_refused(OPTIONS, "`not_before` in milliseconds", "Upstash-Not-Before", publishes(not_before=1_767_268_800_000))
_refused(OPTIONS, "retries below zero", "Upstash-Retries", publishes(retries=-1))
_refused(OPTIONS, "more retries than the plan has", "Upstash-Retries", publishes(retries=50))
_refused(OPTIONS, "a retry delay that is no expression", "Upstash-Retry-Delay", publishes(retry_delay="soon"))
_refused(OPTIONS, "a timeout that is no duration", "Upstash-Timeout", publishes(timeout="a while"))
_refused(OPTIONS, "a method that there is not", "Upstash-Method", publishes(method="FETCH"))
_refused(OPTIONS, "a callback without `http://`", "Upstash-Callback", publishes(callback="localhost:3000/done"))
_refused(
    OPTIONS,
    "a failure callback without `http://`",
    "Upstash-Failure-Callback",
    publishes(failure_callback="localhost:3000/failed"),
)
_refused(OPTIONS, "a colon in a deduplication id", "Upstash-Deduplication-Id", publishes(deduplication_id="order:1"))
_refused(
    OPTIONS,
    "a space in a flow control key",
    "Upstash-Flow-Control-Key",
    publishes(flow_control={"key": "my key", "rate": 1}),
)
_refused(
    OPTIONS,
    "a flow control key without a rate",
    "Upstash-Flow-Control-Value",
    calls("POST", f"/v2/publish/{APP}", Upstash_Flow_Control_Key="openai"),
)
_refused(
    OPTIONS,
    "a rate in words",
    "Upstash-Flow-Control-Value",
    calls("POST", f"/v2/publish/{APP}", Upstash_Flow_Control_Key="openai", Upstash_Flow_Control_Value="10/min"),
)
_refused(
    OPTIONS,
    "a delay for a message in a queue",
    "Upstash-Delay",
    calls("POST", f"/v2/enqueue/q/{APP}", Upstash_Delay="5s"),
)
_refused(OPTIONS, "an e-mail address as the name of a queue", "queue", calls("POST", f"/v2/enqueue/a@b.c/{APP}"))
_refused(
    OPTIONS,
    "a cron expression of four fields",
    "Upstash-Cron",
    calls("POST", f"/v2/schedules/{APP}", Upstash_Cron="* * * *"),
)
_refused(
    OPTIONS,
    "a time zone that there is not",
    "Upstash-Cron.CRON_TZ",
    calls("POST", f"/v2/schedules/{APP}", Upstash_Cron="CRON_TZ=Europe/Berln 0 1 * * *"),
)
_refused(OPTIONS, "a schedule without a cron expression", "Upstash-Cron", calls("POST", f"/v2/schedules/{APP}"))
_refused(OPTIONS, "a body that is too large", "body", publishes(body=b"x" * 10_500_000))
_refused(
    OPTIONS,
    "one wrong message in a batch",
    "[1].destination",
    calls("POST", "/v2/batch", json.dumps([{"destination": APP}, {"destination": "localhost:3000"}])),
)
_refused(OPTIONS, "broken JSON", "body", calls("POST", "/v2/batch", '[{"destination": '))
_refused(
    OPTIONS,
    "an endpoint of a URL group without `http://`",
    "endpoints[0].url",
    calls("POST", "/v2/topics/g/endpoints", '{"endpoints": [{"url": "localhost:3000"}]}'),
)
OPTIONS.add(
    "a duration without a unit",
    Party.CALLER,
    Place.WARNING,
    "duration-without-unit",
    calls("POST", f"/v2/publish/{APP}", Upstash_Flow_Control_Key="k", Upstash_Flow_Control_Value="rate=1,period=30"),
)
_refused(
    OPTIONS, "a wrong delay in JavaScript", "upstash-delay", in_node("publishes", delay="tomorrow"), with_node=True
)
