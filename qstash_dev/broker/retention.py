"""The retention of events and dead letters in each plan (https://upstash.com/docs/qstash/features/dlq)."""

from __future__ import annotations

from qstash_dev.config import Quota
from qstash_dev.state.tenant import Tenant


class Expiry:
    """Removes what is too old. The collections limit their number of entries themselves."""

    def __init__(self, quota: Quota) -> None:
        self._log_ms = quota.log_retention_s * 1_000
        self._dead_letters_ms = quota.dlq_retention_s * 1_000

    def expire(self, tenant: Tenant, now_ms: int, most: int | None = None) -> bool:
        """Remove at most ``most`` events and letters beyond their retention; returns whether more may be left."""
        events = tenant.log.expire(now_ms - self._log_ms, most)
        letters = tenant.dead_letters.expire(now_ms - self._dead_letters_ms, most)
        return most is not None and max(events, letters) == most
