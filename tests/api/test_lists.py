"""Lists that are not paged: thousands of items are shown in portions, so that other requests have their turn."""

from __future__ import annotations

import asyncio
import json

import pytest

from qstash_dev.api.request import reply_list


@pytest.mark.parametrize("count", [0, 1, 100, 101, 1_000])
async def test_list_is_shown_in_portions(count: int) -> None:
    shown_in_pass: list[int] = [0]

    def shown(item: int) -> dict[str, int]:
        shown_in_pass[-1] += 1
        return {"item": item}

    async def watch() -> None:
        while True:
            await asyncio.sleep(0)
            shown_in_pass.append(0)

    watching = asyncio.create_task(watch())
    # It begins to count.
    await asyncio.sleep(0)
    response = await reply_list(range(count), shown)
    watching.cancel()
    assert isinstance(response.body, bytes)
    assert json.loads(response.body) == [{"item": item} for item in range(count)]
    assert sum(shown_in_pass) == count
    assert max(shown_in_pass) <= 100
