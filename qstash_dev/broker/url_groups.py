"""Creating, changing and deleting URL groups (https://upstash.com/docs/qstash/features/url-groups)."""

from __future__ import annotations

from collections.abc import Sequence

from qstash_dev.broker.publish import Publisher
from qstash_dev.config import Quota
from qstash_dev.protocol import errors
from qstash_dev.protocol.publication import Headers
from qstash_dev.protocol.weight import pairs_weight
from qstash_dev.state.tenant import Tenant
from qstash_dev.state.url_group import Endpoint, UrlGroup, endpoint_weight

EndpointKey = tuple[str | None, str | None]
"""The name and URL of an endpoint to remove; one of them may be ``None``."""


class UrlGroups:
    """Changes to URL groups."""

    def __init__(self, publisher: Publisher, quota: Quota) -> None:
        self._publisher = publisher
        self._quota = quota

    def upsert(self, tenant: Tenant, name: str, endpoints: Sequence[Endpoint], now_ms: int) -> None:
        """Add endpoints, or replace those with the same names. The group is created if it is new.

        https://upstash.com/docs/qstash/api-reference/url-groups/upsert-url-group-and-endpoint

        Raises Rejection: 412 beyond the plan's number of groups or endpoints, or without room.
        """
        groups = tenant.url_groups
        self._check_count(len(endpoints))
        if name not in groups and len(groups) >= self._quota.max_url_groups:
            raise errors.QUOTA_EXCEEDED(name="maxTopics", limit=self._quota.max_url_groups, field="")
        self._publisher.check_room(tenant, sum(map(endpoint_weight, endpoints)))
        group = groups.get(name) or UrlGroup(name, now_ms, now_ms)
        before = list(group.endpoints)
        for endpoint in endpoints:
            group.upsert(endpoint)
        try:
            self._check_count(len(group.endpoints))
        except errors.Rejection:
            group.endpoints = before
            raise
        self._changed(tenant, group, now_ms)

    def remove(self, tenant: Tenant, group: UrlGroup, endpoints: Sequence[EndpointKey], now_ms: int) -> None:
        """Remove endpoints, and the group with its last one."""
        group.remove(endpoints)
        self._changed(tenant, group, now_ms)
        if not group.endpoints:
            tenant.remove_url_group(group.name)

    def set_default_headers(self, tenant: Tenant, group: UrlGroup, headers: Headers, now_ms: int) -> None:
        """Add these headers to each publish to the group that has no headers of the same name.

        Raises Rejection: 412 without room.
        """
        self._publisher.check_room(tenant, pairs_weight(headers))
        group.default_headers = headers
        self._changed(tenant, group, now_ms)

    def delete(self, tenant: Tenant, name: str) -> None:
        """Remove a group, if there is one with this name, but not the messages to its endpoints."""
        tenant.remove_url_group(name)

    def _changed(self, tenant: Tenant, group: UrlGroup, now_ms: int) -> None:
        group.updated_ms = now_ms
        tenant.put_url_group(group)

    def _check_count(self, endpoints: int) -> None:
        limit = self._quota.max_endpoints_per_group
        if endpoints > limit:
            raise errors.QUOTA_EXCEEDED(name="maxEndpointsPerTopic", limit=limit, field="endpoints")
