"""A request to the control API, as its handlers see it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

from aiohttp import web

from qstash_dev.api.request import MAX_CONTROL_BODY, Services, filled, read_json
from qstash_dev.api.shapes.dev_clock import Patience
from qstash_dev.api.shapes.dev_parts import CallInFlight
from qstash_dev.dev.arguments import Shape, read
from qstash_dev.dev.calls import InFlight
from qstash_dev.dev.instants import iso
from qstash_dev.dev.travel_errors import NotIdle, StepLimit
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import Query, parse_query
from qstash_dev.protocol.wording import kind
from qstash_dev.state.message import Message
from qstash_dev.state.schedule import Schedule
from qstash_dev.state.tenant import Tenant

_MAX_DIGITS = 9
Default = TypeVar("Default", int, None)


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

    async def read(self, shape: type[Shape]) -> Shape:
        """The body as this shape; nothing in it if there is none.

        Raises Rejection: as :meth:`fields` and :func:`read`.
        """
        return read(await self.fields(), shape)

    async def fields(self, limit: int = MAX_CONTROL_BODY) -> dict[str, Any]:
        """The body as a JSON object, empty if there is none.

        Raises Rejection: 400 for anything else, 413 for more than ``limit`` bytes.
        """
        body = await read_json(self.http, limit)
        if body is None:
            return {}
        if not isinstance(body, dict):
            raise errors.INVALID_JSON(reason=f"send a JSON object, not {kind(body)}")
        return body

    def timeout_s(self, given: Patience) -> float:
        """How long a call may take, in seconds of real time."""
        return given.timeout or self.services.config.limits.wait_s

    def number(self, name: str, default: Default, reason: str = "use a whole number") -> int | Default:
        """A whole number in the query, of at most nine digits.

        Raises Rejection: 400 naming the parameter.
        """
        text = self.http.query.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
            raise errors.INVALID_PARAMETER(name=name, reason=reason, value=text[:100])
        return int(text)

    def flag(self, name: str) -> bool:
        """Whether this parameter of the query is ``true``.

        Raises Rejection: 400 for anything but ``true`` and ``false``.
        """
        value = self.http.query.get(name, "false")
        if value not in ("true", "false"):
            raise errors.INVALID_PARAMETER(["true", "false"], name=name, value=value[:100])
        return value == "true"

    def trim(self, default: Default) -> int | Default:
        """The query parameter ``trimBody``: how many bytes of each body are shown at most.

        Raises Rejection: 400 unless it is a number.
        """
        return self.number("trimBody", default, "use a number of bytes")

    def query(self, names: Collection[str] | None = None) -> Query:
        """The parameters of the query, or only those of these names.

        Raises Rejection: 400 for too many values.
        """
        raw = parse_qsl(self.http.rel_url.raw_query_string, keep_blank_values=True, errors="replace")
        return parse_query([pair for pair in raw if names is None or pair[0] in names])

    def tenant(self, name: str | None = None) -> Tenant:
        """The user of this name, or the one in ``?user=``, or the default one.

        Raises Rejection: 404 for an unknown name.
        """
        tenants = self.services.broker.tenants.all()
        name = name if name is not None else self.http.query.get("user", tenants[0].user.id)
        for tenant in tenants:
            if tenant.user.id == name:
                return tenant
        known = [one.user.id for one in tenants]
        raise errors.USER_NOT_FOUND(known, name=name[:100], known=", ".join(known))

    def tenants(self) -> list[Tenant]:
        """The user in ``?user=`` alone, or all users: ids are distinct among all of them.

        Raises Rejection: 404.
        """
        return [self.tenant()] if "user" in self.http.query else self.services.broker.tenants.all()

    def message(self) -> Message:
        """The message that the path names, of any user, or of ``?user=``.

        Raises Rejection: 404.
        """
        id = self.path("id")
        for tenant in self.tenants():
            if id in tenant.messages:
                return tenant.messages[id]
        raise errors.MESSAGE_NOT_FOUND(id=id[:200])

    def schedule(self) -> Schedule:
        """The schedule that the path names, of the user in ``?user=``.

        Raises Rejection: 404.
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
    running_ms, since_ms = round(call.running_s * 1_000), call.since_ms
    return filled(CallInFlight, call, running_ms=running_ms, since=since_ms, since_time=iso(since_ms))
