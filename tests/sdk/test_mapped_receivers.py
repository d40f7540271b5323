"""Applications that compare the URL of the request with the signature, behind a mapping, and what each of them needs.

The receivers are those of the SDK, of django-qstash, and one written as
https://upstash.com/docs/qstash/quickstarts/aws-lambda/python compares.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import jwt
import pytest
from fastapi import FastAPI, Request, Response
from flask import Flask, request
from qstash import Receiver
from qstash.errors import SignatureError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.serving import make_server

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.asgi import served
from tests.conftest import Client

CURRENT, NEXT = USERS[0].current_signing_key, USERS[0].next_signing_key
PUBLISHED = "https://myapp.test/hook/?a=1"
HOST = {"host": "published"}
SIGN = {"sign": "target"}
Wsgi = Callable[[dict[str, Any], Any], Any]


async def status(client: Client, server: Server, target: str, url: str, body: bytes, sides: dict[str, str]) -> int:
    """What an application at ``target`` answers to a message to a mapped URL."""
    mapping = {"pattern": "https://myapp.test/*", "target": target} | sides
    assert (await client.call("POST", "/_dev/mappings", json=mapping))[0] == 201
    id = await client.publish(url, body, Upstash_Retries="0", Content_Type="application/json")
    await server.idle()
    return int((await client.get(f"/_dev/messages/{id}"))["attempts"][-1]["response"]["status"])


def accepts(url: str, signature: str, body: str) -> bool:
    try:
        Receiver(CURRENT, NEXT).verify(signature=signature, body=body, url=url)
    except SignatureError:
        return False
    return True


# uvicorn takes the scheme from the proxy, and no host: there the signature of the target is not accepted either.
@pytest.mark.parametrize(("sides", "expected"), [(HOST, 200), ({}, 401), (SIGN, 401)])
async def test_fastapi_with_the_url_of_its_request(
    server: Server, client: Client, sides: dict[str, str], expected: int
) -> None:
    app = FastAPI()

    @app.post("/hook/")
    async def hook(incoming: Request) -> Any:
        body = (await incoming.body()).decode()
        return Response(
            status_code=200 if accepts(str(incoming.url), incoming.headers["Upstash-Signature"], body) else 401
        )

    async with served(app) as target:
        assert await status(client, server, target, PUBLISHED, b"{}", sides) == expected


@contextmanager
def serving(app: Wsgi) -> Iterator[str]:
    """A WSGI application in a thread: its URL."""
    server = make_server("127.0.0.1", 0, app)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def flask_app() -> Flask:
    app = Flask("app")

    @app.post("/hook/")
    def hook() -> tuple[str, int]:
        signature, body = request.headers["Upstash-Signature"], request.get_data(as_text=True)
        return "", 200 if accepts(request.url, signature, body) else 401

    return app


@pytest.mark.parametrize(("sides", "expected"), [(SIGN, 200), ({}, 401), (HOST, 401)])
async def test_flask_with_the_url_of_its_request(
    server: Server, client: Client, sides: dict[str, str], expected: int
) -> None:
    with serving(flask_app()) as target:
        assert await status(client, server, target, PUBLISHED, b"{}", sides) == expected


@pytest.mark.parametrize("sides", [{}, HOST])
async def test_flask_behind_its_proxy_fix(server: Server, client: Client, sides: dict[str, str]) -> None:
    with serving(ProxyFix(flask_app(), x_for=0, x_proto=1, x_host=1, x_port=1)) as target:
        assert await status(client, server, target, PUBLISHED, b"{}", sides) == 200


@pytest.fixture(scope="module")
def django_qstash() -> Iterator[tuple[str, list[int]]]:
    """The URL of the Django application, and what its task has noted."""
    import django
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    settings.configure(
        ALLOWED_HOSTS=["myapp.test", "127.0.0.1"],
        INSTALLED_APPS=["tests.sdk.django_app"],
        ROOT_URLCONF="tests.sdk.django_app.urls",
        LOGGING_CONFIG=None,
        QSTASH_TOKEN=USERS[0].token,
        QSTASH_CURRENT_SIGNING_KEY=CURRENT,
        QSTASH_NEXT_SIGNING_KEY=NEXT,
        DJANGO_QSTASH_DOMAIN="https://myapp.test",
    )
    django.setup()
    from tests.sdk.django_app.tasks import ran

    with serving(get_wsgi_application()) as target:
        yield target, ran


@pytest.mark.parametrize(
    ("sides", "options", "expected"),
    [
        (HOST, {}, 200),
        ({}, {"USE_X_FORWARDED_HOST": True}, 200),
        (SIGN, {"DJANGO_QSTASH_FORCE_HTTPS": False}, 200),
        ({}, {}, 400),
    ],
)
async def test_django_qstash_runs_a_task(
    server: Server,
    client: Client,
    django_qstash: tuple[str, list[int]],
    sides: dict[str, str],
    options: dict[str, bool],
    expected: int,
) -> None:
    from django.test import override_settings

    target, ran = django_qstash
    ran.clear()
    task = {"function": "note", "module": "tests.sdk.django_app.tasks", "args": [7], "kwargs": {}}
    with override_settings(**options):
        url, body = "https://myapp.test/qstash/webhook/", json.dumps(task).encode()
        assert await status(client, server, target, url, body, sides) == expected
    assert ran == ([7] if expected == 200 else [])


def lambda_app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """A Lambda behind a function URL: the domain in its event is that of the header ``Host``."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    url = f"https://{environ['HTTP_HOST']}{environ['PATH_INFO']}"
    claims = jwt.decode(environ["HTTP_UPSTASH_SIGNATURE"], CURRENT, ["HS256"], issuer="Upstash")
    right = claims["sub"].rstrip("/") == url.rstrip("/") and body == b"{}"
    start_response("200 OK" if right else "400 Bad Request", [("Content-Length", "0")])
    return []


@pytest.mark.parametrize("published", ["https://myapp.test", "https://myapp.test/", "https://myapp.test/a/b"])
async def test_a_lambda_sees_the_published_host(server: Server, client: Client, published: str) -> None:
    with serving(lambda_app) as target:
        assert await status(client, server, target, published, b"{}", HOST) == 200
        assert await status(client, server, target, published, b"{}", {}) == 400
