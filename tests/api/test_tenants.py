"""Users are worlds of their own: on every route, whatever one has is nowhere for the others."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.api.app import ROUTES
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.estate import COLLECTIONS, furnish, world
from tests.api.support import NOWHERE, done, send
from tests.api.test_every_route import FIELD
from tests.conftest import Client
from tests.destination import Destination

# A body that means everything the owner has, on whichever route.
BODY = {"queueName": "queue", "parallelism": 7, "paused": True, "endpoints": [{"url": "https://theirs.example"}]}
QUERY = "?parallelism=7&rate=7"


def as_user(client: Client, number: int) -> Client:
    return Client(client.session, client.url, USERS[number].token)


@pytest.mark.parametrize(("method", "path"), sorted({(method, path) for method, path, *_ in ROUTES}))
async def test_nothing_of_one_user_can_be_seen_or_changed_by_another(
    server: Server, client: Client, destination: Destination, method: str, path: str
) -> None:
    owned = await furnish(server, client, destination)
    before = await world(client)
    other = as_user(client, 1)
    headers = {"Upstash-Cron": "@yearly", "Upstash-Schedule-Id": "schedule"}
    options: dict[str, Any] = {"json": BODY, "headers": headers} if method != "GET" else {}
    if "/batch" in path:
        options["json"] = [{"destination": "group"}]
    if path in ("/v2/dlq", "/v2/dlq/retry", "/v2/messages"):
        options.pop("json", None)
    target = owned.target(path) + (QUERY if path.endswith("pin") else "")
    status, answer = await send(other, method, target, **options)
    assert await world(client) == before
    assert destination.requests == []
    seen = str(answer)
    for secret in ("private", NOWHERE, owned.message, owned.letter, client.token):
        assert secret not in seen.replace(f"{owned.letter} not found", "").replace(f"{owned.message} not found", "")
    named = {name for name in FIELD.findall(path) if name != "_"}
    if path.startswith(("/v2/trigger", "/v2/waiters")):
        # A run is triggered at a URL only, and nobody waits for an event that nobody else has heard of.
        assert status == (400 if "trigger" in path else 200)
    elif "destination" in named or (named and method == "GET"):
        assert status == 404


async def test_a_new_user_has_nothing(server: Server, client: Client, destination: Destination) -> None:
    await furnish(server, client, destination)
    for number in (1, 2, 3):
        other = as_user(client, number)
        for path in COLLECTIONS:
            answer = await other.get(path)
            assert answer == [] or not any(answer.values()), path
        assert await other.get("/v2/globalParallelism") == {"parallelismMax": 1_000, "parallelismCount": 0}


async def test_equal_names_do_not_meet(server: Server, client: Client, destination: Destination) -> None:
    other = as_user(client, 1)
    await furnish(server, client, destination)
    await furnish(server, other, destination)
    for path in COLLECTIONS:
        mine, theirs = await client.get(path), await other.get(path)
        assert (len(mine), mine == []) == (len(theirs), False)
    await client.call("DELETE", "/v2/messages")
    await client.call("DELETE", "/v2/dlq")
    for path in ("/v2/topics/group", "/v2/queues/queue", "/v2/schedules/schedule"):
        await done(client, "DELETE", path)
    await done(client, "POST", "/v2/flowControl/key/pause")
    assert [len(await other.get(path)) for path in COLLECTIONS[3:]] == [1, 1, 1, 1]
    assert len((await other.get("/v2/dlq"))["messages"]) == 1
    assert (await other.get("/v2/flowControl/key"))["isPaused"] is False
    assert {event["state"] for event in (await other.get("/v2/events"))["events"]} == {
        "CREATED",
        "ACTIVE",
        "ERROR",
        "FAILED",
    }


async def test_a_deduplication_id_belongs_to_its_user(client: Client) -> None:
    headers = {"Upstash-Deduplication-Id": "once", "Upstash-Delay": "1h"}
    answers = [
        await as_user(client, number).call("POST", f"/v2/publish/{NOWHERE}", headers=headers)
        for number in (0, 1, 2, 3, 0)
    ]
    assert [status for status, _ in answers] == [201, 201, 201, 201, 202]


async def test_deliveries_are_signed_with_the_keys_of_their_user(
    server: Server, client: Client, destination: Destination
) -> None:
    import jwt

    for number, user in enumerate(USERS):
        await as_user(client, number).publish(destination.url)
        await server.idle()
        token = destination.requests[number].headers["Upstash-Signature"]
        for other in USERS:
            if other is user:
                assert jwt.decode(token, other.current_signing_key, ["HS256"], options={"verify_nbf": False})
            else:
                with pytest.raises(jwt.InvalidSignatureError):
                    jwt.decode(token, other.current_signing_key, ["HS256"])
