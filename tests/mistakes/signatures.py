"""Apps that check signatures, with the receivers of both SDKs."""

from __future__ import annotations

from typing import Any

from qstash_dev.state.tenant import USERS, User
from tests.mistakes.mistake import Section
from tests.mistakes.scene import Scene
from tests.mistakes.told import Party, Place
from tests.sdk.test_hints_of_receivers import DEFAULT, OTHER, STRANGER, fastapi, keys

SIGNATURES = Section("The app refuses the signature")


async def _publish(scene: Scene, app: Any, body: str = "x") -> None:
    await scene.publish(f"{await scene.asgi(app)}/hook", body=body)
    await scene.rest()


@SIGNATURES.mistake("other signing keys, in Python", Party.APP, Place.ATTEMPT, "signature-refused")
async def wrong_keys(scene: Scene) -> None:
    await _publish(scene, fastapi(keys(STRANGER), status=401))


@SIGNATURES.mistake(
    "other signing keys, in Next.js (`verifySignatureAppRouter`)",
    Party.APP,
    Place.ATTEMPT,
    "http-status",
    with_node=True,
)
async def wrong_keys_of_next(scene: Scene) -> None:
    await _verified_in_node(scene, STRANGER)


@SIGNATURES.mistake("the keys of another user, in Python", Party.APP, Place.ATTEMPT, "signature-refused")
async def keys_of_another(scene: Scene) -> None:
    url = f"{await scene.asgi(fastapi(keys(OTHER), status=401))}/hook"
    await scene.publish(url, token=OTHER.token)
    await scene.rest()
    await scene.publish(url)
    await scene.rest()


@SIGNATURES.mistake("the keys of another user, in Next.js", Party.APP, Place.ATTEMPT, "http-status", with_node=True)
async def keys_of_another_in_next(scene: Scene) -> None:
    url = await _verified_in_node(scene, USERS[1], USERS[1].token)
    await scene.publish(url)
    await scene.rest()


@SIGNATURES.mistake(
    "the app checks JSON that it has parsed and written again", Party.APP, Place.ATTEMPT, "body-changed"
)
async def parsed_body(scene: Scene) -> None:
    await _publish(scene, fastapi(keys(DEFAULT, only_current=True), status=400, parsed=True), '{"a": 1}')


@SIGNATURES.mistake("the app checks its public URL", Party.APP, Place.ATTEMPT, "url-changed")
async def other_url(scene: Scene) -> None:
    await _publish(scene, fastapi(keys(DEFAULT, only_current=True), status=401, url="https://shop.example.com/hook"))


async def _verified_in_node(scene: Scene, user: User, token: str = DEFAULT.token) -> str:
    assert scene.node is not None
    known = {"currentSigningKey": user.current_signing_key, "nextSigningKey": user.next_signing_key}
    url = scene.named(await scene.node.play("verifies", keys=known)) + "/api/hook"
    await scene.publish(url, token=token)
    await scene.rest()
    return url
