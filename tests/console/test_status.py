"""``GET /_dev/status`` and ``GET /_dev/setup``."""

from __future__ import annotations

from typing import Any

from qstash_dev import __version__
from qstash_dev.clock import FrozenClock
from qstash_dev.config import PRO, Config
from qstash_dev.protocol.mapping import Mapping, Side
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import NOWHERE, serving
from tests.conftest import NOON_MS, Client
from tests.console.conftest import Reader


async def test_the_status_counts_for_each_user(client: Client, server: Server, reader: Reader) -> None:
    await client.publish(NOWHERE, Upstash_Retries="0")
    await client.publish(NOWHERE, Upstash_Delay="1h")
    await server.idle()
    status = await reader.get("status")
    nothing: dict[str, Any] = {"inFlight": 0, "due": 0, "later": 0, "failed": 0, "messages": 0, "refused": 0}
    assert status["users"] == [
        {**nothing, "name": "defaultUser", "later": 1, "failed": 1, "messages": 2},
        *({**nothing, "name": user.id} for user in USERS[1:]),
    ]
    assert status["version"] == __version__


async def test_the_status_tells_the_time_that_rules(reader: Reader, clock: FrozenClock) -> None:
    clock.move_to(NOON_MS + 5_000)
    told = (await reader.get("status"))["clock"]
    assert (told["now"], told["paused"], told["time"]) == (NOON_MS + 5_000, True, "2026-01-01T12:00:05.000Z")


async def test_the_set_up_is_what_an_application_needs(client: Client, reader: Reader) -> None:
    setup = await reader.get("setup")
    user = setup["users"][0]
    assert (setup["url"], setup["openapi"]) == (client.url, client.url + "/openapi.json")
    assert user["env"] == {
        "QSTASH_URL": client.url,
        "QSTASH_TOKEN": USERS[0].token,
        "QSTASH_CURRENT_SIGNING_KEY": USERS[0].current_signing_key,
        "QSTASH_NEXT_SIGNING_KEY": USERS[0].next_signing_key,
    }
    assert [one["name"] for one in setup["users"]] == [user.id for user in USERS]
    assert setup["quota"]["name"] == "payg"
    client.token = user["readOnlyToken"]
    assert await client.get("/v2/queues") == []


async def test_the_set_up_has_the_keys_in_force(client: Client, reader: Reader) -> None:
    await client.call("POST", "/v2/keys/rotate")
    env = (await reader.get("setup"))["users"][0]["env"]
    keys = await client.get("/v2/keys")
    assert (env["QSTASH_CURRENT_SIGNING_KEY"], env["QSTASH_NEXT_SIGNING_KEY"]) == (keys["current"], keys["next"])


async def test_the_set_up_names_the_server_as_it_was_called(client: Client) -> None:
    async with client.session.get(client.url + "/_dev/setup", headers={"Host": "api.localhost:99"}) as response:
        assert (await response.json())["url"] == "http://api.localhost:99"


async def test_limits_and_mappings_are_those_in_force() -> None:
    mapping = Mapping("https://myapp.com/*", "http://localhost:3000")
    async with serving(Config(port=0, quota=PRO, mappings=(mapping,), verify_tls=False)) as client:
        setup = await Reader(client).get("setup")
    assert setup["quota"]["max_retries"] == 20
    assert setup["mappings"] == [
        {"pattern": mapping.pattern, "target": mapping.target, "host": "target", "sign": "published"}
    ]
    assert setup["limits"]["verifyTls"] is False


async def test_the_modes_are_those_chosen_at_the_start() -> None:
    config = Config(
        port=0,
        allow_hosts=("qstash",),
        allow_origins=("http://a.test",),
        gate=False,
        max_batch_bytes=77,
        lazy_fetch_bytes=5,
        local_only=True,
        map_host=Side.PUBLISHED,
        map_sign=Side.TARGET,
    )
    async with serving(config) as client:
        setup = await Reader(client).get("setup")
    assert setup["limits"]["maxBatchBytes"] == 77
    assert setup["modes"] == {
        "host": None,
        "logPort": None,
        "allowHosts": ["qstash"],
        "allowOrigins": ["http://a.test"],
        "gate": False,
        "ownCertificates": False,
        "localOnly": True,
        "mapHost": "published",
        "mapSign": "target",
        "lazyFetchBytes": 5,
    }
