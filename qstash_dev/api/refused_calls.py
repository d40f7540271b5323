"""Refused API calls as they are kept for the developer: whose they are, and what they asked for.

Calls below ``/_dev/`` are not among them: they come from programs that control the server and look at its answers.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qs

from aiohttp import web

from qstash_dev.api.request import SERVICES, RefusedCall, Services
from qstash_dev.protocol.errors import Rejection
from qstash_dev.protocol.masking import without_credentials
from qstash_dev.protocol.tokens import bearer_of, credential, token_start
from qstash_dev.state.refusals import MAX_TEXT, Refusal
from qstash_dev.state.tenant import Tenant, Tenants

_MAX_PATH = 500
_MAX_METHOD = 32
_MAX_ID = 1_024
_MAX_EXPECTED = 20
_DEV = "/_dev"


class _Call(NamedTuple):
    """What is told of a call."""

    method: str
    target: str
    authorization: str | None = None
    query_token: str | None = None
    run_id: str = ""


def note_refused(request: web.Request, response: web.StreamResponse) -> None:
    """Keep a call that gets this error answer."""
    target = request.raw_path
    if _is_kept(target):
        unknown = Rejection(response.status, response.reason or "")
        rejection = response.rejection if isinstance(response, RefusedCall) else unknown
        headers = request.headers
        run_id = headers.get("Upstash-Workflow-RunId", rejection.run_id)
        query_token = request.query.get("qstash_token")
        call = _Call(request.method, target, headers.get("Authorization"), query_token, run_id)
        _note(request.config_dict[SERVICES], call, rejection)


def note_unread(services: Services, head: bytes, rejection: Rejection) -> None:
    """Keep a call that could not be read, of which there may be only the beginning of the head."""
    first, *lines = head.decode("utf-8", "replace").split("\r\n")
    method, _, target = first.partition(" ")
    if not (method.isascii() and method.isprintable() and target):
        method = target = ""
    target = target.partition(" ")[0]
    if _is_kept(target):
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        tokens = parse_qs(target.partition("?")[2][:_MAX_ID]).get("qstash_token", [None])
        run_id = headers.get("upstash-workflow-runid", "")
        _note(services, _Call(method, target, headers.get("authorization"), tokens[0], run_id), rejection)


def note_publish(tenant: Tenant, destination: str, rejection: Rejection, now_ms: int) -> None:
    """Keep a publish that the fast path has refused."""
    tenant.refusals.add(_refusal(_Call("POST", f"/v2/publish/{destination}"), rejection, now_ms, tenant.user.id))


def _is_kept(target: str) -> bool:
    path = target.partition("?")[0]
    return path != _DEV and not path.startswith(f"{_DEV}/")


def _note(services: Services, call: _Call, rejection: Rejection) -> None:
    tenants = services.broker.tenants
    refusal = _refusal(call, rejection, services.clock.now_ms(), "")
    tenant = _tenant(tenants, call)
    if tenant is not None:
        refusal.user_id = tenant.user.id
    else:
        refusal.credential = credential(call.authorization, call.query_token, tenants)
        refusal.token_start = token_start(call.authorization, call.query_token)
    (tenants.unknown if tenant is None else tenant.refusals).add(refusal)
    services.broker.refused_steps.refused(refusal)


def _tenant(tenants: Tenants, call: _Call) -> Tenant | None:
    given = (bearer_of(call.authorization), call.query_token)
    found = (tenants.of_token(token) for token in given if token is not None)
    return next((tenant for tenant in found if tenant is not None), None)


def _refusal(call: _Call, rejection: Rejection, now_ms: int, user_id: str) -> Refusal:
    has_reason = rejection.reason != rejection.text
    return Refusal(
        now_ms,
        user_id,
        call.method[:_MAX_METHOD],
        without_credentials(call.target, _MAX_PATH),
        rejection.status,
        without_credentials(rejection.text, MAX_TEXT),
        without_credentials(rejection.field, _MAX_PATH),
        without_credentials(rejection.reason, MAX_TEXT) if has_reason else "",
        tuple(one[:_MAX_ID] for one in rejection.expected[:_MAX_EXPECTED]),
        without_credentials(rejection.todo, MAX_TEXT),
        rejection.is_told,
        run_id=call.run_id[:_MAX_ID],
    )
