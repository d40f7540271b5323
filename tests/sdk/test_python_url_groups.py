"""URL groups of the Python SDK, and publishing to them."""

from __future__ import annotations

from typing import Any

from qstash import AsyncQStash, Receiver
from qstash.url_group import Endpoint

from qstash_dev.state.tenant import USERS
from tests.sdk.conftest import SECOND_MS, Local, history, refused, states

A: Any = {"name": "First endpoint", "url": "https://a.internal/hook"}
B: Any = {"url": "http://b.internal:8000/hook?x=1"}
C: Any = {"name": "third", "url": "https://c.internal"}


async def endpoints(qstash: AsyncQStash) -> list[dict[str, str | None]]:
    return [
        {"url": endpoint.url, "name": endpoint.name} for endpoint in (await qstash.url_group.get("team")).endpoints
    ]


def shown(*written: Any) -> list[dict[str, str | None]]:
    return [{"name": None} | endpoint for endpoint in written]


async def make_fans(qstash: AsyncQStash, local: Local) -> list[str]:
    urls = [local.url("/200"), local.url("/201")]
    await qstash.url_group.upsert_endpoints("fans", [{"url": urls[0], "name": "one"}, {"url": urls[1]}])
    local.destination.answers(201, path="/201")
    return urls


async def test_upsert_endpoints_makes_a_group_and_adds_to_it(qstash: AsyncQStash, local: Local) -> None:
    await qstash.url_group.delete("team")
    await qstash.url_group.upsert_endpoints("team", [A, B])
    group = await qstash.url_group.get("team")
    assert group.name == "team"
    assert group.endpoints == [Endpoint(A["url"], A["name"]), Endpoint(B["url"], None)]
    await local.advance(SECOND_MS)
    await qstash.url_group.upsert_endpoints("team", [C])
    grown = await qstash.url_group.get("team")
    assert await endpoints(qstash) == shown(A, B, C)
    assert grown.created_at == group.created_at
    assert grown.updated_at >= group.updated_at + SECOND_MS


async def test_an_endpoint_that_is_added_again_is_replaced(qstash: AsyncQStash, local: Local) -> None:
    await qstash.url_group.upsert_endpoints("team", [A, B])
    moved: Any = {"name": A["name"], "url": "https://moved.internal"}
    await qstash.url_group.upsert_endpoints("team", [moved, B])
    assert await endpoints(qstash) == shown(moved, B)


async def test_remove_endpoints_removes_by_name_and_by_url(qstash: AsyncQStash, local: Local) -> None:
    await qstash.url_group.upsert_endpoints("team", [A, B, C])
    await qstash.url_group.remove_endpoints("team", [{"name": A["name"]}])
    assert await endpoints(qstash) == shown(B, C)
    await qstash.url_group.remove_endpoints("team", [{"url": B["url"]}, {"url": "https://not.there"}])
    assert await endpoints(qstash) == shown(C)


async def test_list_shows_every_group_and_delete_removes_one(qstash: AsyncQStash, local: Local) -> None:
    assert await qstash.url_group.list() == []
    for name in ("team", "_other-1.x"):
        await qstash.url_group.upsert_endpoints(name, [A])
    assert {group.name for group in await qstash.url_group.list()} == {"team", "_other-1.x"}
    assert await qstash.url_group.get("team") in await qstash.url_group.list()
    for _ in range(2):
        await qstash.url_group.delete("team")
    assert [group.name for group in await qstash.url_group.list()] == ["_other-1.x"]
    with refused(404, "topic team not found"):
        await qstash.message.publish(url_group="team")


async def test_publish_to_a_group_is_one_message_for_each_endpoint(qstash: AsyncQStash, local: Local) -> None:
    urls = await make_fans(qstash, local)
    answers: Any = await qstash.message.publish_json(url_group="fans", body={"n": 1}, headers={"X-A": "1"})
    await local.idle()
    assert [answer.url for answer in answers] == urls
    assert [answer.deduplicated for answer in answers] == [False, False]
    receiver = Receiver(USERS[0].current_signing_key, USERS[0].next_signing_key)
    for answer in answers:
        [request] = [
            one for one in local.destination.requests if one.headers["Upstash-Message-Id"] == answer.message_id
        ]
        assert local.destination.url + request.target == answer.url
        assert (request.json, request.headers["X-A"]) == ({"n": 1}, "1")
        assert request.headers["Upstash-Topic-Name"] == "fans"
        receiver.verify(signature=request.headers["Upstash-Signature"], body=request.body.decode(), url=answer.url)
        assert await states(qstash, answer.message_id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_a_message_knows_its_group_and_its_endpoint(qstash: AsyncQStash, local: Local) -> None:
    await make_fans(qstash, local)
    answers: Any = await qstash.message.publish(url_group="fans", delay="1h")
    named, unnamed = [await qstash.message.get(answer.message_id) for answer in answers]
    assert (named.url_group, named.endpoint) == ("fans", "one")
    assert (unnamed.url_group, unnamed.endpoint) == ("fans", None)
    [entry] = await history(qstash, named.message_id)
    assert (entry.url_group, entry.endpoint) == ("fans", "one")


async def test_a_group_can_be_enqueued(qstash: AsyncQStash, local: Local) -> None:
    urls = await make_fans(qstash, local)
    for call in (qstash.message.enqueue, qstash.message.enqueue_json):
        answers: Any = await call(queue="q", url_group="fans", body="b")
        await local.idle()
        assert [answer.url for answer in answers] == urls
        assert {(await qstash.message.get(answer.message_id)).queue for answer in answers} == {"q"}
    assert local.destination.paths() == ["/200", "/201"] * 2


async def test_duplicates_are_noticed_at_each_endpoint(qstash: AsyncQStash, local: Local) -> None:
    await make_fans(qstash, local)
    original: Any = await qstash.message.publish(url_group="fans", deduplication_id="once")
    repeated: Any = await qstash.message.publish(url_group="fans", deduplication_id="once")
    assert [answer.deduplicated for answer in repeated] == [True, True]
    assert [answer.message_id for answer in repeated] == [answer.message_id for answer in original]
    await local.idle()
    assert sorted(local.destination.paths()) == ["/200", "/201"]


async def test_dead_letters_and_callbacks_name_the_group(qstash: AsyncQStash, local: Local) -> None:
    local.destination.answers(500, path="/broken")
    await qstash.url_group.upsert_endpoints("broken", [{"name": "b", "url": local.url("/broken")}])
    answers: Any = await qstash.message.publish(url_group="broken", retries=0, failure_callback=local.url("/failed"))
    await local.idle()
    report = local.destination.requests[-1].json
    assert (report["topicName"], report["endpointName"]) == ("broken", "b")
    [letter] = (await qstash.dlq.list(filter={"url_group": "broken"})).messages
    assert (letter.message_id, letter.url_group, letter.endpoint) == (answers[0].message_id, "broken", "b")


async def test_what_cannot_be_a_group_is_refused(qstash: AsyncQStash, local: Local) -> None:
    with refused(400, "a.internal"):
        await qstash.url_group.upsert_endpoints("team", [{"url": "a.internal"}])
    with refused(400, "two words"):
        await qstash.url_group.upsert_endpoints("two words", [A])
    with refused(412, "quota maxEndpointsPerTopic exceeded, current limit: 100"):
        await qstash.url_group.upsert_endpoints("team", [{"url": f"http://a.internal/{n}"} for n in range(101)])
    for call in (qstash.url_group.get, lambda name: qstash.url_group.remove_endpoints(name, [A])):
        with refused(404, "nobody"):
            await call("nobody")
    assert await qstash.url_group.list() == []
