"""Applications with the ``Receiver`` of the Python SDK that refuse a message, and what a developer is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from flask import Flask, request
from qstash import Receiver
from qstash.errors import SignatureError
from werkzeug.serving import make_server

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS, User
from tests.asgi import served
from tests.conftest import Client
from tests.delivery.explained import Told, told

DEFAULT, OTHER = USERS[0], USERS[1]
STRANGER = User("stranger", "", "sig_of_somebody_else_with_32_bytes", "sig_of_somebody_else_with_32_bytes")


def keys(user: User, *, only_current: bool = False) -> Receiver:
    # The Receiver of Python reports what the last of its keys found.
    return Receiver(user.current_signing_key, user.current_signing_key if only_current else user.next_signing_key)


def fastapi(receiver: Receiver, *, status: int | None, url: str | None = None, parsed: bool = False) -> FastAPI:
    """An application that answers a refusal with this status and its reason, or lets the error pass."""
    app = FastAPI()

    @app.post("/hook")
    async def hook(incoming: Request) -> Any:
        body = str(await incoming.json()) if parsed else (await incoming.body()).decode()
        try:
            receiver.verify(signature=incoming.headers["Upstash-Signature"], body=body, url=url)
        except SignatureError as error:
            if status is None:
                raise
            return JSONResponse({"detail": str(error)}, status)
        return {}

    return app


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "signature-refused"), (500, "signature-refused"), (None, "http-status")]
)
async def test_wrong_keys_name_the_variables(server: Server, client: Client, status: int | None, reason: str) -> None:
    async with served(fastapi(keys(STRANGER), status=status)) as url:
        found = await told(server, client, f"{url}/hook")
    assert found.reason == reason
    assert "QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY must be those of this user" in found.hint
    assert "it has accepted no message of defaultUser before" in found.hint
    # Python's Receiver says the same of a changed URL or body, so these are not left out.
    assert "the URL and body that it checks must be those that were sent" in found.hint


@pytest.mark.parametrize("status", [401, None])
async def test_the_user_whose_keys_the_app_has_is_named(server: Server, client: Client, status: int | None) -> None:
    other = Client(client.session, client.url, OTHER.token)
    async with served(fastapi(keys(OTHER), status=status)) as url:
        id = await other.publish(f"{url}/hook", b"x")
        await server.idle()
        assert (await other.states(id))[-1] == "DELIVERED"
        found = await told(server, client, f"{url}/hook?a=b")
        assert "It accepted messages of testUser1 before, and none of defaultUser" in found.hint
        assert "publish with that token, or give it the keys of defaultUser" in found.hint
        # Nothing is said of other paths.
        assert "testUser1" not in (await told(server, client, f"{url}/elsewhere")).hint


async def test_after_a_success_the_keys_are_not_blamed_first(server: Server, client: Client) -> None:
    fails = False
    app = FastAPI()

    @app.post("/hook")
    async def hook() -> Any:
        if fails:
            raise RuntimeError
        return {}

    async with served(app) as url:
        await client.publish(f"{url}/hook")
        await server.idle()
        fails = True
        found = await told(server, client, f"{url}/hook")
    assert "It accepted messages of defaultUser before, so its keys were those of defaultUser then" in found.hint
    assert "look at its own output" in found.hint


async def test_another_url_is_named(server: Server, client: Client) -> None:
    app = fastapi(keys(DEFAULT, only_current=True), status=401, url="https://my.app/hook")
    async with served(app) as url:
        found = await told(server, client, f"{url}/hook")
    assert found.reason == "url-changed"
    assert found.hint.endswith("; it compared https://my.app/hook")
    assert "--map-sign target signs the URL that is called" in found.hint


async def test_a_parsed_body_is_not_the_one_that_was_signed(server: Server, client: Client) -> None:
    async with served(fastapi(keys(DEFAULT, only_current=True), status=400, parsed=True)) as url:
        found = await told(server, client, f"{url}/hook", b'{"a": 1}')
    assert found.reason == "body-changed"
    assert "verify the raw body as it came" in found.hint


@contextmanager
def flask_app(view: Callable[[], Any]) -> Iterator[str]:
    """A Flask application in a thread: its URL."""
    app = Flask("app")
    app.add_url_rule("/hook", view_func=view, methods=["POST"])
    server = make_server("127.0.0.1", 0, app)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


async def of_flask(server: Server, client: Client, view: Callable[[], Any], path: str = "/hook") -> Told:
    with flask_app(view) as url:
        return await told(server, client, url + path, b'{"a": 1}')


async def test_flask_that_lets_the_error_pass_hides_it(server: Server, client: Client) -> None:
    def hook() -> str:
        keys(STRANGER).verify(signature=request.headers["Upstash-Signature"], body=request.get_data(as_text=True))
        return ""

    found = await of_flask(server, client, hook)
    assert (found.reason, found.response["status"]) == ("http-status", 500)
    assert "If that has a SignatureError, QSTASH_CURRENT_SIGNING_KEY" in found.hint


async def test_the_raw_body_of_flask_is_asked_for(server: Server, client: Client) -> None:
    def hook() -> tuple[dict[str, str], int]:
        try:
            signature, body = request.headers["Upstash-Signature"], str(request.get_json(force=True))
            keys(DEFAULT, only_current=True).verify(signature=signature, body=body)
        except SignatureError as error:
            return {"error": str(error)}, 401
        return {}, 200

    found = await of_flask(server, client, hook)
    assert found.reason == "body-changed"
    assert "request.get_data()" in found.hint


async def test_a_path_that_flask_does_not_serve_is_compared_with_its_routes(server: Server, client: Client) -> None:
    found = await of_flask(server, client, lambda: "", "/hooks")
    assert "compare it with the routes of the app" in found.hint
