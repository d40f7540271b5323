"""Fixtures for the examples."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.docs.stage import Stage, open_stage
from tests.node import installed_node
from tests.plugin.conftest import run as run
from tests.sdk.test_node import NODE_TESTS


@pytest.fixture(scope="module")
def node() -> str:
    """The path of Node."""
    return installed_node(NODE_TESTS, "@upstash/qstash")


@pytest.fixture(scope="module")
def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest.fixture
def stage(shared_stage: Stage) -> Stage:
    """A server that remembers nothing, for the examples."""
    shared_stage.clear()
    return shared_stage
