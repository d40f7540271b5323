"""Flow control keys: pausing, pinning and resetting them (QStash docs, features/flowcontrol)."""

from __future__ import annotations

from qstash_dev.broker.admission import Admission
from qstash_dev.broker.publish import Publisher
from qstash_dev.state.flow_control import FlowControl
from qstash_dev.state.tenant import FLOW_CONTROL_BYTES, Tenant


class FlowControlKeys:
    """Changes to a flow control key that may let messages go on. A key that is paused or pinned may be new."""

    def __init__(self, admission: Admission, publisher: Publisher) -> None:
        self._admission = admission
        self._publisher = publisher

    def pause(self, tenant: Tenant, key: str) -> None:
        """Let no message of the key begin; calls in flight finish.

        Raises:
            Rejection: 412 without room for a new key.
        """
        self._kept(tenant, key).paused = True

    def resume(self, flow_control: FlowControl, now_ms: int) -> None:
        """Let messages of the key begin again."""
        flow_control.paused = False
        self._admission.drain_flow_control(flow_control, now_ms)

    def pin(
        self,
        tenant: Tenant,
        key: str,
        parallelism: int | None,
        rate: int | None,
        period_s: int | None,
        now_ms: int,
    ) -> None:
        """Hold the key to these limits, whatever messages say; ``None`` leaves a limit as it is.

        Raises:
            Rejection: 412 without room for a new key.
        """
        flow_control = self._kept(tenant, key)
        flow_control.pin(parallelism, rate, period_s, now_ms)
        self._admission.drain_flow_control(flow_control, now_ms)

    def unpin(self, flow_control: FlowControl, *, parallelism: bool, rate: bool) -> None:
        """Let messages bring other limits again; until one does, the values stay."""
        flow_control.pinned_parallelism &= not parallelism
        flow_control.pinned_rate &= not rate

    def reset_rate(self, flow_control: FlowControl, now_ms: int) -> None:
        """Let a new period begin."""
        flow_control.reset_rate(now_ms)
        self._admission.drain_flow_control(flow_control, now_ms)

    def _kept(self, tenant: Tenant, key: str) -> FlowControl:
        """The key, made if it is new: it is not forgotten until it is resumed and unpinned."""
        if key not in tenant.flow_controls:
            self._publisher.check_room(tenant, FLOW_CONTROL_BYTES + len(key))
        return tenant.flow_control(key)
