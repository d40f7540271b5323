"""Fixtures with a broker that the test drives."""

from __future__ import annotations

import pytest

from qstash_dev.broker.broker import Broker
from qstash_dev.clock import FrozenClock
from qstash_dev.state.tenant import Tenant
from tests.broker.flow import Flow
from tests.broker.world import World


@pytest.fixture
def world(broker: Broker, tenant: Tenant, clock: FrozenClock) -> World:
    return World(broker, tenant, clock)


@pytest.fixture
def flow(broker: Broker, tenant: Tenant, clock: FrozenClock) -> Flow:
    return Flow(broker, tenant, clock)
