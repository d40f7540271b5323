"""What is forgotten because it is too old for the plan (QStash docs, features/dlq)."""

from __future__ import annotations

from qstash_dev.config import Quota
from qstash_dev.state.tenant import Tenant


class Expiry:
    """Goes by time; how many entries are kept is the business of the collections themselves."""

    def __init__(self, quota: Quota) -> None:
        self._log_ms = quota.log_retention_s * 1_000
        self._dead_letters_ms = quota.dlq_retention_s * 1_000

    def expire(self, tenant: Tenant, now_ms: int, most: int | None = None) -> bool:
        """Forget the user's events and dead letters that are beyond their retention, all of them or so many of each;
        whether there may be more."""
        events = tenant.log.expire(now_ms - self._log_ms, most)
        letters = tenant.dead_letters.expire(now_ms - self._dead_letters_ms, most)
        return most is not None and max(events, letters) == most
