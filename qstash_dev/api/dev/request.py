"""A request to the control API, as its handlers see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import web

from qstash_dev.api.request import MAX_CONTROL_BODY, Services, read_json
from qstash_dev.api.shapes.dev_parts import CallInFlight
from qstash_dev.dev.calls import InFlight
from qstash_dev.dev.instants import iso
from qstash_dev.dev.travel_errors import NotIdle, StepLimit
from qstash_dev.protocol import errors
from qstash_dev.protocol.wording import kind
from qstash_dev.state.message import Message
from qstash_dev.state.schedule import Schedule
from qstash_dev.state.tenant import Tenant


class DevRequest(NamedTuple):
    """One request to ``/_dev/``. No token is asked for: the guard keeps web pages out."""

    http: web.Request
    services: Services

    @property
    def now_ms(self) -> int:
        """The server's time, unix milliseconds."""
        return self.services.clock.now_ms()

    def path(self, name: str) -> str:
        """A percent-decoded segment of the path."""
        return self.http.match_info[name]

    async def fields(self, *known: str, limit: int = MAX_CONTROL_BODY) -> dict[str, Any]:
        """The body as a JSON object, empty if there is none.

        Raises:
            Rejection: 400 for anything else, or for a field that is not known; 413 for more than ``limit`` bytes.
        """
        body = await read_json(self.http, limit)
        if body is None:
            return {}
        if not isinstance(body, dict):
            raise errors.INVALID_JSON(reason=f"send a JSON object, not {kind(body)}")
        for name in body:
            if name not in known:
                reason = f"use {', '.join(known)}" if known else "send no body, for there is nothing to choose"
                raise errors.INVALID_FIELD(known, field=name[:100], reason=reason)
        return body

    def tenant(self, name: str | None = None) -> Tenant:
        """The user of this name, or the one in ``?user=``, or the default one.

        Raises:
            Rejection: 404 for an unknown name, 400 for one that is no string.
        """
        tenants = self.services.broker.tenants.all()
        name = name if name is not None else self.http.query.get("user", tenants[0].user.id)
        for tenant in tenants:
            if tenant.user.id == name:
                return tenant
        if not isinstance(name, str):
            raise errors.INVALID_FIELD(field="user", reason=f"use a string, not {kind(name)}")
        known = [one.user.id for one in tenants]
        raise errors.USER_NOT_FOUND(known, name=name[:100], known=", ".join(known))

    def tenants(self) -> list[Tenant]:
        """The user in ``?user=`` alone, or all users: ids are distinct among all of them.

        Raises:
            Rejection: 404.
        """
        return [self.tenant()] if "user" in self.http.query else self.services.broker.tenants.all()

    def message(self) -> Message:
        """The message that the path names, of any user, or of ``?user=``.

        Raises:
            Rejection: 404.
        """
        id = self.path("id")
        for tenant in self.tenants():
            if id in tenant.messages:
                return tenant.messages[id]
        raise errors.MESSAGE_NOT_FOUND(id=id[:200])

    def schedule(self) -> Schedule:
        """The schedule that the path names, of the user in ``?user=``.

        Raises:
            Rejection: 404.
        """
        schedule = self.tenant().schedules.get(self.path("id"))
        if schedule is None:
            raise errors.SCHEDULE_NOT_FOUND(id=self.path("id")[:200])
        return schedule


class TravelFailed(errors.Rejection):
    """The refusal for time travel that did not arrive, with the calls that it waited for."""

    def __init__(self, error: NotIdle | StepLimit) -> None:
        super().__init__(409, str(error))
        self._error = error

    def about(self, field: str) -> errors.Rejection:
        """Itself, for no field is at fault."""
        return self

    def shown(self) -> dict[str, Any]:
        """The rejection as JSON."""
        fields, error = super().shown(), self._error
        if isinstance(error, NotIdle):
            fields |= {"in_flight": [shown_call(call) for call in error.in_flight], "waiting": error.waiting}
        return fields


def shown_call(call: InFlight) -> CallInFlight:
    """A call in flight."""
    running_ms = round(call.running_s * 1_000)
    return CallInFlight(
        call.message_id, call.user, call.method, call.url, running_ms, call.since_ms, iso(call.since_ms)
    )


def flag(query: Mapping[str, str], name: str) -> bool:
    """Whether this parameter of the query is ``true``.

    Raises Rejection: 400 for anything but ``true`` and ``false``.
    """
    value = query.get(name, "false")
    if value not in ("true", "false"):
        raise errors.INVALID_PARAMETER(["true", "false"], name=name, value=value[:100])
    return value == "true"
