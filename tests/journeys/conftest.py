"""A check after every story: no message occupies or waits for a place."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from qstash_dev.server import Server


@pytest.fixture(autouse=True)
async def every_gate_is_empty_at_the_end(server: Server) -> AsyncIterator[None]:
    yield
    await server.travel.run_all()
    broker = server.broker
    assert (
        len(list(broker.admission.ready_messages())),
        broker.timers.one_time_count,
        server.dispatcher.in_flight,
    ) == (0, 0, 0)
    for tenant in broker.tenants.all():
        assert tenant.pending_bytes == sum(schedule.weight for schedule in tenant.schedules.values())
        assert [message.id for message in tenant.messages.values() if not message.ended] == []
        assert [queue.name for queue in tenant.queues.values() if queue.in_use or queue.lag] == []
        keys = tenant.flow_controls.values()
        assert [key.key for key in keys if key.in_flight or key.waiting or key.members] == []
