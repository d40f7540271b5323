"""Fixtures of the tests of the command line."""

from __future__ import annotations

from tests.delivery.conftest import serve as serve
