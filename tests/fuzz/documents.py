"""JSON and tokens from clients: scripts of inboxes, workflow steps, fields of the Dev API."""

from __future__ import annotations

import json
import math
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import jwt
import msgspec
from hypothesis import strategies as st
from msgspec.structs import astuple

from qstash_dev.api.dev.inbox_requests import shown_answer
from qstash_dev.api.request import header_pairs
from qstash_dev.api.shapes import dev_clock, dev_inboxes, dev_messages, dev_parts
from qstash_dev.api.shapes.fields import Shape
from qstash_dev.api.v2.bulk import combined
from qstash_dev.dev.arguments import read
from qstash_dev.dev.fault_fields import parse_fault
from qstash_dev.dev.inboxes import Captured
from qstash_dev.protocol import claims, script, step
from qstash_dev.protocol.errors import Rejection
from qstash_dev.protocol.filters import Query
from qstash_dev.protocol.publication import DeliveryOptions
from qstash_dev.testing.received import Received
from tests.fuzz.target import DIGITS, ODD_TEXT, Target, json_values, refusal
from tests.fuzz.texts import NOW_MS

_KEY = "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r"


def scripts(entries: list[Any]) -> None:
    """An accepted script can be shown, and means the same when it is set again."""
    try:
        answers = script.parse_script(entries)
    except script.WrongAnswer as error:
        refusal(error)
        return
    for answer in answers:
        assert script.parse_answer(msgspec.to_builtins(shown_answer(answer))) == answer


def steps(body: bytes) -> None:
    """An accepted step can be delivered, resumed and returned."""
    try:
        read = step.parse_step(body)
    except ValueError as error:
        return refusal(error)
    assert read.number >= 0
    assert read.concurrent >= 1
    assert step.due_ms(read, DeliveryOptions(delay_ms=1_000), NOW_MS) >= NOW_MS
    json.loads(step.raw_step("msg_1", body, "step"))
    for made in (
        step.wait_result(read.fields, "event", "7d", None),
        step.invoke_result(read.fields, "text", cancelled=False, failed=True),
    ):
        json.loads(made)
    return None


def dev_fields(given: dict[str, Any]) -> None:
    """Fields of the control API are in their bounds, or refused."""
    shapes: list[type[Shape]] = [dev_clock.ClockRun, dev_clock.Advance, dev_clock.RunAll, dev_inboxes.InboxWait]
    shapes += [dev_messages.Replay, dev_messages.Reset, dev_parts.Mapping]
    known = [{name: given[name] for name in shape.__struct_encode_fields__ if name in given} for shape in shapes]
    reads: list[Callable[[], object]] = [
        *(
            lambda kept=kept, shape=shape: astuple(read(kept, shape))
            for kept, shape in zip(known, shapes, strict=True)
        ),
        lambda: parse_fault(given),
        lambda: header_pairs(given.get("headers")),
        lambda: combined(Query({}), given, ("label", "messageIds"), "messageIds"),
    ]
    for one in reads:
        try:
            values = one()
        except Rejection as error:
            refusal(error)
        else:
            assert all(math.isfinite(value) for value in values if isinstance(value, float))


def tokens(token: str) -> None:
    """Whatever came as a signature is explained."""
    made, fault = claims.check_signature(token, [_KEY], "http://a", b"body")
    assert fault or made["sub"] == "http://a"
    try:
        checked = claims.checks(token, {"current": _KEY}, "http://a", b"body", NOW_MS // 1_000)
    except ValueError as error:
        return refusal(error)
    assert all(isinstance(check.value, str) and check.text for check in checked)


def _signed(payload: Any) -> str:
    # By hand, because the library refuses to sign what it refuses to read.
    head, body = (urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "HS256"}, payload))
    signed = head + b"." + body
    mac = jwt.api_jws.PyJWS().get_algorithm_by_name("HS256").sign(signed, _KEY.encode())
    return (signed + b"." + urlsafe_b64encode(mac).rstrip(b"=")).decode()


def _unsigned(head: str, body: str) -> str:
    return ".".join(urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in (head, body, "mac"))


_CLAIMS = ("iss", "sub", "exp", "nbf", "iat", "body", "jti")
_SUBMITTED = (
    "stepId",
    "stepName",
    "stepType",
    "concurrent",
    "targetStep",
    "out",
    "sleepFor",
    "sleepUntil",
    "waitEventId",
)
_DEV_FIELDS = (
    "timeout",
    "maxSteps",
    "by",
    "to",
    "match",
    "status",
    "error",
    "latency",
    "times",
    "seed",
    "probability",
)


def _some(names: tuple[str, ...], values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), values, max_size=len(names))


_ANSWERS = st.one_of(
    json_values(*script.FIELDS),
    _some(script.FIELDS, json_values() | st.sampled_from([200, 204, 503, "0.5s", {"X-A": "b"}, "YQ==", True])),
    st.integers(190, 610),
)
_PLAIN_STEP = {"stepId": 1, "stepName": "a", "stepType": "Run", "concurrent": 1}
_STEPS = st.one_of(
    json_values(*_SUBMITTED),
    _some(_SUBMITTED, json_values()).map(lambda given: _PLAIN_STEP | given),
).map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
_GOOD_CLAIMS = {"iss": "Upstash", "sub": "http://a", "exp": 2**33, "nbf": 0, "iat": 0, "body": "", "jti": "1"}
_TOKENS = st.one_of(
    ODD_TEXT,
    _some(_CLAIMS, json_values()).map(lambda given: _signed(_GOOD_CLAIMS | given)),
    st.sampled_from([400, 990, 5_000]).map(lambda depth: _unsigned("[" * depth, "{}")),
    st.sampled_from([400, 990, 5_000]).map(lambda depth: _unsigned('{"alg":"HS256"}', '{"iss":' * depth)),
    st.sampled_from(
        ['{"alg":"HS256"}', '{"alg":1}', "[]", "{}", "1", '{"alg":"none"}', "\ud800"[:0], '{"crit":[1]}']
    ).map(lambda head: _unsigned(head, '{"iss":"Upstash"}')),
)


def received(captured: Captured) -> None:
    """Whatever an inbox has caught can be looked at."""
    request = Received(captured)
    assert request.retried >= 0
    assert request.path
    assert repr(request)
    assert request.callback is None or isinstance(request.callback.body, bytes)


def _captured(target: str, retried: str, body: bytes) -> Captured:
    return Captured(NOW_MS, "POST", target, (("Upstash-Retried", retried),), body, None, {})


_REPORT = {
    "status": 1,
    "body": "YQ==",
    "header": {},
    "url": "",
    "sourceMessageId": "1",
    "sourceBody": "",
    "retried": 0,
}
_REPORTS = _some((*_REPORT, "maxRetries"), json_values()).map(lambda given: _REPORT | {"maxRetries": 1} | given)
_CAPTURED = st.builds(
    _captured,
    st.lists(st.sampled_from(["/", "//", "?", "[", "]", ":", "a", "#", "%"]) | ODD_TEXT).map("".join),
    st.sampled_from(DIGITS) | ODD_TEXT,
    st.binary(max_size=20) | _REPORTS.map(lambda report: json.dumps(report).encode()),
)

TARGETS: list[Target] = [
    Target("scripts of inboxes", scripts, st.lists(_ANSWERS, min_size=1, max_size=4)),
    Target("steps of workflows", steps, _STEPS | st.binary(max_size=20)),
    Target("fields of the control API", dev_fields, _some((*_DEV_FIELDS, "headers", "ids"), json_values("X-A"))),
    Target("requests that inboxes caught", received, _CAPTURED),
    Target("signatures", tokens, _TOKENS),
]
