"""API calls that were refused (``/_dev/refusals``)."""

from __future__ import annotations

from heapq import merge
from itertools import islice

from aiohttp import web

from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import encoded, reply
from qstash_dev.api.shapes import dev_refusals as shapes
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.state.refusals import UNKNOWN_USER, Refusal, Refusals

MAX_COUNT = 1_000
_COUNT = 100


async def list_all(request: DevRequest) -> web.Response:
    """``GET /_dev/refusals``: API calls that were refused, those with the latest calls first."""
    lists = _lists(request)
    limit = min(request.number("limit", _COUNT), MAX_COUNT)
    newest = merge(*(one.newest_first() for one in lists), key=lambda refusal: -refusal.last_ms)
    return reply(shapes.RefusalList([shown_refusal(one) for one in islice(newest, limit)], sum(map(len, lists))))


async def delete_all(request: DevRequest) -> web.Response:
    """``DELETE /_dev/refusals``: forget the API calls that were refused."""
    return reply(shapes.DeletedRefusals(sum([one.clear() for one in _lists(request)])))


def shown_refusal(refusal: Refusal) -> shapes.Refusal:
    """A refused call as JSON."""
    return shapes.Refusal(
        seq=refusal.seq,
        user=refusal.user_id or UNKNOWN_USER,
        time=refusal.time_ms,
        last_time=refusal.last_ms,
        count=refusal.count,
        method=refusal.method,
        path=refusal.path,
        status=refusal.status,
        error=refusal.text,
        field=refusal.field or UNSET,
        reason=refusal.reason or UNSET,
        expected=list(refusal.expected) or UNSET,
        todo=refusal.todo or UNSET,
        credential=UNSET if refusal.credential is None else refusal.credential,
        token_start=refusal.token_start or UNSET,
        workflow_run_id=refusal.run_id or UNSET,
    )


def refusal_event(refusal: Refusal) -> bytes:
    """A refused call as an event of a stream. It has no id, since it is no event of the log."""
    return b"event: refusal\ndata: %s\n\n" % encoded(shown_refusal(refusal))


def _lists(request: DevRequest) -> list[Refusals]:
    """The calls of the user in the query, or all."""
    tenants = request.services.broker.tenants
    if request.http.query.get("user") == UNKNOWN_USER:
        return [tenants.unknown]
    return [request.tenant().refusals] if "user" in request.http.query else tenants.all_refusals()
