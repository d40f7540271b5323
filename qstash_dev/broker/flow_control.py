"""Pausing, pinning and resetting flow control keys (https://upstash.com/docs/qstash/features/flowcontrol)."""

from __future__ import annotations

from qstash_dev.broker.admission import Admission
from qstash_dev.broker.publish import Publisher
from qstash_dev.state.flow_control import FlowControl
from qstash_dev.state.tenant import FLOW_CONTROL_BYTES, Tenant


class FlowControlKeys:
    """Changes to flow control keys. Pausing or pinning a key creates it if it is new."""

    def __init__(self, admission: Admission, publisher: Publisher) -> None:
        self._admission = admission
        self._publisher = publisher

    def pause(self, tenant: Tenant, key: str, now_ms: int) -> None:
        """Start no more deliveries with this key. Those in flight go on.

        Raises Rejection: 412 without room for a new key.
        """
        flow_control = self._get_or_create(tenant, key)
        if not flow_control.paused:
            flow_control.paused, flow_control.paused_ms = True, now_ms

    def resume(self, flow_control: FlowControl, now_ms: int) -> None:
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
        """Set the limits of the key and ignore those of messages; ``None`` keeps a limit.

        Raises Rejection: 412 without room for a new key.
        """
        flow_control = self._get_or_create(tenant, key)
        flow_control.pin(parallelism, rate, period_s, now_ms)
        self._admission.drain_flow_control(flow_control, now_ms)

    def unpin(self, flow_control: FlowControl, *, parallelism: bool, rate: bool) -> None:
        """Use the limits of the next message again. Until then the values stay."""
        flow_control.pinned_parallelism &= not parallelism
        flow_control.pinned_rate &= not rate

    def reset_rate(self, flow_control: FlowControl, now_ms: int) -> None:
        flow_control.reset_rate(now_ms)
        self._admission.drain_flow_control(flow_control, now_ms)

    def _get_or_create(self, tenant: Tenant, key: str) -> FlowControl:
        if key not in tenant.flow_controls:
            self._publisher.check_room(tenant, FLOW_CONTROL_BYTES + len(key))
        return tenant.flow_control(key)
