"""The application: all routes, and what surrounds them: authentication and JSON errors."""

from __future__ import annotations

import asyncio
import logging
from functools import cache
from itertools import product

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp.web_urldispatcher import AbstractResource

from qstash_dev.api.auth import tenant_of
from qstash_dev.api.dev.routes import add_dev, add_dev_routes
from qstash_dev.api.guard import add_guard, preflights, same_site_only
from qstash_dev.api.http.reader import RequestReader
from qstash_dev.api.request import SERVICES, ApiRequest, Services, own_url, reply, with_head
from qstash_dev.api.shapes.error import Error
from qstash_dev.api.v2 import publish
from qstash_dev.api.v2.routes import ROUTES, ApiHandler
from qstash_dev.api.v2.workflows.routes import OPEN_ROUTES
from qstash_dev.protocol import errors
from qstash_dev.protocol.wrong_address import misdirection

logger = logging.getLogger("qstash_dev")

# The destination is forgotten, or in the query or the body.
WITHOUT_DESTINATION = [
    "/v2/publish",
    "/v2/enqueue",
    "/v2/enqueue/{queue}",
    "/v2/{_:[Ss]}chedules",
    "/v2/trigger",
]


async def openapi(_: web.Request) -> web.StreamResponse:
    """``GET /openapi.json``: without a token, for editors and generators fetch it by address alone."""
    # Made in a thread, for that takes a tenth of a second.
    body = _document() if _document.cache_info().currsize else await asyncio.to_thread(_document)
    return web.Response(body=body, content_type="application/json")


@cache
def _document() -> bytes:
    from qstash_dev.api.openapi.document import encoded_document

    return encoded_document()


async def health(_: web.Request) -> web.StreamResponse:
    """``GET /health``: for whoever waits until the server is there. A server that does not serve does not answer."""
    return reply({"status": "ok"})


def make_app(services: Services) -> web.Application:
    """The application behind both ports."""
    app = web.Application(middlewares=[json_errors, same_site_only, preflights])
    app[SERVICES] = services
    app.on_response_prepare.append(_answer_begins)
    add_guard(app)
    add_dev(app)
    for resource in _resources():
        app.router.register_resource(resource)
    return app


@cache
def _resources() -> tuple[AbstractResource, ...]:
    """The routes of every application: they hold nothing of it, and to make them takes longer than all the rest."""
    router = web.UrlDispatcher()
    for route, path, handler, *_ in ROUTES:
        for method, spelling in product(with_head(route), _spellings(path)):
            router.add_route(method, spelling, _authenticated(handler), expect_handler=_expected)
    for path in WITHOUT_DESTINATION:
        router.add_route("POST", path, _authenticated(publish.without_destination), expect_handler=_expected)
    router.add_get("/openapi.json", openapi)
    router.add_get("/health", health)
    for method, path, open_handler, *_ in OPEN_ROUTES:
        router.add_route(method, path, open_handler, expect_handler=_expected)
    add_dev_routes(router)
    return tuple(router.resources())


async def _answer_begins(request: web.Request, _: web.StreamResponse) -> None:
    if isinstance(request.protocol, RequestReader):
        request.protocol.answered(request.content)


def _spellings(path: str) -> list[str]:
    # The docs write collections with a trailing slash, too. A redirect would make Go resend POST as GET.
    return [path] if path.endswith("*)}") else [path, path + "/"]


def _authenticated(handler: ApiHandler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        services = request.config_dict[SERVICES]
        tenant = tenant_of(request, services.broker.tenants)
        now_ms = services.clock.now_ms()
        services.broker.expiry.expire(tenant, now_ms)
        response = await handler(ApiRequest(request, tenant, services.broker, services.config, now_ms))
        services.broker.tenants.touched(request.method)
        return response

    return handle


async def _expected(request: web.Request) -> web.StreamResponse | None:
    """Ask for the body that the client holds back; any other expectation is refused before the middlewares."""
    if request.headers.get("Expect", "").lower() != "100-continue":
        return _rejected(errors.UNKNOWN_EXPECTATION())
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    # The answer to come is not part of what has been written.
    request.writer.output_size = 0
    return None


@web.middleware
async def json_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong is answered as ``{"error": ...}``: the Go SDK parses every error body as JSON."""
    try:
        return await handler(request)
    except errors.Rejection as rejection:
        return _rejected(rejection)
    except web.HTTPMethodNotAllowed as error:
        if (lost := _lost(request)) is not None:
            return _rejected(lost)
        allowed = ", ".join(sorted(error.allowed_methods))
        response = _rejected(errors.METHOD_NOT_ALLOWED(method=request.method[:20], allowed=allowed))
        response.headers["Allow"] = allowed
        return response
    except web.HTTPNotFound:
        return _rejected(_lost(request) or errors.NO_SUCH_ROUTE(method=request.method[:20], path=request.path[:200]))
    except web.HTTPException as error:
        return _rejected(errors.Rejection(error.status, error.text or error.reason))
    except ConnectionError:
        raise
    except Exception as error:
        logger.exception("%s %s failed", request.method, request.path)
        return _rejected(errors.INTERNAL(reason=repr(error)[:200]))


def _lost(request: web.Request) -> errors.Rejection | None:
    """What to say to a client that was given a wrong address."""
    row = misdirection(request.path)
    return row and row(method=request.method[:20], path=request.path[:200], url=own_url(request))


def _rejected(rejection: errors.Rejection) -> web.Response:
    return reply(Error(rejection.text), rejection.status)
