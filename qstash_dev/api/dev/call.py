"""What a handler of the control API is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from qstash_dev.api.call import Services, read_json
from qstash_dev.control import Control
from qstash_dev.protocol import errors
from qstash_dev.protocol.duration import MAX_MS, parse_duration_ms
from qstash_dev.state.message import Message
from qstash_dev.state.tenant import Tenant
from qstash_dev.travel import TIMEOUT_S, Runaway, StillBusy

MAX_TIMEOUT_S = 600.0
MAX_STEPS = 1_000_000
_LATEST_MS = 253_402_300_799_000  # 9999-12-31T23:59:59Z, the last that dates can hold


@dataclass(frozen=True, slots=True)
class DevCall:
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

    async def fields(self, *known: str) -> dict[str, Any]:
        """The body as a JSON object, empty if there is none.

        Raises:
            Rejection: 400 for anything else, or for a field that is not known.
        """
        body = await read_json(self.request)
        if body is None:
            return {}
        if not isinstance(body, dict):
            raise errors.INVALID_JSON(reason="send a JSON object")
        for name in body:
            if name not in known:
                raise errors.INVALID_FIELD(field=name[:100], reason=f"use {', '.join(known)}")
        return body

    def tenant(self, name: str | None = None) -> Tenant:
        """The user named, or the one in ``?user=``, or the default one.

        Raises:
            Rejection: 404.
        """
        tenants = self.services.broker.tenants.all()
        name = name if name is not None else self.request.query.get("user", tenants[0].user.id)
        for tenant in tenants:
            if tenant.user.id == name:
                return tenant
        raise errors.USER_NOT_FOUND(name=str(name)[:100], known=", ".join(one.user.id for one in tenants))

    def message(self) -> Message:
        """The message that the path names, whoever published it.

        Raises:
            Rejection: 404.
        """
        id = self.path("id")
        for tenant in self.services.broker.tenants.all():
            if id in tenant.messages:
                return tenant.messages[id]
        raise errors.MESSAGE_NOT_FOUND(id=id[:200])


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


def duration_ms_of(fields: dict[str, Any], name: str) -> int:
    """Seconds as a number, or a duration such as ``4d``, in milliseconds.

    Raises:
        Rejection: 400 naming the field.
    """
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise errors.INVALID_FIELD(field=name, reason="use seconds, or a duration such as '90m' or '4d'")
    try:
        if not isinstance(value, str) and not 0 <= value <= MAX_MS / 1_000:
            raise ValueError("time only goes forward, and by at most 100 years")
        return parse_duration_ms(value) if isinstance(value, str) else int(value * 1_000)
    except ValueError as error:
        raise errors.INVALID_FIELD(field=name, reason=str(error)) from None


def instant_ms_of(fields: dict[str, Any], name: str) -> int:
    """A time, as unix milliseconds or in ISO 8601; without an offset it is UTC.

    Raises:
        Rejection: 400 naming the field.
    """
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LATEST_MS:
        return value
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1_000)
    except (ValueError, OverflowError):
        raise errors.INVALID_FIELD(
            field=name, reason="use unix milliseconds, or a time such as '2026-03-08T06:59:00Z'"
        ) from None


def travel_failed(error: StillBusy | Runaway) -> errors.Rejection:
    """A journey that did not arrive."""
    return errors.TRAVEL_FAILED(reason=str(error))


def iso(at_ms: int) -> str:
    """A time for people."""
    return datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
