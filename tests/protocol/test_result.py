"""The result of a delivery attempt."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.result import Responded, Unreachable


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_success(status: int) -> None:
    assert Responded(status, (), b"", 1).succeeded


@pytest.mark.parametrize("status", [100, 199, 300, 301, 304, 400, 404, 429, 489, 500, 503, 599])
def test_any_other_status_is_a_failure_and_says_which(status: int) -> None:
    result = Responded(status, (), b"", 1)
    assert not result.succeeded
    assert result.error == f"HTTP status {status}"


def test_an_answer_with_a_fault_is_a_failure_whatever_its_status() -> None:
    result = Responded(200, (), b"", 1, fault="the body is too large")
    assert not result.succeeded
    assert result.error == "the body is too large"


def test_no_answer_is_a_failure() -> None:
    assert not Unreachable("connection refused", 1, FailureReason.CONNECTION_REFUSED).succeeded
