"""The claims of a signature, each with its own result."""

from __future__ import annotations

import jwt
import pytest

from qstash_dev.protocol.claims import Check, checks
from qstash_dev.protocol.signature import sign
from tests.conftest import NOON_MS

KEY = "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r"
OTHER = "sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs"
NOW_S = NOON_MS // 1_000
URL = "https://example.com/x"
BODY = b"hello"
GOOD = {"iss": "Upstash", "sub": URL, "exp": NOW_S + 300, "nbf": 0, "iat": NOW_S, "jti": "jwt_1"}


def looked_at(token: str, *, url: str = URL, body: bytes = BODY, at_s: int = NOW_S) -> dict[str, Check]:
    return {check.name: check for check in checks(token, {"current": KEY, "next": OTHER}, url, body, at_s)}


def signed(key: str = KEY, url: str = URL, body: bytes = BODY) -> str:
    return sign(key, url, body, issued_s=NOW_S, token_id="jwt_1")


def test_everything_about_our_own_signatures_is_right() -> None:
    found = looked_at(signed())
    assert all(check.ok for check in found.values())
    assert list(found) == ["alg", "signature", "iss", "sub", "body", "iat", "nbf", "exp", "jti"]
    assert found["sub"].value == URL
    assert "current" in found["signature"].text


def test_the_next_key_is_as_good_and_named() -> None:
    assert looked_at(signed(OTHER))["signature"] == Check(
        "signature", signed(OTHER).rpartition(".")[2], True, "made with the next signing key of this user"
    )


def test_a_foreign_key_is_the_only_thing_wrong() -> None:
    wrong = [
        name for name, check in looked_at(signed("sig_somebody_elses_key_of_32_characters")).items() if not check.ok
    ]
    assert wrong == ["signature"]


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [({"url": URL + "/"}, "sub"), ({"body": b"hello "}, "body"), ({"at_s": NOW_S - 1}, "iat")],
    ids=["url", "body", "clock behind"],
)
def test_only_the_claim_that_does_not_fit_is_wrong(changed: dict[str, object], wrong: str) -> None:
    assert [name for name, check in looked_at(signed(), **changed).items() if not check.ok] == [wrong]  # type: ignore[arg-type]


def test_an_old_signature_was_right_and_says_that_its_time_is_over() -> None:
    found = looked_at(signed(), at_s=NOW_S + 301)
    assert found["exp"].ok
    assert "over" in found["exp"].text
    assert "over" not in looked_at(signed(), at_s=NOW_S + 299)["exp"].text


@pytest.mark.parametrize(
    ("claims", "wrong"),
    [
        ({"iss": "somebody"}, "iss"),
        ({"nbf": NOW_S + 60}, "nbf"),
        ({"nbf": "now"}, "nbf"),
        ({"exp": NOW_S - 1}, "exp"),
        ({"exp": None}, "exp"),
        ({"body": 7}, "body"),
    ],
)
def test_what_somebody_else_has_made_is_told_claim_by_claim(claims: dict[str, object], wrong: str) -> None:
    body = looked_at(signed())["body"].value
    token = jwt.encode({**GOOD, "body": body, **claims}, KEY, algorithm="HS256")
    assert [name for name, check in looked_at(token).items() if not check.ok] == [wrong]


def test_another_algorithm_is_not_accepted() -> None:
    token = jwt.encode(GOOD, KEY * 2, algorithm="HS512")
    found = looked_at(token)
    assert not found["alg"].ok
    assert not found["signature"].ok


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "🙂.🙂.🙂"])
def test_what_is_no_token_is_an_error(token: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        looked_at(token)


def test_an_unsigned_token_has_nothing_right() -> None:
    found = looked_at(jwt.encode({}, None, algorithm="none"))
    assert [name for name, check in found.items() if check.ok] == []
