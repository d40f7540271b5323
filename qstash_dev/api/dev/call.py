"""What a handler of the control API is given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from aiohttp import web

from qstash_dev.api.call import MAX_CONTROL_BODY, Services, read_json
from qstash_dev.clock import LAST_MS
from qstash_dev.control import Control
from qstash_dev.protocol import errors
from qstash_dev.protocol.duration import duration_ms
from qstash_dev.protocol.wording import kind
from qstash_dev.state.message import Message
from qstash_dev.state.schedule import Schedule
from qstash_dev.state.tenant import Tenant
from qstash_dev.travel import TIMEOUT_S, Runaway, StillBusy

MAX_TIMEOUT_S = 600.0
MOST_STEPS = 1_000_000
_LAST_DATE_MS = 253_402_300_799_000


class DevCall(NamedTuple):
    """One request to ``/_dev/``. No token is asked for: the guard keeps web pages out."""

    request: web.Request
    services: Services

    @property
    def control(self) -> Control:
        """The verbs."""
        return self.services.control

    def path(self, name: str) -> str:
        """A percent-decoded segment of the path."""
        return self.request.match_info[name]

    async def fields(self, *known: str, limit: int = MAX_CONTROL_BODY) -> dict[str, Any]:
        """The body as a JSON object, empty if there is none.

        Raises:
            Rejection: 400 for anything else, or for a field that is not known; 413 for more than ``limit`` bytes.
        """
        body = await read_json(self.request, limit)
        if body is None:
            return {}
        if not isinstance(body, dict):
            raise errors.INVALID_JSON(reason=f"send a JSON object, not {kind(body)}")
        for name in body:
            if name not in known:
                reason = f"use {', '.join(known)}" if known else "send no body, for there is nothing to choose"
                raise errors.INVALID_FIELD(field=name[:100], reason=reason)
        return body

    def tenant(self, name: str | None = None) -> Tenant:
        """The user named, or the one in ``?user=``, or the default one.

        Raises:
            Rejection: 404, or 400 for what is no name at all.
        """
        tenants = self.services.broker.tenants.all()
        name = name if name is not None else self.request.query.get("user", tenants[0].user.id)
        for tenant in tenants:
            if tenant.user.id == name:
                return tenant
        if not isinstance(name, str):
            raise errors.INVALID_FIELD(field="user", reason=f"use a string, not {kind(name)}")
        raise errors.USER_NOT_FOUND(name=name[:100], known=", ".join(one.user.id for one in tenants))

    def tenants(self) -> list[Tenant]:
        """The user in ``?user=`` alone, or all of them: ids are distinct, whoever they belong to.

        Raises:
            Rejection: 404.
        """
        return [self.tenant()] if "user" in self.request.query else self.services.broker.tenants.all()

    def message(self) -> Message:
        """The message that the path names, whoever published it unless ``?user=`` says.

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


def timeout_of(fields: dict[str, Any]) -> float:
    """``timeout`` in seconds of real time.

    Raises:
        Rejection: 400.
    """
    return number_of(fields, "timeout", TIMEOUT_S, MAX_TIMEOUT_S)


def number_of(fields: dict[str, Any], name: str, default: float, most: float) -> float:
    """A number above zero.

    Raises:
        Rejection: 400 naming the field.
    """
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
        raise errors.INVALID_FIELD(field=name, reason=f"use a number above 0, at most {most:g}")
    return float(value)


def max_steps_of(fields: dict[str, Any], default: int) -> int:
    """``maxSteps``: how many stops a journey may make.

    Raises:
        Rejection: 400.
    """
    return whole_of(fields, "maxSteps", default, 1, MOST_STEPS)


def whole_of(fields: dict[str, Any], name: str, default: int, least: int, most: int) -> int:
    """A whole number.

    Raises:
        Rejection: 400 naming the field.
    """
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise errors.INVALID_FIELD(field=name, reason=f"use a whole number from {least} to {most}")
    return value


def duration_ms_of(fields: dict[str, Any], name: str) -> int:
    """Seconds as a number, or a duration such as ``4d``, in milliseconds.

    Raises:
        Rejection: 400 naming the field.
    """
    try:
        return duration_ms(fields.get(name))
    except ValueError as error:
        raise errors.INVALID_FIELD(field=name, reason=str(error)) from None


def instant_ms_of(fields: dict[str, Any], name: str, least_ms: int = 0) -> int:
    """A time, as unix milliseconds or in ISO 8601; without an offset it is UTC.

    Raises:
        Rejection: 400 naming the field, also for a time before ``least_ms``.
    """
    at_ms = _instant_ms(fields.get(name))
    if at_ms is None:
        reason = "use unix milliseconds, or a time such as '2026-03-08T06:59:00Z'"
        raise errors.INVALID_FIELD(field=name, reason=reason)
    if at_ms < least_ms:
        raise errors.INVALID_FIELD(field=name, reason=f"time only goes forward, and it is {iso(least_ms)} already")
    if at_ms > LAST_MS:
        raise errors.INVALID_FIELD(field=name, reason=f"time ends at {iso(LAST_MS)}")
    return at_ms


def _instant_ms(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else None
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1_000)
    except (ValueError, OverflowError):
        return None


def travel_failed(error: StillBusy | Runaway) -> errors.Rejection:
    """A journey that did not arrive."""
    return errors.TRAVEL_FAILED(reason=str(error))


def iso(at_ms: int) -> str:
    """A time for people; the last that dates can hold if it is beyond."""
    return (
        datetime.fromtimestamp(min(at_ms, _LAST_DATE_MS) / 1_000, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
