"""``Upstash-Signature``, checked with PyJWT."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qstash_dev.protocol.signature import LIFETIME_S, body_hash, sign
from tests.conftest import NOON_MS
from tests.protocol.properties import PROPERTY

KEY = "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r"
NOW_S = NOON_MS // 1_000
UNTIMED = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}


def claims_of(token: str, key: str = KEY) -> dict[str, object]:
    return dict(jwt.decode(token, key, algorithms=["HS256"], issuer="Upstash", options=UNTIMED))


def test_the_claims_are_those_that_receivers_check() -> None:
    token = sign(KEY, "https://example.com/x?a=1", b"hello", issued_s=NOW_S, token_id="jwt_1")
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    assert claims_of(token) == {
        "iss": "Upstash",
        "sub": "https://example.com/x?a=1",
        "exp": NOW_S + 300,
        "nbf": 0,
        "iat": NOW_S,
        "jti": "jwt_1",
        "body": "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
    }
    assert LIFETIME_S == 300


def test_the_hash_of_an_empty_body() -> None:
    assert body_hash(b"") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU="


def test_another_key_does_not_verify() -> None:
    token = sign(KEY, "https://example.com", b"", issued_s=NOW_S, token_id="jwt_1")
    with pytest.raises(jwt.InvalidSignatureError):
        claims_of(token, "sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs")


@PROPERTY
@given(st.text(), st.binary())
def test_any_url_and_any_body_survive(rest: str, body: bytes) -> None:
    url = f'https://example.com/{rest}"\\'
    claims = claims_of(sign(KEY, url, body, issued_s=NOW_S, token_id="jwt_1"))
    assert claims["sub"] == url
    assert urlsafe_b64decode(str(claims["body"])) == hashlib.sha256(body).digest()
