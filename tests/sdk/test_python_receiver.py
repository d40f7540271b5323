"""The ``Receiver`` of the Python SDK, signing keys and their rotation."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from qstash import AsyncQStash, Receiver
from qstash.errors import SignatureError

from qstash_dev.state.tenant import USERS
from tests.destination import Received
from tests.sdk.conftest import HOUR_MS, SECOND_MS, Local, OpenClient

CURRENT, NEXT = USERS[0].current_signing_key, USERS[0].next_signing_key
# The Receiver tells what the last of its keys found.
ONLY_CURRENT = (CURRENT, CURRENT)
STRANGER = "sig_of_somebody_else_with_32_bytes"


def verify(request: Received, keys: tuple[str, str] = (CURRENT, NEXT), **changed: Any) -> None:
    options = {"signature": request.headers["Upstash-Signature"], "body": request.body.decode()} | changed
    Receiver(*keys).verify(**options)


async def delivered(qstash: AsyncQStash, local: Local, **options: Any) -> Received:
    await qstash.message.publish(**{"url": local.url(), "body": "true"} | options)
    await local.idle()
    return local.destination.requests[-1]


@pytest.mark.parametrize("body", ["true", "", "grüße\n", "x" * 100_000])
async def test_a_delivery_is_verified_with_its_body_and_its_url(qstash: AsyncQStash, local: Local, body: str) -> None:
    request = await delivered(qstash, local, body=body)
    verify(request, body=body)
    verify(request, body=body, url=local.url(), clock_tolerance=1)


@pytest.mark.parametrize("path", ["/", "/a/?q=a%20b&q=%C3%BC", "/a//b?x"])
async def test_the_signed_url_is_the_published_one_byte_for_byte(
    qstash: AsyncQStash, local: Local, path: str
) -> None:
    request = await delivered(qstash, local, url=local.url(path))
    verify(request, url=local.url(path))
    with pytest.raises(SignatureError, match="Invalid subject"):
        verify(request, ONLY_CURRENT, url=local.url(path) + "/")


async def test_a_url_without_a_path_is_signed_as_it_arrives(qstash: AsyncQStash, local: Local) -> None:
    verify(await delivered(qstash, local, url=local.url("")), url=local.url("/"))


async def test_another_body_or_another_key_is_rejected(qstash: AsyncQStash, local: Local) -> None:
    request = await delivered(qstash, local)
    with pytest.raises(SignatureError, match="Invalid body hash"):
        verify(request, ONLY_CURRENT, body="false")
    with pytest.raises(SignatureError, match="Signature verification failed"):
        verify(request, (STRANGER, STRANGER))
    with pytest.raises(SignatureError, match="Error while decoding signature"):
        verify(request, signature="not a signature")


async def test_the_current_key_signs_and_a_receiver_may_know_it_as_its_next(
    qstash: AsyncQStash, local: Local
) -> None:
    request = await delivered(qstash, local)
    verify(request, (CURRENT, STRANGER))
    verify(request, (STRANGER, CURRENT))
    with pytest.raises(SignatureError):
        verify(request, (NEXT, STRANGER))


async def test_every_attempt_is_signed_afresh(qstash: AsyncQStash, local: Local) -> None:
    local.destination.answers(500, 200)
    await qstash.message.publish(url=local.url(), body="b", retry_delay="10")
    await local.advance(SECOND_MS)
    token_ids = set()
    for request in local.destination.requests:
        verify(request, url=local.url())
        claims = jwt.decode(request.headers["Upstash-Signature"], CURRENT, algorithms=["HS256"])
        assert (claims["iss"], claims["sub"], claims["exp"] - claims["iat"]) == ("Upstash", local.url(), 300)
        token_ids.add(claims["jti"])
    assert len(token_ids) == 2


async def test_every_way_to_a_delivery_signs_it(qstash: AsyncQStash, local: Local) -> None:
    local.destination.answers(500, path="/vain")
    await qstash.message.batch_json([{"url": local.url("/batch"), "body": {"n": 1}}])
    await qstash.message.enqueue(queue="q", url=local.url("/queue"), body="b")
    await qstash.schedule.create(destination=local.url("/schedule"), cron="0 * * * *", body="b")
    await qstash.message.publish(
        url=local.url("/vain"), retries=0, callback=local.url("/done"), failure_callback=local.url("/failed")
    )
    await local.advance(HOUR_MS)
    assert sorted(local.destination.paths()) == ["/batch", "/done", "/failed", "/queue", "/schedule", "/vain"]
    for request in local.destination.requests:
        verify(request, url=local.url(request.target))


async def test_the_keys_are_those_of_the_environment_until_they_are_rotated(
    qstash: AsyncQStash, local: Local
) -> None:
    keys = await qstash.signing_key.get()
    assert (keys.current, keys.next) == (CURRENT, NEXT)


async def test_after_one_rotation_the_next_key_verifies_and_after_two_neither_does(
    qstash: AsyncQStash, local: Local
) -> None:
    once = await qstash.signing_key.rotate()
    assert once.current == NEXT
    assert once.next.startswith("sig_")
    assert once.next not in (CURRENT, NEXT)
    assert await qstash.signing_key.get() == once
    request = await delivered(qstash, local)
    verify(request, url=local.url())
    with pytest.raises(SignatureError):
        verify(request, (CURRENT, STRANGER))
    twice = await qstash.signing_key.rotate()
    assert twice.current == once.next
    request = await delivered(qstash, local)
    with pytest.raises(SignatureError):
        verify(request)
    verify(request, (twice.current, twice.next), url=local.url())
    verify(request, (once.current, once.next), url=local.url())


async def test_a_retry_after_a_rotation_is_signed_with_the_new_key(qstash: AsyncQStash, local: Local) -> None:
    local.destination.answers(500, 200)
    await qstash.message.publish(url=local.url(), body="b", retry_delay="60000")
    await local.idle()
    await qstash.signing_key.rotate()
    await local.advance(61 * SECOND_MS)
    first, second = local.destination.requests
    verify(first, (CURRENT, STRANGER))
    verify(second, (NEXT, STRANGER))


async def test_each_user_has_keys_of_its_own(open_client: OpenClient, qstash: AsyncQStash, local: Local) -> None:
    other = open_client(USERS[1].token)
    await qstash.signing_key.rotate()
    keys = await other.signing_key.get()
    await other.message.publish(url=local.url(), body="b")
    await local.idle()
    assert (keys.current, keys.next) == (USERS[1].current_signing_key, USERS[1].next_signing_key)
    [request] = local.destination.requests
    verify(request, (USERS[1].current_signing_key, STRANGER))
    with pytest.raises(SignatureError):
        verify(request)
