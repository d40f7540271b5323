"""Verification of signatures by inboxes: the same result as the official receiver, and the reason."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qstash import Receiver
from qstash.errors import SignatureError

from qstash_dev.protocol.claims import check_signature
from qstash_dev.protocol.signature import sign
from tests.protocol.properties import PROPERTY

CURRENT, NEXT, OTHER = ("sig_" + letter * 28 for letter in "cno")
URL = "https://myapp.com/hook?a=1"
BODY = b'{"order":1}'


def token(key: str = CURRENT, url: str = URL, body: bytes = BODY) -> str:
    return sign(key, url, body, issued_s=int(time.time()), token_id="jwt_1")


def claimed(**changed: Any) -> str:
    """A token whose claims are right but for these; ``None`` leaves one out."""
    now_s = int(time.time())
    hashed = urlsafe_b64encode(sha256(BODY).digest()).decode()
    right = {"iss": "Upstash", "sub": URL, "exp": now_s + 300, "nbf": 0, "iat": now_s, "body": hashed}
    claims = {name: value for name, value in (right | changed).items() if value is not None}
    return jwt.encode(claims, CURRENT, algorithm="HS256")


def fault(signature: str, url: str = URL, body: bytes = BODY) -> str | None:
    return check_signature(signature, (CURRENT, NEXT), url, body)[1]


@pytest.mark.parametrize("key", [CURRENT, NEXT])
def test_either_key_will_do(key: str) -> None:
    claims, reason = check_signature(token(key), (CURRENT, NEXT), URL, BODY)
    assert reason is None
    assert (claims["iss"], claims["sub"], claims["jti"]) == ("Upstash", URL, "jwt_1")


# Made when the test runs, for a signature lives for five minutes.
@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (lambda: "", "there is no Upstash-Signature header"),
        (lambda: "nonsense", "Not enough segments"),
        (lambda: "a.b.c", "Invalid header padding"),
        (lambda: token(OTHER), "Signature verification failed"),
        (lambda: token()[:-3] + "abc", "Signature verification failed"),
        (lambda: claimed(iss="Somebody"), "Invalid issuer"),
        (lambda: claimed(exp=1_000), "Signature has expired"),
        (lambda: claimed(nbf=9_999_999_999), "The token is not yet valid (nbf)"),
        (lambda: claimed(body=None), 'Token is missing the "body" claim'),
        (lambda: claimed(sub=None), 'Token is missing the "sub" claim'),
        (lambda: jwt.encode({"sub": URL}, "", algorithm="none"), "The specified alg value is not allowed"),
    ],
)
def test_a_bad_token_says_why_and_claims_nothing(signature: Callable[[], str], reason: str) -> None:
    claims, found = check_signature(signature(), (CURRENT,), URL, BODY)
    assert claims == {}
    assert reason in str(found)


@pytest.mark.parametrize(
    ("signature", "url", "body", "reason"),
    [
        (lambda: token(url="http://a/b"), URL, BODY, f"it is for http://a/b, not for {URL}"),
        (lambda: token(), URL + "&b=2", BODY, f"it is for {URL}, not for {URL}&b=2"),
        (lambda: token(), URL, BODY + b" ", "the body is not the one that was signed"),
        (lambda: token(), URL, b"", "the body is not the one that was signed"),
        (lambda: claimed(body=7), URL, BODY, "the body is not the one that was signed"),
    ],
)
def test_a_good_token_for_something_else_says_for_what(
    signature: Callable[[], str], url: str, body: bytes, reason: str
) -> None:
    claims, found = check_signature(signature(), (CURRENT,), url, body)
    assert (claims["iss"], found) == ("Upstash", reason)


def test_the_hash_of_the_body_may_lack_its_padding() -> None:
    assert fault(claimed(body=urlsafe_b64encode(sha256(BODY).digest()).decode().rstrip("="))) is None


def test_without_keys_nothing_is_valid() -> None:
    assert check_signature(token(), (), URL, BODY) == ({}, "no key was given")


def official(signature: str, url: str, body: bytes) -> bool:
    try:
        Receiver(CURRENT, NEXT).verify(signature=signature, body=body.decode(), url=url)
    except SignatureError:
        return False
    return True


@PROPERTY
@given(
    st.sampled_from([CURRENT, NEXT, OTHER]),
    st.sampled_from([URL, URL + "#", "http://a"]),
    st.text(max_size=50),
    st.sampled_from([URL, "http://a"]),
    st.none() | st.text(max_size=50),
)
def test_an_inbox_and_the_official_receiver_agree(
    key: str, signed_url: str, text: str, url: str, received: str | None
) -> None:
    body = text.encode()
    got = body if received is None else received.encode()
    signature = token(key, signed_url, body)
    assert (fault(signature, url, got) is None) == official(signature, url, got)


@PROPERTY
@given(st.text(max_size=200))
def test_a_token_of_garbage_is_only_invalid(text: str) -> None:
    claims, reason = check_signature(text, (CURRENT, NEXT), URL, BODY)
    assert claims == {}
    assert reason
