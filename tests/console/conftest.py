"""Fixtures that read the routes of the console and compare each answer with its documented form."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.openapi.contract import check_answer


class Reader:
    """Calls ``/_dev/`` without any token."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def call(self, method: str, path: str, **fields: Any) -> tuple[int, Any]:
        options = {"json": fields} if fields else {}
        async with self._client.session.request(method, f"{self._client.url}/_dev/{path}", **options) as response:
            payload = await response.json()
            check_answer(method, f"/_dev/{path}", response.status, payload)
            return response.status, payload

    async def get(self, path: str) -> Any:
        status, payload = await self.call("GET", path)
        assert status == 200, payload
        return payload

    async def ids(self, query: str = "") -> list[str]:
        """The ids of a list of messages."""
        return [message["messageId"] for message in (await self.get(f"messages{query}"))["messages"]]


@pytest.fixture
def reader(client: Client) -> Reader:
    return Reader(client)
