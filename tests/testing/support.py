"""Helpers that use a server in any kind of test and close everything."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from qstash_dev.testing import AsyncQStashDev, QStashDev

NOWHERE = "http://127.0.0.1:1"
"""Refuses every connection at once."""


def call(dev: QStashDev | AsyncQStashDev, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
    """The JSON of an answer; ``Upstash_Retries`` stands for the header with dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named |= {"Authorization": f"Bearer {dev.token}"}
    request = urllib.request.Request(dev.url + path, body, named, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read() or b"null")


def publish(dev: QStashDev | AsyncQStashDev, url: str, body: bytes = b"hello", **headers: str) -> str:
    """Publish a message and return its id."""
    headers = {"Content_Type": "text/plain"} | headers
    return str(call(dev, "POST", f"/v2/publish/{url}", body, **headers)["messageId"])


def schedule(dev: QStashDev | AsyncQStashDev, url: str, cron: str, **headers: str) -> str:
    """Make a schedule and return its id."""
    return str(call(dev, "POST", f"/v2/schedules/{url}", b"tick", Upstash_Cron=cron, **headers)["scheduleId"])


def states(dev: QStashDev | AsyncQStashDev, message_id: str) -> list[str]:
    """What a message went through."""
    return [event.state for event in dev.events(message_id)]
