"""Read-only tokens, on every route: they see what their user sees, and change nothing."""

from __future__ import annotations

import pytest

from qstash_dev.api.app import ROUTES
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.estate import furnish, world
from tests.api.support import send
from tests.conftest import Client
from tests.destination import Destination

READS = sorted({path for method, path, *_ in ROUTES if method == "GET"})
WRITES = sorted({(method, path) for method, path, *_ in ROUTES if method != "GET"})


def reader(client: Client) -> Client:
    return Client(client.session, client.url, USERS[0].read_only_token)


@pytest.mark.parametrize("path", READS)
async def test_whatever_the_user_may_read(
    server: Server, client: Client, destination: Destination, path: str
) -> None:
    owned = await furnish(server, client, destination)
    target = owned.target(path)
    answer = await send(client, "GET", target)
    assert answer[0] == 200
    assert await send(reader(client), "GET", target) == answer


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_nothing_can_be_changed(
    server: Server, client: Client, destination: Destination, method: str, path: str
) -> None:
    owned = await furnish(server, client, destination)
    before = await world(client)
    status, answer = await send(reader(client), method, owned.target(path), headers={"Upstash-Cron": "@yearly"})
    assert (status, "read-only" in answer["error"]) == (403, True)
    assert await world(client) == before
    assert destination.requests == []


def test_every_user_has_one_of_their_own() -> None:
    tokens = [token for user in USERS for token in (user.token, user.read_only_token)]
    assert len(set(tokens)) == 2 * len(USERS)
