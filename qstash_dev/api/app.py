"""The application: its routes, authentication and JSON errors."""

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
from qstash_dev.api.refused_calls import note_refused
from qstash_dev.api.request import SERVICES, ApiRequest, Services, own_url, refused, reply, with_head
from qstash_dev.api.shapes.dev_server import Health
from qstash_dev.api.v2 import publish
from qstash_dev.api.v2.routes import ROUTES, ApiHandler
from qstash_dev.api.v2.workflows.routes import OPEN_ROUTES
from qstash_dev.protocol import errors
from qstash_dev.protocol.wrong_address import wrong_address_error

logger = logging.getLogger("qstash_dev")

# Calls without a destination in the path. The error says whether it is in the query or the body.
WITHOUT_DESTINATION = [
    "/v2/publish",
    "/v2/enqueue",
    "/v2/enqueue/{queue}",
    "/v2/{_:[Ss]}chedules",
    "/v2/trigger",
]


async def openapi(_: web.Request) -> web.StreamResponse:
    """``GET /openapi.json``, without a token: editors and generators send none."""
    # Created in a thread, since that takes a tenth of a second.
    body = _document() if _document.cache_info().currsize else await asyncio.to_thread(_document)
    return web.Response(body=body, content_type="application/json")


@cache
def _document() -> bytes:
    from qstash_dev.api.openapi.document import encoded_document

    return encoded_document()


async def health(_: web.Request) -> web.StreamResponse:
    """``GET /health``, for programs that wait until the server has started."""
    return reply(Health("ok"))


def make_app(services: Services) -> web.Application:
    """The aiohttp application that serves both ports."""
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
    """The routes, which all applications share: they do not depend on one, and making them takes longer than the rest
    of an application."""
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


async def _answer_begins(request: web.Request, response: web.StreamResponse) -> None:
    if response.status >= 400:
        note_refused(request, response)
    if isinstance(request.protocol, RequestReader):
        request.protocol.answered(request.content)


def _spellings(path: str) -> list[str]:
    # Documented calls also have collections with a trailing slash. After a redirect, Go would send GET for POST.
    return [path] if path.endswith("*)}") else [path, path + "/"]


def _authenticated(handler: ApiHandler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        services = request.config_dict[SERVICES]
        tenant = tenant_of(request, services.broker.tenants)
        now_ms = services.clock.now_ms()
        services.broker.expiry.expire(tenant, now_ms)
        response = await handler(ApiRequest(request, tenant, services.broker, services.config, now_ms))
        services.broker.tenants.count_request(request.method)
        return response

    return handle


async def _expected(request: web.Request) -> web.StreamResponse | None:
    """Answer ``Expect: 100-continue`` (RFC 9110, 10.1.1), after which the client sends the body. Any other
    expectation is refused."""
    if request.headers.get("Expect", "").lower() != "100-continue":
        return refused(errors.UNKNOWN_EXPECTATION(("100-continue",)), request.path)
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    # aiohttp must count only the bytes of the answer that follows.
    request.writer.output_size = 0
    return None


@web.middleware
async def json_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers every error as ``{"error": ...}``: the Go SDK parses all error bodies as JSON."""
    try:
        return await handler(request)
    except ConnectionError:
        raise
    except Exception as error:
        response = _error_response(request, error)
        # The route or the body of the request may keep it, and the frames of its traceback keep the request.
        error.__traceback__ = None
        return response


def _error_response(request: web.Request, error: Exception) -> web.StreamResponse:
    match error:
        case errors.Rejection():
            return refused(error.spelled([*request.headers, *request.query]), request.path)
        case web.HTTPMethodNotAllowed():
            if (lost := _lost(request)) is not None:
                return refused(lost)
            methods = sorted(error.allowed_methods)
            allowed = ", ".join(methods)
            wrong = errors.METHOD_NOT_ALLOWED(methods, method=request.method[:20], allowed=allowed)
            response = refused(wrong, request.path)
            response.headers["Allow"] = allowed
            return response
        case web.HTTPNotFound():
            unknown = errors.NO_SUCH_ROUTE(method=request.method[:20], path=request.path[:200])
            return refused(_lost(request) or unknown, request.path)
        case web.HTTPException():
            return refused(errors.Rejection(error.status, error.text or error.reason), request.path)
    logger.exception("%s %s failed", request.method, request.path)
    return refused(errors.INTERNAL(reason=repr(error)[:200]), request.path)


def _lost(request: web.Request) -> errors.Rejection | None:
    """The error for a client that uses a wrong address, or ``None``."""
    row = wrong_address_error(request.path)
    return row and row(method=request.method[:20], path=request.path[:200], url=own_url(request))
