"""Texts of clients without credentials."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.masking import without_credentials
from qstash_dev.state.tenant import USERS
from tests.linear.steps import steps


def masked(text: str) -> str:
    return without_credentials(text, 500)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/v2/publish/https://user:secret@a.b/hook", "/v2/publish/https://***@a.b/hook"),
        ("/v2/publish/https://user@a.b/hook", "/v2/publish/https://***@a.b/hook"),
        ("/v2/publish/https://u:se@cret@a.b", "/v2/publish/https://***@a.b"),
        ("/v2/publish/user:secret@a.b", "/v2/publish/***@a.b"),
        ("/v2/publish/https%3A%2F%2Fuser%3Asecret%40a.b", "/v2/publish/https%3A%2F%2F***@a.b"),
        ("/v2/publish/https%3a%2f%2fuser%40a.b", "/v2/publish/https%3a%2f%2f***@a.b"),
        ("/v2/dlq?qstash_token=secret&count=1", "/v2/dlq?qstash_token=***&count=1"),
        ("/v2/publish/http://a?x=1&access_token=secret", "/v2/publish/http://a?x=1&access_token=***"),
        ("/v2/publish/http%3A%2F%2Fa%3Fapi-key%3Dsecret%26x=1", "/v2/publish/http%3A%2F%2Fa%3Fapi-key=***%26x=1"),
        ("invalid Upstash-Callback: no (got 'http://u:secret@a?code=secret')", None),
        ("Authorization: Bearer secret", "Authorization: Bearer ***"),
        ("send 'Authorization: Bearer <QSTASH_TOKEN>' with", "send 'Authorization: Bearer <QSTASH_TOKEN>' with"),
        (f"/v2/publish/{USERS[0].token}", "/v2/publish/eyJV***"),
        ("/v2/publish/sig_secret_of_the_user", "/v2/publish/sig_***"),
    ],
)
def test_credentials_are_masked(text: str, shown: str | None) -> None:
    assert "secret" not in masked(text)
    assert shown in (None, masked(text))


@pytest.mark.parametrize(
    "text",
    [
        "/v2/publish/https://a.b:8080/hook?x=1&flow-control-key=orders",
        "/v2/schedules/user@example.com",
        "/v2/publish/localhost:3000",
        "invalid Upstash-Retries: use a whole number (got 'two')",
        "http://[::1]:80/a%20b",
        "",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert masked(text) == text


def test_a_long_text_is_cut() -> None:
    assert without_credentials("x" * 100, 10) == "x" * 9 + "…"


def test_a_password_that_is_cut_is_masked_as_well() -> None:
    assert "secret" not in masked("/v2/publish/http://user:secret" + "x" * 100_000 + "@a.b/")


@pytest.mark.parametrize("unit", ["/", "%2F", "@:", "a", "?a=", " ", "Bearer "])
def test_a_long_text_costs_no_more_than_its_beginning(unit: str) -> None:
    assert steps(lambda: masked(unit * 100_000)) <= 2 * steps(lambda: masked(unit * 10_000))
