"""Authentication by a bearer token or ``qstash_token`` (https://upstash.com/docs/qstash/api/authentication)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.protocol import errors
from qstash_dev.protocol.tokens import bearer_of, token_error
from qstash_dev.state.tenant import Tenant, Tenants


def tenant_of(request: web.Request, tenants: Tenants) -> Tenant:
    """The user whose token the request carries.

    Raises Rejection: 401 without a valid token; 403 for a read-only token
    (https://upstash.com/docs/qstash/howto/readonly-token) with a method other than GET and HEAD.
    """
    # A webhook that publishes may send a bearer token for the destination and its QStash token in the query.
    given = (bearer_token(request), request.query.get("qstash_token"))
    for token in given:
        if token is not None and (tenant := tenants.by_token.get(token)) is not None:
            return tenant
    for token in given:
        if token is not None and (tenant := tenants.by_read_only_token.get(token)) is not None:
            if request.method not in ("GET", "HEAD"):
                raise errors.READ_ONLY()
            return tenant
    refused = token_error(request.headers.get("Authorization"), request.query.get("qstash_token"), tenants)()
    raise refused.about("qstash_token") if "qstash_token" in request.query else refused


def bearer_token(request: web.Request) -> str | None:
    """The token of an ``Authorization: Bearer`` header, if there is one."""
    return bearer_of(request.headers.get("Authorization"))
