"""Verdicts: why things are as they are (``GET /_dev/verdicts/{kind}/{id}``)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import reply
from qstash_dev.api.shapes import dev_verdicts as shapes
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.explain.moment import Moment
from qstash_dev.explain.verdict import SubjectKind
from qstash_dev.explain.why import Explained, found, why
from qstash_dev.protocol import errors

_KINDS = [kind.value for kind in SubjectKind]


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/verdicts/{kind}/{id}``: why a thing is as it is, what comes next, and what would unblock it."""
    name, id = request.path("kind"), request.path("id")
    if name not in _KINDS:
        raise errors.INVALID_PARAMETER(_KINDS, name="kind", value=name[:100])
    kind = SubjectKind(name)
    thing = next((one for tenant in request.tenants() if (one := found(tenant, kind, id)) is not None), None)
    if thing is None:
        raise errors.NOTHING_TO_EXPLAIN(kind=name, id=id[:200])
    return reply(verdict_on(thing, request.services.travel.calls.moment()))


def verdict_on(thing: Explained, moment: Moment) -> shapes.Verdict:
    """The verdict on a thing, as JSON."""
    told = why(thing, moment)
    return shapes.Verdict(
        shapes.Subject(*told.about),
        told.reason,
        told.sentence,
        told.todo or UNSET,
        UNSET if told.next_ms is None else told.next_ms,
        UNSET if told.blocker is None else shapes.Blocker(*told.blocker),
    )
