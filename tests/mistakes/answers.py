"""Answers of apps that are no success."""

from __future__ import annotations

import json

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from tests.delivery.test_hints_of_answers import DJANGO, VITE
from tests.destination import Answer
from tests.mistakes.mistake import Make, Section
from tests.mistakes.scene import Scene
from tests.mistakes.told import Party, Place

ANSWERS = Section("The app answers with an error")
JSON = {"Content-Type": "application/json"}


def answered(answer: int | Answer, path: str = "/api/hook", **options: object) -> Make:
    async def make(scene: Scene) -> None:
        await scene.publish(await scene.app(answer) + path, **options)
        await scene.rest()

    return make


def _add(said: str, answer: int | Answer, reason: str = "http-status", fault: Party = Party.APP) -> None:
    ANSWERS.add(said, fault, Place.ATTEMPT, reason, answered(answer))


_add("400: a body that the app does not take", Answer(400, b'{"error": "email is missing"}', JSON))
_add("401: a login, or the check of the signature", Answer(401, b"Unauthorized"))
_add("403: a login, or a CSRF check", Answer(403, b"Forbidden"))
_add("404: no such route", Answer(404, b"Not Found"))
_add("405: a route for another method", Answer(405, b"Method Not Allowed", {"Allow": "GET"}))
_add("413: a body that is too large for the app", Answer(413, b"Payload Too Large"))
_add("415: no `Content-Type`", Answer(415, b"Unsupported Media Type"))
_add("422: a body that FastAPI cannot read", Answer(422, b'{"detail": "value is not a valid dict"}', JSON))
_add("429: too many calls", Answer(429, b"Too Many Requests", {"Retry-After": "30"}))
_add("489: the app asks for no retries", Answer(489, b"", {"Upstash-NonRetryable-Error": "true"}))
_add(
    "500: an error that the app tells",
    Answer(500, json.dumps({"message": "TypeError: x is undefined"}).encode(), JSON),
)
_add("500: an error that the app hides", Answer(500, b""))
_add("502: a proxy in front of an app that is down", Answer(502, b"Bad Gateway"))
_add("503: an app that is starting", Answer(503, b"Service Unavailable"))
_add("302: a redirect to `/login`", Answer(302, b"", {"Location": "/login"}), "redirect")
_add("308: a redirect to the same path with a slash", Answer(308, b"", {"Location": "/api/hook/"}), "redirect")
_add("403: the host check of Vite", Answer(403, VITE.encode(), {"Content-Type": "text/plain"}), "host-not-allowed")
_add(
    "400: `ALLOWED_HOSTS` of Django", Answer(400, DJANGO.encode(), {"Content-Type": "text/html"}), "host-not-allowed"
)


@ANSWERS.mistake("400: `allowed_hosts` of Starlette", Party.APP, Place.ATTEMPT, "host-not-allowed")
async def starlette(scene: Scene) -> None:
    app = Starlette(middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["shop.example.com"])])
    await scene.publish(f"{await scene.asgi(app)}/api")
    await scene.rest()


@ANSWERS.mistake("404: a route of FastAPI that is misspelled", Party.APP, Place.ATTEMPT, "http-status")
async def fastapi(scene: Scene) -> None:
    await scene.publish(f"{await scene.asgi(FastAPI())}/api/hok")
    await scene.rest()
