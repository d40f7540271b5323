"""The signature of a delivery, checked with PyJWT and the official receiver."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any

import jwt
import pytest
from qstash import Receiver
from qstash.errors import SignatureError

from qstash_dev.protocol.mapping import parse_mapping
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.conftest import Client
from tests.delivery.conftest import Serve, order
from tests.destination import Destination, Received

CURRENT, NEXT = USERS[0].current_signing_key, USERS[0].next_signing_key
TEN_YEARS_MS = 10 * 365 * 86_400_000


def claims(request: Received, key: str = CURRENT) -> dict[str, Any]:
    """What the signature says, once PyJWT has verified it with that key and the real time."""
    token = request.headers["Upstash-Signature"]
    required = ["iss", "sub", "exp", "nbf", "iat", "jti"]
    return dict(jwt.decode(token, key, algorithms=["HS256"], issuer="Upstash", options={"require": required}))


async def test_claims_are_exactly_those_documented(server: Server, client: Client, destination: Destination) -> None:
    before = int(time.time())
    await client.publish(f"{destination.url}/hook?a=1&b=%2F", b"payload")
    await server.idle()
    found = claims(destination.requests[0])
    issued, token_id = found.pop("iat"), found.pop("jti")
    assert before <= issued <= time.time()
    assert token_id.startswith("jwt_")
    assert found == {
        "iss": "Upstash",
        "sub": f"{destination.url}/hook?a=1&b=%2F",
        "exp": issued + 300,
        "nbf": 0,
        "body": base64.urlsafe_b64encode(hashlib.sha256(b"payload").digest()).decode(),
    }


async def test_header_of_the_token_names_nothing_but_algorithm_and_type(
    server: Server, client: Client, destination: Destination
) -> None:
    await client.publish(destination.url)
    await server.idle()
    token = destination.requests[0].headers["Upstash-Signature"]
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    assert "=" not in token


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"\x00\xff\xfe", bytes(100_000)], ids=["empty", "JSON", "bytes", "large"]
)
async def test_body_claim_is_the_hash_of_the_bytes_that_arrive(
    server: Server, client: Client, destination: Destination, body: bytes
) -> None:
    await client.publish(destination.url, body)
    await server.idle()
    [request] = destination.requests
    expected = base64.urlsafe_b64encode(hashlib.sha256(request.body).digest()).decode()
    assert (request.body, claims(request)["body"]) == (body, expected)


@pytest.mark.parametrize("target", ["/", "/?", "/a/../b//c", "/%7e%2F?x=+&y=%26", "/a?b=1&b=2&"])
async def test_subject_is_the_url_as_published(
    server: Server, client: Client, destination: Destination, target: str
) -> None:
    url = destination.url + target
    status, _ = await client.call("POST", "/v2/batch", json=[{"destination": url}])
    await server.idle()
    assert status == 201
    assert claims(destination.requests[0])["sub"] == url


@pytest.mark.parametrize(("target", "seen"), [("", "/"), ("?a=1", "/?a=1")])
async def test_url_without_a_path_is_signed_with_the_path_that_goes_out(
    server: Server, client: Client, destination: Destination, target: str, seen: str
) -> None:
    await client.call("POST", "/v2/batch", json=[{"destination": destination.url + target}])
    await server.idle()
    [request] = destination.requests
    assert request.target == seen
    assert claims(request)["sub"] == destination.url + seen


async def test_receiver_that_puts_its_url_together_from_the_request_accepts_it(
    server: Server, client: Client, destination: Destination
) -> None:
    url = f'{destination.url}/ü/日本/{{id}}?q="😀"&j={{%22a%22:1}}|^#frag'
    await client.call("POST", "/v2/batch", json=[{"destination": url}])
    await server.idle()
    [request] = destination.requests
    receiver = Receiver(current_signing_key=CURRENT, next_signing_key=NEXT)
    seen = f"http://{request.headers['Host']}{request.target}"
    receiver.verify(signature=request.headers["Upstash-Signature"], body="", url=seen)


async def test_official_receiver_accepts_it_and_refuses_another_body_or_url(
    server: Server, client: Client, destination: Destination
) -> None:
    url = f"{destination.url}/hook?a=1"
    await client.publish(url, b'{"n":1}')
    await server.idle()
    signature = destination.requests[0].headers["Upstash-Signature"]
    receiver = Receiver(current_signing_key=CURRENT, next_signing_key=NEXT)
    receiver.verify(signature=signature, body='{"n":1}', url=url)
    for body, other in (('{"n":2}', url), ('{"n":1}', url + "0")):
        with pytest.raises(SignatureError):
            receiver.verify(signature=signature, body=body, url=other)


async def test_every_attempt_has_a_token_of_its_own(server: Server, client: Client, destination: Destination) -> None:
    destination.answers(500)
    await client.publish(destination.url, Upstash_Retries="3", Upstash_Retry_Delay="10")
    await server.advance(1_000)
    assert len({claims(request)["jti"] for request in destination.requests}) == 4


@pytest.mark.parametrize("years_ms", [TEN_YEARS_MS, 10 * TEN_YEARS_MS], ids=["10 years", "100 years"])
async def test_token_is_valid_now_however_far_the_clock_has_travelled(
    server: Server, client: Client, destination: Destination, years_ms: int
) -> None:
    await server.advance(years_ms)
    await client.publish(destination.url, Upstash_Delay="30d")
    await server.advance(30 * 86_400_000)
    assert abs(claims(destination.requests[0])["iat"] - time.time()) <= 60


async def test_after_a_rotation_messages_are_signed_with_the_key_that_was_next(
    server: Server, client: Client, destination: Destination
) -> None:
    status, rotated = await client.call("POST", "/v2/keys/rotate")
    assert (status, rotated["current"]) == (200, NEXT)
    await client.publish(f"{destination.url}/a")
    await server.idle()
    [request] = destination.requests
    assert claims(request, NEXT)["sub"] == f"{destination.url}/a"
    with pytest.raises(jwt.InvalidSignatureError):
        claims(request, CURRENT)
    # Receivers that still hold the keys of before the rotation know this one as their next.
    Receiver(current_signing_key=CURRENT, next_signing_key=NEXT).verify(
        signature=request.headers["Upstash-Signature"], body="", url=f"{destination.url}/a"
    )


async def test_after_two_rotations_the_fresh_key_signs(
    server: Server, client: Client, destination: Destination
) -> None:
    fresh = (await client.call("POST", "/v2/keys/rotate"))[1]["next"]
    await client.call("POST", "/v2/keys/rotate")
    await client.publish(f"{destination.url}/a")
    await server.idle()
    assert claims(destination.requests[0], fresh)["sub"] == f"{destination.url}/a"


async def test_retry_after_a_rotation_is_signed_with_the_key_of_its_time(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, 200)
    await client.publish(destination.url)
    await server.idle()
    await client.call("POST", "/v2/keys/rotate")
    await server.advance(12_000)
    first, second = destination.requests
    assert claims(first, CURRENT)["jti"] != claims(second, NEXT)["jti"]


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.id)
async def test_each_user_signs_with_keys_of_its_own(
    server: Server, client: Client, destination: Destination, user: Any
) -> None:
    await Client(client.session, client.url, user.token).publish(destination.url)
    await server.idle()
    assert claims(destination.requests[0], user.current_signing_key)["iss"] == "Upstash"


async def test_callback_is_signed_for_its_own_url_and_body(
    server: Server, client: Client, destination: Destination
) -> None:
    await client.publish(f"{destination.url}/hook", Upstash_Callback=f"{destination.url}/done?x=1")
    await server.idle()
    callback = destination.requests[1]
    found = claims(callback)
    assert found["sub"] == f"{destination.url}/done?x=1"
    assert found["body"] == base64.urlsafe_b64encode(hashlib.sha256(callback.body).digest()).decode()


async def test_message_of_a_url_group_is_signed_for_its_endpoint(
    server: Server, client: Client, destination: Destination
) -> None:
    endpoints = [{"url": f"{destination.url}/{name}"} for name in ("a", "b")]
    await order(client, "/v2/topics/group/endpoints", {"endpoints": endpoints})
    await client.call("POST", "/v2/publish/group", data=b"x")
    await server.idle()
    subjects = {request.target: claims(request)["sub"] for request in destination.requests}
    assert subjects == {"/a": f"{destination.url}/a", "/b": f"{destination.url}/b"}
    assert {request.headers["Upstash-Topic-Name"] for request in destination.requests} == {"group"}


async def test_mapped_message_is_signed_for_the_published_url(serve: Serve, destination: Destination) -> None:
    server, client = await serve(mappings=(parse_mapping(f"https://myapp.test/*={destination.url}"),))
    await client.publish("https://myapp.test/hook?a=1")
    await server.idle()
    assert claims(destination.requests[0])["sub"] == "https://myapp.test/hook?a=1"


@pytest.mark.parametrize(("region", "claimed"), [("eu-central-1", "EU-CENTRAL-1"), ("us-east-1", "US-EAST-1")])
async def test_deliveries_and_callbacks_name_the_region(
    serve: Serve, destination: Destination, region: str, claimed: str
) -> None:
    server, client = await serve(region=region)
    await client.publish(f"{destination.url}/a", Upstash_Callback=f"{destination.url}/b")
    await server.idle()
    assert [request.headers["Upstash-Region"] for request in destination.requests] == [claimed, claimed]
