"""Users: tokens and keys, separation and retention."""

from __future__ import annotations

import base64
import json

import pytest

from qstash_dev.config import Retention
from qstash_dev.protocol.publication import DeliveryOptions, FlowControlOptions
from qstash_dev.state.deduplication import first_message
from qstash_dev.state.message import Message
from qstash_dev.state.tenant import USERS, Tenant, Tenants, User
from tests.state.support import make_message, make_tenant

DOCUMENTED = [
    (
        "defaultUser",
        "eyJVc2VySUQiOiJkZWZhdWx0VXNlciIsIlBhc3N3b3JkIjoiZGVmYXVsdFBhc3N3b3JkIn0=",
        "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r",
        "sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs",
    ),
    (
        "testUser1",
        "eyJVc2VySUQiOiJ0ZXN0VXNlcjEiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9",
        "sig_7GVPjvuwsfqF65iC8fSrs1dfYruM",
        "sig_5NoELc3EFnZn4DVS5bDs2Nk4b7Ua",
    ),
    (
        "testUser2",
        "eyJVc2VySUQiOiJ0ZXN0VXNlcjIiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9",
        "sig_6jWGaWRxHsw4vMSPJprXadyvrybF",
        "sig_7qHbvhmahe5GwfePDiS5Lg3pi6Qx",
    ),
    (
        "testUser3",
        "eyJVc2VySUQiOiJ0ZXN0VXNlcjMiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9",
        "sig_5T8FcSsynBjn9mMLBsXhpacRovJf",
        "sig_7GFR4YaDshFcqsxWRZpRB161jguD",
    ),
]


def finish(tenant: Tenant, body: bytes = b"") -> Message:
    message = make_message(tenant, body)
    tenant.accepted(message)
    tenant.finished(message)
    return message


@pytest.mark.parametrize(("user", "documented"), list(zip(USERS, DOCUMENTED, strict=True)))
def test_tokens_and_signing_keys_are_the_documented_ones(user: User, documented: tuple[str, str, str, str]) -> None:
    assert (user.id, user.token, user.current_signing_key, user.next_signing_key) == documented


def test_every_user_is_reached_by_a_token_and_a_read_only_one() -> None:
    tenants = Tenants(Retention())
    assert [tenant.user for tenant in tenants.all()] == list(USERS)
    tokens = [*tenants.by_token, *tenants.by_read_only_token]
    assert len(set(tokens)) == 2 * len(USERS)
    for user in USERS:
        assert tenants.by_token[user.token] is tenants.by_read_only_token[user.read_only_token]
        assert json.loads(base64.b64decode(user.read_only_token))["UserID"] == user.id


def test_the_worlds_of_two_users_share_nothing() -> None:
    one, other, *_ = Tenants(Retention()).all()
    mine = finish(one)
    one.flow_control("key").paused = True
    one.deduplication.remember("id", first_message(mine.id, mine.url, b"", 0))
    assert other.messages == {}
    assert other.flow_controls == {}
    assert other.deduplication.known("id", 0) is None
    assert one.log is not other.log
    assert one.dead_letters is not other.dead_letters


def test_rotating_signing_keys_moves_the_next_one_up() -> None:
    keys = make_tenant().keys
    old_next = keys.next
    keys.rotate("sig_fresh")
    assert (keys.current, keys.next) == (old_next, "sig_fresh")


def test_finished_messages_stay_readable_and_the_oldest_go_first() -> None:
    tenant = make_tenant(finished_messages=2)
    messages = [finish(tenant) for _ in range(4)]
    assert list(tenant.messages.values()) == messages[2:]


def test_bodies_of_finished_messages_count_against_the_bytes_that_are_kept() -> None:
    tenant = make_tenant(max_bytes=10_000)
    messages = [finish(tenant, b"x" * 4_000) for _ in range(4)]
    assert list(tenant.messages.values()) == messages[2:]
    finish(tenant, b"x" * 10_001)
    assert tenant.messages == {}


def test_messages_that_have_not_ended_are_never_forgotten() -> None:
    tenant = make_tenant(finished_messages=1)
    waiting = make_message(tenant)
    tenant.accepted(waiting)
    last = [finish(tenant) for _ in range(3)][-1]
    assert list(tenant.messages.values()) == [waiting, last]


def test_pending_bytes_are_those_of_what_has_not_ended() -> None:
    tenant = make_tenant()
    small, large = make_message(tenant), make_message(tenant, b"x" * 5_000)
    tenant.accepted(small)
    empty = tenant.pending_bytes
    assert empty > 0
    tenant.accepted(large)
    assert tenant.pending_bytes == 2 * empty + 5_000
    tenant.finished(large)
    tenant.finished(small)
    assert tenant.pending_bytes == 0


def test_a_flow_control_key_is_made_once_and_stays_readable() -> None:
    tenant = make_tenant()
    assert tenant.flow_control("key") is tenant.flow_control("key")
    assert list(tenant.flow_controls) == ["key"]


def test_of_too_many_flow_control_keys_the_oldest_idle_one_gives_way() -> None:
    tenant = make_tenant(flow_controls=2)
    for name in ("a", "b", "c"):
        tenant.flow_control(name)
    assert list(tenant.flow_controls) == ["b", "c"]


@pytest.mark.parametrize("busy", ["paused", "pinned", "awaited"])
def test_a_flow_control_key_in_use_never_gives_way(busy: str) -> None:
    tenant = make_tenant(flow_controls=2)
    key = tenant.flow_control("a")
    key.configure(FlowControlOptions("a", 1))
    if busy == "paused":
        key.paused = True
    elif busy == "pinned":
        key.pin(1, None, None, 0)
    else:
        tenant.accepted(make_message(tenant, options=DeliveryOptions(flow_control=FlowControlOptions("a", 1))))
    for name in ("b", "c"):
        tenant.flow_control(name)
    assert tenant.flow_control("a") is key
