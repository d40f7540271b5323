"""What a developer is told of a mistake: by the terminal, and as data by the routes under ``/_dev/``."""

from __future__ import annotations

import json
from enum import Enum, StrEnum
from typing import Any, NamedTuple

import aiohttp

from qstash_dev.state.tenant import USERS


class Party(StrEnum):
    """Whose fault it is."""

    CALLER = "the call"
    APP = "the app"
    NETWORK = "the network"
    SETTING = "a setting"
    SERVER = "qstash-dev"
    NOBODY = "none: it was asked for"


class Place(Enum):
    """Where a sentence is, and where the console shows it."""

    REFUSAL = ("refusals", "error", "Refused calls")
    ATTEMPT = ("messages/ID", "attempts[].hint", "Messages, attempts")
    NOTICE = ("messages/ID", "timeline[].notice", "Messages, timeline")
    WARNING = ("messages/ID", "timeline[].warning", "Messages, timeline")
    MESSAGE = ("verdicts/message/ID", "sentence", "Messages")
    QUEUE = ("verdicts/queue/NAME", "sentence", "Queues")
    FLOW_CONTROL = ("verdicts/flow-control/KEY", "sentence", "Flow control")
    SCHEDULE = ("verdicts/schedule/ID", "sentence", "Schedules")
    RUN = ("verdicts/run/ID", "sentence", "Workflows")
    NOTE = ("runs/ID", "run.notes[].text", "Workflows, notes")
    TRAVEL = ("clock/advance", "error", "Clock & faults")
    STATUS = ("status", "users[].messages", "any page, header")

    def __init__(self, route: str, field: str, console: str) -> None:
        self.route, self.field, self.console = route, field, console


class Sentence(NamedTuple):
    """One thing that is said. ``reason`` is for programs; ``todo`` is what to do, empty if nothing is said of it."""

    place: Place
    reason: str
    text: str
    todo: str


class Told(NamedTuple):
    """Everything that is said of a mistake."""

    terminal: list[str]
    dev: list[Sentence]


class Reader:
    """Asks the routes under ``/_dev/``, as the console does."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def get(self, path: str) -> Any:
        async with self._session.get(f"{self._url}/_dev/{path}") as answer:
            return await answer.json()

    async def sentences(self) -> list[Sentence]:
        """All that is said at this moment."""
        found = [_refusal(one) for one in (await self.get("refusals"))["refusals"]]
        for user in USERS:
            found += await self._of_user(f"?user={user.id}")
        return found + await self._of_others()

    async def _of_user(self, query: str) -> list[Sentence]:
        found: list[Sentence] = []
        for message in (await self.get(f"messages{query}"))["messages"]:
            found += _of_message(await self.get(f"messages/{message['messageId']}{query}"))
        for run in (await self.get(f"runs{query}"))["runs"]:
            found += _of_run(await self.get(f"runs/{run['workflowRunId']}{query}"))
        for place, name, field, kind in (
            (Place.SCHEDULE, "schedules", "scheduleId", "schedule"),
            (Place.QUEUE, "queues", "name", "queue"),
        ):
            things = await self.get(f"{name}{query}")
            for thing in things if isinstance(things, list) else things[name]:
                found += _verdict(place, await self.get(f"verdicts/{kind}/{thing[field]}{query}"))
        return found

    async def _of_others(self) -> list[Sentence]:
        status = await self.get("status")
        own, *others = status["users"]
        return [
            Sentence(Place.STATUS, "other-user", "", f"choose {one['name']}")
            for one in others
            if one["messages"] and not own["messages"]
        ]


def _refusal(one: dict[str, Any]) -> Sentence:
    reason = one.get("credential") or one.get("field") or str(one["status"])
    return Sentence(Place.REFUSAL, reason, one["error"], one.get("todo", ""))


def _of_message(detail: dict[str, Any]) -> list[Sentence]:
    found = []
    for one in detail["attempts"][-1:]:
        if not one["succeeded"]:
            error = one.get("error") or f"HTTP status {one['response']['status']}"
            found.append(Sentence(Place.ATTEMPT, one["failureReason"], error, one.get("hint", "")))
    for one in detail["timeline"]:
        if (notice := one.get("notice")) is not None:
            found.append(Sentence(Place.NOTICE, notice["kind"], notice["text"], notice.get("todo", "")))
        if (warning := one.get("warning")) is not None:
            found.append(Sentence(Place.WARNING, warning["code"], warning["text"], warning.get("todo", "")))
    return found + _verdict(Place.MESSAGE, detail.get("verdict"))


def _of_run(detail: dict[str, Any]) -> list[Sentence]:
    notes = [
        Sentence(Place.NOTE, one["kind"], one["text"], one.get("todo", "")) for one in detail["run"].get("notes", [])
    ]
    return notes + _verdict(Place.RUN, detail.get("verdict"))


def _verdict(place: Place, verdict: dict[str, Any] | None) -> list[Sentence]:
    if not verdict or "sentence" not in verdict:
        return []
    return [Sentence(place, verdict["reason"], verdict["sentence"], verdict.get("todo", ""))]


def shown(told: Told) -> str:
    """As text, for a failed test."""
    lines = [*(f"  terminal: {line}" for line in told.terminal)]
    lines += [f"  {one.place.route} [{one.reason}] {one.text} -> {one.todo or 'NOTHING TO DO'}" for one in told.dev]
    return "\n".join(lines) or json.dumps("nothing")
