"""Fixtures of the tests of the documents."""

from __future__ import annotations

from tests.sdk.test_node import node as node
