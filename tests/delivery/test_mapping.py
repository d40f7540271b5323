"""Mapped destinations: the request goes to the local target, everything else keeps the published URL."""

from __future__ import annotations

import jwt
import pytest

from qstash_dev.protocol.mapping import Mapping, Side, parse_mapping
from tests.delivery.conftest import Serve, events, failure
from tests.delivery.rogue import Rogue, answers_every_request, is_silent
from tests.destination import Destination


def mappings(*pairs: str) -> tuple[Mapping, ...]:
    return tuple(parse_mapping(pair) for pair in pairs)


@pytest.mark.parametrize(
    ("pattern", "target", "published", "received"),
    [
        ("https://myapp.test/*", "", "https://myapp.test/api/hook?a=%2F&b=", "/api/hook?a=%2F&b="),
        ("https://myapp.test/*", "", "https://myapp.test", "/"),
        ("https://myapp.test/*", "/", "https://myapp.test/", "/"),
        ("https://myapp.test/*", "/under", "https://myapp.test/api?a=1", "/under/api?a=1"),
        ("https://myapp.test/*", "/under/", "https://myapp.test/api", "/under/api"),
        ("https://myapp.test/*", "", "https://myapp.test/a%2Fb//c", "/a%2Fb//c"),
        ("https://myapp.test/hook", "/one", "https://myapp.test/hook", "/one"),
        ("https://*", "", "https://any.test/api", "/api"),
        ("*", "/base", "http://any.test:81/api?a=1", "/base/api?a=1"),
    ],
)
async def test_message_arrives_at_the_local_target(
    serve: Serve, destination: Destination, pattern: str, target: str, published: str, received: str
) -> None:
    server, client = await serve(mappings=mappings(f"{pattern}={destination.url}{target}"))
    id = await client.publish(published, b"payload")
    await server.idle()
    [request] = destination.requests
    assert (request.target, request.body) == (received, b"payload")
    assert request.headers["Host"] == destination.url.removeprefix("http://")
    assert await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_api_and_log_keep_the_published_url(serve: Serve, destination: Destination) -> None:
    server, client = await serve(mappings=mappings(f"https://myapp.test/*={destination.url}"))
    destination.answers(500)
    url = "https://myapp.test/hook?a=1"
    id = await client.publish(url, Upstash_Retries="0")
    assert (await client.get(f"/v2/messages/{id}"))["url"] == url
    await server.idle()
    log = (await client.get(f"/v2/events?messageId={id}"))["events"]
    assert {event["url"] for event in log} == {url}
    assert [letter["url"] for letter in (await client.get("/v2/dlq"))["messages"]] == [url]


async def test_callback_is_mapped_and_tells_the_published_url(serve: Serve, destination: Destination) -> None:
    server, client = await serve(mappings=mappings(f"https://myapp.test/*={destination.url}"))
    await client.publish("https://myapp.test/hook", Upstash_Callback="https://myapp.test/done")
    await server.idle()
    assert destination.paths() == ["/hook", "/done"]
    assert destination.requests[1].json["url"] == "https://myapp.test/hook"


async def test_first_mapping_that_fits_decides(serve: Serve, destination: Destination) -> None:
    pairs = (f"https://myapp.test/a/*={destination.url}/first", f"https://myapp.test/*={destination.url}/second")
    server, client = await serve(mappings=mappings(*pairs))
    for path in ("a/x", "b/x"):
        await client.publish(f"https://myapp.test/{path}")
        await server.idle()
    assert destination.paths() == ["/first/x", "/second/b/x"]


async def test_other_destinations_stay_where_they_are(serve: Serve, destination: Destination) -> None:
    server, client = await serve(mappings=mappings("https://myapp.test/*=http://127.0.0.1:1"))
    id = await client.publish(f"{destination.url}/https://myapp.test/hook")
    await server.idle()
    assert destination.paths() == ["/https://myapp.test/hook"]
    assert (await client.states(id))[-1] == "DELIVERED"


async def test_retry_goes_to_the_local_target_again(serve: Serve, destination: Destination) -> None:
    server, client = await serve(mappings=mappings(f"https://myapp.test/*={destination.url}"))
    destination.answers(500, 200)
    id = await client.publish("https://myapp.test/hook", Upstash_Retry_Delay="10")
    await server.advance(10)
    assert destination.paths() == ["/hook", "/hook"]
    assert (await client.states(id))[-1] == "DELIVERED"


async def test_error_names_the_target_that_failed(serve: Serve) -> None:
    async with Rogue(is_silent) as rogue:
        pass
    server, client = await serve(mappings=mappings(f"https://myapp.test/*={rogue.url}"))
    error = await failure(server, client, "https://myapp.test/hook")
    assert error["error"] == f"connection refused by {rogue.where}: is your app running?"
    assert error["url"] == "https://myapp.test/hook"


async def test_fragment_of_the_published_url_is_not_sent(serve: Serve) -> None:
    async with Rogue(answers_every_request) as rogue:
        server, client = await serve(mappings=mappings(f"https://myapp.test/*={rogue.url}"))
        status, [answer] = await client.call("POST", "/v2/batch", json=[{"destination": "https://myapp.test/a#b"}])
        await server.idle()
        assert status == 201
        assert [request.target for request in rogue.requests] == [b"/a"]
        assert (await events(client, answer["messageId"], "DELIVERED"))[0]["url"] == "https://myapp.test/a#b"


async def test_a_mapped_delivery_tells_the_published_host_as_a_proxy_does(
    serve: Serve, destination: Destination
) -> None:
    server, client = await serve(mappings=mappings(f"*={destination.url}"))
    own = {"Upstash-Forward-X-Forwarded-Host": "evil.test", "Upstash-Forward-X-Mine": "1"}
    for hidden in ("false", "true"):
        await client.call(
            "POST", "/v2/publish/http://myapp.test:81/a", headers={**own, "Upstash-Hide-Headers": hidden}
        )
    await client.publish(f"{destination.url}/b")
    await server.idle()
    *mapped, plain = sorted(destination.requests, key=lambda one: one.target)
    for request in mapped:
        assert {name: value for name, value in request.header_pairs if name.startswith("X-")} == {
            "X-Forwarded-Host": "myapp.test:81",
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Port": "81",
            "X-Mine": "1",
        }
    assert not any(name.startswith("X-") for name in plain.headers)


@pytest.mark.parametrize("host", Side)
@pytest.mark.parametrize("sign", Side)
async def test_host_and_subject_are_those_that_were_chosen(
    serve: Serve, destination: Destination, host: Side, sign: Side
) -> None:
    server, client = await serve(mappings=mappings(f"*={destination.url}"), map_host=host, map_sign=sign)
    id = await client.publish("https://myapp.test/a?b=c")
    await server.idle()
    [request] = destination.requests
    assert request.headers["Host"] == (
        "myapp.test" if host == "published" else destination.url.removeprefix("http://")
    )
    claims = jwt.decode(request.headers["Upstash-Signature"], options={"verify_signature": False})
    assert claims["sub"] == ("https://myapp.test" if sign == "published" else destination.url) + "/a?b=c"
    [attempt] = (await client.get(f"/_dev/messages/{id}"))["attempts"]
    assert (attempt["signature"]["valid"], attempt["request"]["sentTo"]) == (True, f"{destination.url}/a?b=c")


async def test_a_mapping_may_choose_for_itself(serve: Serve, destination: Destination) -> None:
    server, client = await serve()
    chosen = {"host": "published", "sign": "target"}
    mapping = {"pattern": "https://myapp.test/*", "target": destination.url} | chosen
    assert await client.call("POST", "/_dev/mappings", json=mapping) == (201, mapping)
    await client.publish("https://myapp.test/a")
    await server.idle()
    [request] = destination.requests
    claims = jwt.decode(request.headers["Upstash-Signature"], options={"verify_signature": False})
    assert (request.headers["Host"], claims["sub"]) == ("myapp.test", f"{destination.url}/a")
    status, _ = await client.call("POST", "/_dev/mappings", json=mapping | {"host": "mine"})
    assert status == 400


async def test_a_fault_goes_by_the_published_url_and_nothing_is_sent(serve: Serve, destination: Destination) -> None:
    server, client = await serve(mappings=mappings(f"*={destination.url}"), map_sign=Side.TARGET)
    server.faults.add("https://myapp.test/*", status=503)
    id = await client.publish("https://myapp.test/a", Upstash_Retries="0")
    await server.idle()
    [attempt] = (await client.get(f"/_dev/messages/{id}"))["attempts"]
    assert (attempt["failureReason"], attempt["request"]["sentTo"]) == ("injected-fault", "")
    assert destination.requests == []
