"""``Upstash-Signature``: the JWT that proves to a destination who is calling (QStash docs, features/security)."""

from __future__ import annotations

import hashlib
import hmac
from binascii import b2a_base64
from json.encoder import encode_basestring_ascii as json_string

LIFETIME_S = 300
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_HEADER = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"  # {"alg":"HS256","typ":"JWT"}


def body_hash(body: bytes) -> str:
    """The ``body`` claim: padded base64url of the SHA-256 of the raw body, also of an empty one."""
    return _base64url(hashlib.sha256(body).digest()).decode("ascii")


def sign(key: str, url: str, body: bytes, *, issued_s: int, token_id: str) -> str:
    """The token for one delivery to ``url``, signed with the user's current key.

    ``nbf`` is 0: hosted QStash made it so after reports of clock skew, and no receiver can refuse it.
    The token is put together here rather than by PyJWT because it is made once per delivery and costs a
    quarter so; the tests hold it against PyJWT.
    """
    claims = (
        f'{{"iss":"Upstash","sub":{json_string(url)},"exp":{issued_s + LIFETIME_S},"nbf":0,"iat":{issued_s},'
        f'"jti":"{token_id}","body":"{body_hash(body)}"}}'
    )
    signed = _HEADER + b"." + _base64url(claims.encode("ascii")).rstrip(b"=")
    mac = hmac.digest(key.encode("utf-8"), signed, "sha256")
    return (signed + b"." + _base64url(mac).rstrip(b"=")).decode("ascii")


def _base64url(raw: bytes) -> bytes:
    return b2a_base64(raw, newline=False).translate(_URL_SAFE)
