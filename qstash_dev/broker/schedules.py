"""Creating, pausing and firing schedules (https://upstash.com/docs/qstash/features/schedules)."""

from __future__ import annotations

from qstash_dev.broker.publish import Publisher
from qstash_dev.broker.timers import Timers
from qstash_dev.config import Quota
from qstash_dev.protocol import errors
from qstash_dev.protocol.cron import Cron
from qstash_dev.protocol.masking import without_credentials
from qstash_dev.protocol.publication import Publication
from qstash_dev.state.message import Message
from qstash_dev.state.refusals import BY_SCHEDULE, Refusal
from qstash_dev.state.schedule import Schedule
from qstash_dev.state.tenant import Tenant

_NEVER_MS = 1 << 62
_MAX_TEXT = 1_000


class Schedules:
    """Changes to schedules, and the publishes at their times."""

    def __init__(self, timers: Timers, publisher: Publisher, quota: Quota) -> None:
        self._timers = timers
        self._publisher = publisher
        self._quota = quota

    def put(self, tenant: Tenant, id: str, cron: Cron, publication: Publication, now_ms: int) -> Schedule:
        """Create a schedule, or replace the one with this id.

        A paused schedule stays paused, because applications create their schedules again at every start.

        Raises Rejection: 404 for an unknown URL group, 412 beyond the quota.
        """
        old = tenant.schedules.get(id)
        if old is None and len(tenant.schedules) >= self._quota.max_schedules:
            raise errors.QUOTA_EXCEEDED(name="maxSchedules", limit=self._quota.max_schedules, field="")
        # The publishes of one schedule are not duplicates of each other.
        options = publication.options._replace(deduplication_id=None, content_based_deduplication=False)
        template = publication._replace(options=options, schedule_id=id)
        self._publisher.check(tenant, [template], now_ms)
        if old is not None:
            self._timers.cancel(old.timer)
        schedule = Schedule(id, cron, template, now_ms, _NEVER_MS)
        if old is not None:
            schedule.paused, schedule.paused_ms = old.paused, old.paused_ms
        tenant.put_schedule(schedule)
        self._arm(tenant, schedule, now_ms)
        return schedule

    def delete(self, tenant: Tenant, schedule: Schedule) -> None:
        """Remove a schedule, but not the messages that it has created."""
        self._timers.cancel(schedule.timer)
        tenant.remove_schedule(schedule.id)

    def pause(self, schedule: Schedule, paused: bool, now_ms: int) -> None:
        """Skip the fire times from now on, or stop skipping them. Skipped publishes are not repeated later."""
        if paused and not schedule.paused:
            schedule.paused_ms = now_ms
        schedule.paused = paused

    def trigger(self, tenant: Tenant, schedule: Schedule, now_ms: int) -> list[Message]:
        """Publish one run now, even of a paused schedule; the time of the next one stays as it is.

        Raises:
            Rejection: 409 if it cannot publish now.
        """
        self.fire(tenant, schedule, now_ms)
        if schedule.error is not None:
            raise errors.DID_NOT_FIRE(id=schedule.id, reason=schedule.error)
        return schedule.last_messages

    def fire(self, tenant: Tenant, schedule: Schedule, now_ms: int) -> None:
        """Publish once. A publish that is refused is kept as ``schedule.error``, and among the refused calls."""
        schedule.last_ms = now_ms
        try:
            self._publisher.check(tenant, [schedule.publication], now_ms)
        except errors.Rejection as rejection:
            schedule.error, schedule.error_todo = rejection.text, rejection.todo
            tenant.refusals.add(_refusal(tenant, schedule, rejection, now_ms))
            return
        schedule.error = None
        receipts = self._publisher.publish(tenant, schedule.publication, now_ms)
        schedule.last_messages = [tenant.messages[receipt.message_id] for receipt in receipts]

    def _due(self, item: tuple[Tenant, Schedule], now_ms: int) -> None:
        tenant, schedule = item
        schedule.timer = 0
        if not schedule.paused:
            self.fire(tenant, schedule, now_ms)
        self._arm(tenant, schedule, now_ms)

    def _arm(self, tenant: Tenant, schedule: Schedule, now_ms: int) -> None:
        # From now, not from the last fire time: a laptop that has slept does not publish what it missed.
        next_ms = schedule.cron.next_fire_ms(now_ms)
        if next_ms is not None:
            schedule.next_ms = next_ms
            schedule.timer = self._timers.at(next_ms, self._due, (tenant, schedule), recurring=True)


def _refusal(tenant: Tenant, schedule: Schedule, rejection: errors.Rejection, now_ms: int) -> Refusal:
    """The publish of a schedule as a call that was refused: no caller gets its error."""
    text, todo = (without_credentials(one, _MAX_TEXT) for one in (rejection.text, rejection.todo))
    return Refusal(
        now_ms,
        tenant.user.id,
        BY_SCHEDULE,
        schedule.id,
        rejection.status,
        text,
        rejection.field,
        todo=todo,
        is_told=rejection.is_told,
    )
