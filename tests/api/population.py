"""Seven messages that differ in what filters select, and the messages that each filter selects."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from qstash_dev.server import Server
from tests.api.support import make_group
from tests.conftest import NOON_MS, Client
from tests.destination import Destination

MINUTE_MS = 60_000
AT_NOON = frozenset({"plain", "labeled", "grouped", "queued", "keyed", "elsewhere"})
EVERYONE = AT_NOON | {"scheduled"}

# A filter as a query string → the messages that it means. {url} and {port} are those of the destination.
FILTERS: dict[str, frozenset[str]] = {
    "label=red": frozenset({"labeled"}),
    "label=blue": frozenset({"labeled"}),
    "label=none,blue": frozenset({"labeled"}),
    "label=none&label=red": frozenset({"labeled"}),
    "label=none": frozenset(),
    "topicName=group": frozenset({"grouped"}),
    "queueName=queue": frozenset({"queued"}),
    "scheduleId=schedule": frozenset({"scheduled"}),
    "flowControlKey=key": frozenset({"keyed"}),
    "url={url}/plain": frozenset({"plain"}),
    "url={url}/plain,{url}/keyed": frozenset({"plain", "keyed"}),
    "url={url}/plain&url={url}/queued": frozenset({"plain", "queued"}),
    "url={url}/pla": frozenset(),
    "callerIp=127.0.0.1": EVERYONE,
    "callerIP=127.0.0.1": EVERYONE,
    "callerIp=10.0.0.1": frozenset(),
    f"fromDate={NOON_MS + 1}": frozenset({"scheduled"}),
    f"toDate={NOON_MS + MINUTE_MS - 1}": AT_NOON,
    f"fromDate={NOON_MS}&toDate={NOON_MS}": AT_NOON,
    f"fromDate={NOON_MS + MINUTE_MS}&toDate={NOON_MS + MINUTE_MS}": frozenset({"scheduled"}),
    "label=red&topicName=group": frozenset(),
    "label=red&url={url}/labeled": frozenset({"labeled"}),
}
PLACE_FILTERS: dict[str, frozenset[str]] = {
    "host=localhost": frozenset({"elsewhere"}),
    "host=localhost:{port}": frozenset({"elsewhere"}),
    "host=LOCALHOST.example": frozenset(),
    "path=/keyed": frozenset({"keyed"}),
    "path=/keyed,/plain": frozenset({"keyed", "plain"}),
    "path=/key": frozenset(),
    "host=127.0.0.1:{port}&path=/plain": frozenset({"plain"}),
}
BAD_FILTERS = {
    "fromDate=yesterday": "fromDate",
    "toDate=-1": "toDate",
    "toDate=1.5": "toDate",
}


async def populate(server: Server, client: Client, destination: Destination, headers: dict[str, str]) -> None:
    """Publish them all with these headers; the scheduled one follows a minute after the rest."""
    url = destination.url
    await make_group(client, "group", f"{url}/grouped")
    calls: list[tuple[str, dict[str, str]]] = [
        (f"/v2/publish/{url}/plain", {}),
        (f"/v2/publish/{url}/labeled", {"Upstash-Label": "red,blue"}),
        ("/v2/publish/group", {}),
        (f"/v2/publish/{url}/queued", {"Upstash-Queue-Name": "queue"}),
        (
            f"/v2/publish/{url}/keyed",
            {"Upstash-Flow-Control-Key": "key", "Upstash-Flow-Control-Value": "parallelism=9"},
        ),
        (f"/v2/publish/{url.replace('127.0.0.1', 'localhost')}/elsewhere", {}),
        (
            f"/v2/schedules/{url}/scheduled",
            {"Upstash-Cron": "1 12 1 1 *", "Upstash-Schedule-Id": "schedule"},
        ),
    ]
    for path, own in calls:
        status, payload = await client.call("POST", path, headers=headers | own)
        assert status == 201, payload
    await server.advance(MINUTE_MS)


def filled(query: str, destination: Destination) -> str:
    """The query string with the destination's address in it."""
    return query.format(url=destination.url, port=urlsplit(destination.url).port)


def names(items: list[dict[str, Any]]) -> list[str]:
    """Which messages these are, sorted."""
    return sorted(urlsplit(item["url"]).path[1:] for item in items)
