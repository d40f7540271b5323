"""Creating, pausing and deleting queues (https://upstash.com/docs/qstash/features/queues)."""

from __future__ import annotations

from qstash_dev.broker.admission import Admission
from qstash_dev.broker.publish import check_queue_count, queue_named
from qstash_dev.config import Quota
from qstash_dev.protocol import errors
from qstash_dev.state.queue import Queue
from qstash_dev.state.tenant import Tenant


class Queues:
    """Changes to queues. After each change, the messages that may be delivered now go on."""

    def __init__(self, admission: Admission, quota: Quota) -> None:
        self._admission = admission
        self._quota = quota

    def upsert(self, tenant: Tenant, name: str, parallelism: int | None, paused: bool | None, now_ms: int) -> None:
        """Create or change a queue. ``None`` keeps a value; a new queue has parallelism 1 and is not paused.

        Raises Rejection: 412 beyond the plan's number of queues or parallelism.
        """
        if parallelism is not None and parallelism > self._quota.max_queue_parallelism:
            limit = self._quota.max_queue_parallelism
            raise errors.QUOTA_EXCEEDED(name="maxParallelism", limit=limit, field="parallelism")
        check_queue_count(tenant, {name}, self._quota)
        queue = queue_named(tenant, name, now_ms)
        queue.parallelism = parallelism or queue.parallelism
        if paused is not None:
            _set_paused(queue, paused, now_ms)
        queue.updated_ms = now_ms
        self._admission.drain_queue(queue, now_ms)

    def pause(self, queue: Queue, paused: bool, now_ms: int) -> None:
        """Start no more deliveries of the queue, or start them again."""
        if queue.paused is not paused:
            _set_paused(queue, paused, now_ms)
            queue.updated_ms = now_ms
        self._admission.drain_queue(queue, now_ms)

    def delete(self, tenant: Tenant, name: str) -> Queue | None:
        """Remove and return the queue, if there is one. The caller cancels its messages."""
        return tenant.queues.pop(name, None)


def _set_paused(queue: Queue, paused: bool, now_ms: int) -> None:
    if paused and not queue.paused:
        queue.paused_ms = now_ms
    queue.paused = paused
