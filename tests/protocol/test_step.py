"""Workflow steps as they are submitted, stored and delivered."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.step import Step, due_ms, invoke_result, parse_step, raw_step, step_of, wait_result
from tests.conftest import NOON_MS
from tests.protocol.properties import PROPERTY

NOON_S = NOON_MS // 1_000
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters())),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=12,
)
# Two halves of a surrogate pair side by side are one character to JSON.
TEXT = st.text(st.characters()).map(
    lambda text: text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
)
FIELDS = (
    "stepId",
    "stepName",
    "stepType",
    "concurrent",
    "targetStep",
    "sleepFor",
    "sleepUntil",
    "out",
    "waitEventId",
    "timeout",
    "waitTimeout",
)


def body(**fields: object) -> bytes:
    return json.dumps({"stepId": 1, "stepName": "one", "stepType": "Run", "concurrent": 1} | fields).encode()


def test_a_sequential_step() -> None:
    step = parse_step(body(out='"x"', extra=[1]))
    assert step == Step(1, "one", "Run")
    assert (step.is_plan, step.number, step.key) == (False, 1, (1, None))
    assert step.fields == {"out": '"x"'}


def test_a_plan_stands_for_the_step_that_it_announces() -> None:
    step = parse_step(body(stepId=0, concurrent=3, targetStep=5))
    assert (step.is_plan, step.number, step.key, step.concurrent) == (True, 5, (0, 5), 3)
    result = parse_step(body(stepId=5, concurrent=3))
    assert (result.is_plan, result.number) == (False, 5)
    assert result.key != step.key


def test_a_target_of_0_or_null_is_none() -> None:
    """Python's SDK sends all fields."""
    for target in (0, None):
        step = parse_step(body(targetStep=target, sleepFor=None, out=None, callUrl=None))
        assert (step.target, step.is_plan) == (None, False)


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        (b"", "JSON object"),
        (b"[]", "JSON object"),
        (b'"step"', "JSON object"),
        (b"null", "JSON object"),
        (b"{", "JSON object"),
        (b"\xff", "JSON object"),
        (b"[" * 100_000, "JSON object"),
        (b"{}", "stepId"),
        (body(stepId="1"), "stepId"),
        (body(stepId=1.5), "stepId"),
        (body(stepId=True), "stepId"),
        (body(stepId=-1), "stepId"),
        (body(stepId=100_001), "stepId"),
        (body(stepId=10**400), "stepId"),
        (body(stepName=None), "stepName"),
        (body(stepName=1), "stepName"),
        (body(stepType={}), "stepType"),
        (body(concurrent="2"), "concurrent"),
        (body(concurrent=-1), "concurrent"),
        (body(targetStep=[]), "targetStep"),
    ],
)
def test_what_is_no_step_is_refused_by_the_name_of_the_field(sent: bytes, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse_step(sent)


@PROPERTY
@given(st.one_of(st.binary(), st.dictionaries(st.sampled_from(FIELDS), JSON).map(lambda f: json.dumps(f).encode())))
def test_hostile_json_is_a_step_or_a_refusal(sent: bytes) -> None:
    try:
        step = parse_step(sent)
    except ValueError:
        return
    assert step.number >= 0
    assert step.concurrent >= 1
    for header in ("Upstash-Delay", "Upstash-Not-Before"):
        options = parse_options([(header, "5")])
        assert options.due_ms(NOON_MS) <= due_ms(step, options, NOON_MS) <= options.due_ms(NOON_MS) + 1_000


@pytest.mark.parametrize(
    ("header", "value", "fields", "after_ms"),
    [
        ("Upstash-Delay", "1s", {"sleepFor": 1}, 1_000),
        ("Upstash-Delay", "1s", {"sleepFor": 1.4}, 1_400),
        ("Upstash-Delay", "2s", {"sleepFor": 1.6}, 2_000),
        ("Upstash-Delay", "1d", {"sleepFor": "1d"}, 86_400_000),
        ("Upstash-Delay", "1s", {"sleepFor": 1_000_000}, 2_000),
        ("Upstash-Delay", "1s", {"sleepFor": "for ever"}, 1_000),
        ("Upstash-Delay", "1s", {"sleepFor": [1]}, 1_000),
        ("Upstash-Delay", "1s", {}, 1_000),
        ("Upstash-Not-Before", f"{NOON_S + 10}", {"sleepUntil": NOON_S + 10.44}, 10_440),
        ("Upstash-Not-Before", f"{NOON_S + 10}.5", {"sleepUntil": NOON_S + 10.5}, 10_500),
        ("Upstash-Not-Before", f"{NOON_S - 10}", {"sleepUntil": NOON_S - 10}, 0),
        ("Upstash-Not-Before", f"{NOON_S + 10}", {"sleepUntil": None}, 10_000),
        ("Upstash-Retries", "1", {"sleepFor": 100, "sleepUntil": NOON_S + 100}, 0),
    ],
)
def test_a_sleep_never_ends_early(header: str, value: str, fields: dict[str, Any], after_ms: int) -> None:
    """The SDK rounds in the header; the result of a parallel sleep has no header and comes at once."""
    step = parse_step(body(stepType="SleepFor", **fields))
    assert due_ms(step, parse_options([(header, value)]), NOON_MS) == NOON_MS + after_ms


@PROPERTY
@given(st.binary(), st.sampled_from(["step", "toCallback", "fromCallback"]))
def test_a_raw_step_holds_the_bytes_as_they_came(sent: bytes, call_type: str) -> None:
    raw = json.loads(raw_step("msg_1", sent, call_type))
    assert base64.b64decode(raw.pop("body")) == sent
    assert raw == {"messageId": "msg_1", "callType": call_type}


WAIT = {"stepId": 8, "stepName": "wait ü", "stepType": "Wait", "concurrent": 1, "more": {"kept": [True]}}


def test_a_wait_that_was_notified_has_the_event_in_base64() -> None:
    assert json.loads(wait_result(WAIT, "ev-1", "20s", "eyJ9")) == WAIT | {
        "waitEventId": "ev-1",
        "timeout": "20s",
        "waitTimeout": False,
        "out": "eyJ9",
    }
    assert json.loads(wait_result(WAIT, "ev-1", "20s", ""))["out"] == ""


def test_a_wait_whose_time_was_up_has_no_out() -> None:
    assert json.loads(wait_result(WAIT, "ev-1", "20s", None)) == WAIT | {
        "waitEventId": "ev-1",
        "timeout": "20s",
        "waitTimeout": True,
    }


@pytest.mark.parametrize(
    ("result", "cancelled", "failed", "out"),
    [
        ('{"r":1}', False, False, {"body": '{"r":1}', "isCanceled": False, "isFailed": False}),
        ("", False, False, {"body": "", "isCanceled": False, "isFailed": False}),
        (None, False, False, {"isCanceled": False, "isFailed": False}),
        (None, False, True, {"isCanceled": False, "isFailed": True}),
        (None, True, False, {"isCanceled": True, "isFailed": False}),
    ],
)
def test_an_invoke_returns_what_the_child_came_to(
    result: str | None, cancelled: bool, failed: bool, out: dict[str, Any]
) -> None:
    step = json.loads(invoke_result(WAIT, result, cancelled=cancelled, failed=failed))
    assert json.loads(step.pop("out")) == out
    assert step == WAIT


@PROPERTY
@given(st.dictionaries(TEXT, TEXT), TEXT)
def test_steps_of_the_server_are_utf_8_and_lose_nothing(fields: dict[str, str], text: str) -> None:
    fields = {f"x{name}": value for name, value in fields.items()}
    made = json.loads(wait_result(fields, text, "1s", text).decode("utf-8"))
    assert made == fields | {"waitEventId": text, "timeout": "1s", "waitTimeout": False, "out": text}
    out = json.loads(json.loads(invoke_result(fields, text, cancelled=False, failed=False).decode("utf-8"))["out"])
    assert out["body"] == text


def test_a_step_for_later_keeps_all_of_its_fields() -> None:
    assert step_of(WAIT).fields == WAIT
