"""Small makings of messages for the tests of what the server remembers."""

from __future__ import annotations

from itertools import count

from qstash_dev.config import Retention
from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.protocol.result import Responded
from qstash_dev.state.message import Message
from qstash_dev.state.tenant import USERS, Tenant
from tests.conftest import NOON_MS

URL = "https://example.com/hook"
_numbers = count(1)


def make_tenant(**retention: int) -> Tenant:
    return Tenant(USERS[0], Retention(**retention))


def make_message(tenant: Tenant | None = None, body: bytes = b"", options: DeliveryOptions | None = None) -> Message:
    publication = Publication(URL, body, options or DeliveryOptions())
    return Message(f"msg_{next(_numbers)}", tenant or make_tenant(), publication, URL, NOON_MS, NOON_MS)


def answer(status: int = 500, body: bytes = b"") -> Responded:
    return Responded(status, (), body, 1)
