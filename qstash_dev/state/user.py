"""The four users of every server.

https://upstash.com/docs/qstash/howto/local-development: the users, their tokens and signing keys.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import NamedTuple


class User(NamedTuple):
    """A predefined user. The JavaScript SDK uses a running server only if its tokens and keys are exactly these."""

    id: str
    password: str
    current_signing_key: str
    next_signing_key: str

    @property
    def token(self) -> str:
        """The bearer token: base64 of the user's id and password as JSON."""
        return self._token(self.password)

    @property
    def read_only_token(self) -> str:
        """A token that may only read (https://upstash.com/docs/qstash/howto/readonly-token). Its form is ours."""
        return self._token("readOnly")

    def _token(self, password: str) -> str:
        fields = {"UserID": self.id, "Password": password}
        return b64encode(json.dumps(fields, separators=(",", ":")).encode()).decode("ascii")


USERS = (
    User("defaultUser", "defaultPassword", "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r", "sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs"),
    User("testUser1", "testPassword", "sig_7GVPjvuwsfqF65iC8fSrs1dfYruM", "sig_5NoELc3EFnZn4DVS5bDs2Nk4b7Ua"),
    User("testUser2", "testPassword", "sig_6jWGaWRxHsw4vMSPJprXadyvrybF", "sig_7qHbvhmahe5GwfePDiS5Lg3pi6Qx"),
    User("testUser3", "testPassword", "sig_5T8FcSsynBjn9mMLBsXhpacRovJf", "sig_7GFR4YaDshFcqsxWRZpRB161jguD"),
)


def environment(url: str, token: str, current_signing_key: str, next_signing_key: str) -> dict[str, str]:
    """The variables that the official SDKs read."""
    return {
        "QSTASH_URL": url,
        "QSTASH_TOKEN": token,
        "QSTASH_CURRENT_SIGNING_KEY": current_signing_key,
        "QSTASH_NEXT_SIGNING_KEY": next_signing_key,
    }
