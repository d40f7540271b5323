"""Publications from requests: destination, options and body.

https://upstash.com/docs/qstash/api-reference/messages/publish-a-message
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote_plus

from qstash_dev.api.request import ApiRequest, own_url, read_body
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import destination_from_target, is_encoded, is_url
from qstash_dev.protocol.headers import canonical_name, option_pairs, parse_options, schedule_fields
from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.protocol.warning import percent_encoded_destination
from qstash_dev.protocol.wrong_address import is_own_path
from qstash_dev.state.tenant import Tenant, Tenants

Pair = tuple[str, str]


async def publication_from(request: ApiRequest, target: str) -> tuple[Publication, dict[str, str]]:
    """The publication in a request, and the headers that describe a schedule.

    ``target`` is the part of the raw request target after ``/v2/publish/`` or the like.

    Raises Rejection: 400 naming the destination or the header, 412 for a body beyond the quota.
    """
    if not target.partition("?")[0]:
        raise missing_destination(request)
    if is_own_path(target):
        raise errors.NESTED_PATH(destination=target[:200], url=own_url(request.http))
    headers = list(request.http.headers.items())
    destination, options, fields = parsed(request.broker.tenants, request.tenant, target, headers)
    limit = request.config.quota.max_message_bytes
    try:
        body = await read_body(request.http, limit)
    except errors.Rejection as rejection:
        if rejection.status != errors.BODY_TOO_LARGE.status:
            raise
        raise errors.QUOTA_EXCEEDED(name="maxMessageSize", limit=limit, field="body") from None
    return Publication(destination, body, options, request.http.remote or ""), fields


def parsed(
    tenants: Tenants, tenant: Tenant, target: str, headers: Sequence[Pair]
) -> tuple[str, DeliveryOptions, dict[str, str]]:
    """Destination and options of a publish, and the headers that describe a schedule.

    Raises Rejection: 400 naming the destination or the header.
    """
    raw_path, _, raw_query = target.partition("?")
    query_options, own_query = split_query(raw_query)
    destination = destination_from_target(raw_path, own_query)
    # A header that is not forwarded overrides no query parameter and no default of a URL group.
    given = option_pairs(query_options, without_tokens(tenants, headers))
    pairs = without_tokens(tenants, defaulted := with_group_defaults(tenant, destination, given))
    options, fields = options_telling(tenants, pairs, [*headers, *defaulted]), schedule_fields(pairs)
    if options.queue_name is not None and not fields:
        # A schedule may delay what it puts into a queue.
        options = options.into_queue(options.queue_name)
    if is_url(destination) and is_encoded(raw_path):
        options = options._replace(warnings=(*options.warnings, percent_encoded_destination(destination)))
    return destination, options, fields


def with_group_defaults(tenant: Tenant, destination: str, pairs: Sequence[Pair]) -> Sequence[Pair]:
    """The headers of a publish with the default headers of its URL group, which they override."""
    group = tenant.url_groups.get(destination)
    return pairs if group is None else option_pairs(group.default_headers, pairs)


def incoming_headers(request: ApiRequest) -> Sequence[Pair]:
    """The headers of a request, without those that would forward a token of this server."""
    return without_tokens(request.broker.tenants, list(request.http.headers.items()))


def without_tokens(tenants: Tenants, pairs: Sequence[Pair]) -> Sequence[Pair]:
    """The headers without those that would forward a token of this server to a destination: with it, a destination
    could call this server."""
    return [pair for pair in pairs if not (tenants.has_token(pair[1]) and _may_be_forwarded(pair[0]))]


def options_telling(tenants: Tenants, pairs: Sequence[Pair], given: Sequence[Pair]) -> DeliveryOptions:
    """The options in ``pairs``, which also tell what :func:`without_tokens` has removed of ``given``.

    Raises Rejection: 400 naming the header.
    """
    options = parse_options(pairs)
    # The header Authorization is that of the call itself.
    lost = {name.lower(): name for name, value in given if tenants.has_token(value) and _may_be_forwarded(name)}
    lost.pop("authorization", None)
    if not any(name.lower() == "upstash-header-forward" for name, _ in given if lost):
        lost = {lowered: name for lowered, name in lost.items() if lowered.startswith("upstash-")}
    dropped = tuple((canonical_name(name), "it has a token of this server") for name in lost.values())
    return options._replace(dropped=options.dropped + dropped) if dropped else options


def _may_be_forwarded(name: str) -> bool:
    lowered = name.lower()
    return not lowered.startswith("upstash-") or "forward-" in lowered


def split_query(raw_query: str) -> tuple[list[Pair], str]:
    """Split a raw query into ``upstash-*`` options and the query of the destination, whose bytes are not changed."""
    if not raw_query:
        return [], ""
    options: list[Pair] = []
    kept = []
    for part in raw_query.split("&"):
        name, _, value = part.partition("=")
        lowered = unquote_plus(name).lower()
        if lowered.startswith("upstash-"):
            # Bytes that are not UTF-8 are kept, as those of a header are.
            options.append((lowered, unquote_plus(value, errors="surrogateescape")))
        elif lowered != "qstash_token":
            kept.append(part)
    return options, "&".join(kept)


def missing_destination(request: ApiRequest) -> errors.Rejection:
    path = request.http.path.rstrip("/")[:200]
    queue = "/my-queue" if path.endswith("/enqueue") else ""
    return errors.MISSING_DESTINATION(example=f"POST {path}{queue}/https://example.com/api")
