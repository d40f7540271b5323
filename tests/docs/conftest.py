"""What the examples need to be run."""

from __future__ import annotations

import pytest

from tests.node import installed_node
from tests.sdk.test_node import NODE_TESTS


@pytest.fixture(scope="module")
def node() -> str:
    """The path of Node."""
    return installed_node(NODE_TESTS, "@upstash/qstash")
