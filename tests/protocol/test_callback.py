"""The body of a callback."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from qstash_dev.protocol.callback import callback_body, header_map
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.result import DeliveryResult, Responded, Unreachable

OPTIONS = parse_options([("Upstash-Method", "PUT"), ("Upstash-Retries", "2"), ("Upstash-Forward-My-Header", "1")])
ORIGINAL = Publication("https://example.com/hook", b"\xffquestion", OPTIONS)
SOURCE = {"retried": 0, "sourceMessageId": "msg_1", "url": ORIGINAL.destination, "notBefore": 5, "createdAt": 5}
ANSWER = Responded(201, (("X-A", "1"), ("Content-Type", "text/plain"), ("X-A", "2")), b"\x00answer", 7)


def report(result: DeliveryResult, publication: Publication = ORIGINAL, **source: object) -> dict[str, Any]:
    return dict(json.loads(callback_body(publication, result, SOURCE | source)))


def test_the_report_on_an_answer() -> None:
    assert report(ANSWER) == {
        "status": 201,
        "header": {"X-A": ["1", "2"], "Content-Type": ["text/plain"]},
        "body": base64.b64encode(b"\x00answer").decode(),
        "retried": 0,
        "maxRetries": 2,
        "sourceMessageId": "msg_1",
        "url": "https://example.com/hook",
        "method": "PUT",
        "notBefore": 5,
        "createdAt": 5,
        "sourceHeader": {"My-Header": ["1"]},
        "sourceBody": base64.b64encode(b"\xffquestion").decode(),
    }


def test_the_report_on_no_answer_has_the_status_minus_one_and_says_why() -> None:
    told = report(Unreachable("connection refused", 1, FailureReason.CONNECTION_REFUSED))
    assert (told["status"], told["header"], told["body"]) == (-1, {}, "")
    assert told["error"] == "connection refused"
    assert "error" not in report(ANSWER)


@pytest.mark.parametrize("name", ["dlqId", "topicName", "endpointName", "scheduleId"])
def test_what_does_not_apply_is_left_out(name: str) -> None:
    assert name not in report(ANSWER)
    assert report(ANSWER, **{name: "value"})[name] == "value"


def test_the_address_of_the_publisher_is_told_if_known() -> None:
    assert "callerIP" not in report(ANSWER)
    assert report(ANSWER, ORIGINAL._replace(caller_ip="10.0.0.1"))["callerIP"] == "10.0.0.1"


def test_header_values_are_arrays_in_their_order() -> None:
    assert header_map((("B", "2"), ("A", "1"), ("B", "1"))) == {"B": ["2", "1"], "A": ["1"]}
    assert header_map(()) == {}
    assert header_map((("A", "gr\udcfc\udcdfe"),)) == {"A": ["grüße"]}
