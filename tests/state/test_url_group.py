"""A URL group: adding, replacing and removing endpoints."""

from __future__ import annotations

import pytest

from qstash_dev.state.url_group import Endpoint, UrlGroup
from tests.conftest import NOON_MS

A, B, C = "https://a.example.com", "https://b.example.com", "https://c.example.com"


def group(*endpoints: Endpoint) -> UrlGroup:
    made = UrlGroup("group", NOON_MS, NOON_MS)
    for endpoint in endpoints:
        made.upsert(endpoint)
    return made


def test_endpoints_keep_the_order_they_came_in() -> None:
    assert group(Endpoint(B), Endpoint(A, "First endpoint"), Endpoint(C)).endpoints == [
        Endpoint(B),
        Endpoint(A, "First endpoint"),
        Endpoint(C),
    ]


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (Endpoint(C, "one"), [Endpoint(C, "one"), Endpoint(B)]),
        (Endpoint(A, "one"), [Endpoint(A, "one"), Endpoint(B)]),
        (Endpoint(A), [Endpoint(A, "one"), Endpoint(B)]),
        (Endpoint(B), [Endpoint(A, "one"), Endpoint(B)]),
        (Endpoint(B, "two"), [Endpoint(A, "one"), Endpoint(B, "two")]),
        (Endpoint(A, "two"), [Endpoint(A, "one"), Endpoint(B), Endpoint(A, "two")]),
        (Endpoint(C), [Endpoint(A, "one"), Endpoint(B), Endpoint(C)]),
    ],
)
def test_an_endpoint_is_known_by_its_name_or_else_by_its_url(endpoint: Endpoint, expected: list[Endpoint]) -> None:
    assert group(Endpoint(A, "one"), Endpoint(B), endpoint).endpoints == expected


@pytest.mark.parametrize(
    ("name", "url", "left"),
    [
        ("one", None, [Endpoint(B), Endpoint(C, "three")]),
        (None, B, [Endpoint(A, "one"), Endpoint(C, "three")]),
        (None, A, [Endpoint(B), Endpoint(C, "three")]),
        ("three", A, [Endpoint(A, "one"), Endpoint(B)]),
        ("two", None, [Endpoint(A, "one"), Endpoint(B), Endpoint(C, "three")]),
        (None, "https://d.example.com", [Endpoint(A, "one"), Endpoint(B), Endpoint(C, "three")]),
    ],
)
def test_endpoints_are_removed_by_name_or_url(name: str | None, url: str | None, left: list[Endpoint]) -> None:
    made = group(Endpoint(A, "one"), Endpoint(B), Endpoint(C, "three"))
    made.remove([(name, url)])
    assert made.endpoints == left
