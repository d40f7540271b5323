"""The Dev API as a test in any language calls it: JSON over HTTP, each answer compared with its documented form."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client
from tests.openapi.contract import check_answer


class Dev:
    """Calls ``/_dev/`` without any token."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.url = client.url

    async def call(self, method: str, path: str, fields: Any = None) -> tuple[int, Any]:
        options = {} if fields is None else {"json": fields}
        async with self.client.session.request(method, f"{self.url}/_dev/{path}", **options) as response:
            assert response.content_type == "application/json", await response.text()
            payload = await response.json()
            check_answer(method, f"/_dev/{path}", response.status, payload)
            return response.status, payload

    async def get(self, path: str) -> Any:
        return await self._done("GET", path, None)

    async def post(self, path: str, **fields: Any) -> Any:
        return await self._done("POST", path, fields)

    async def put(self, path: str, **fields: Any) -> Any:
        return await self._done("PUT", path, fields)

    async def delete(self, path: str) -> Any:
        return await self._done("DELETE", path, None)

    async def error(self, method: str, path: str, fields: Any = None) -> tuple[int, str]:
        """The status and the text of an error."""
        status, payload = await self.call(method, path, fields)
        assert status >= 400, payload
        assert {"error"} <= payload.keys() <= {"error", "field", "reason", "expected", "inFlight", "waiting"}
        return status, payload["error"]

    async def _done(self, method: str, path: str, fields: Any) -> Any:
        status, payload = await self.call(method, path, fields)
        assert status in (200, 201), payload
        return payload

    def inbox(self, name: str = "a") -> str:
        """Where an inbox receives."""
        return f"{self.url}/_dev/inbox/{name}"


@pytest.fixture
def dev(client: Client) -> Dev:
    return Dev(client)
