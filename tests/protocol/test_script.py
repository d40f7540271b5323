"""Scripts of inboxes: valid and invalid answers."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qstash_dev.protocol.script import MAX_DELAY_MS, Answer, parse_answer
from tests.protocol.properties import ANY_TEXT, PROPERTY, value_or_refusal

JSON_TYPE = ("Content-Type", "application/json")


@pytest.mark.parametrize(
    ("entry", "answer"),
    [
        (200, Answer()),
        (503, Answer(503)),
        ([500, "no"], Answer(500, b"no")),
        ((404, b"\xff"), Answer(404, b"\xff")),
        ({}, Answer()),
        ({"status": 299, "body": "grüße"}, Answer(299, "grüße".encode())),
        ({"body": ""}, Answer()),
        ({"bodyBase64": "/wA="}, Answer(200, b"\xff\x00")),
        ({"json": {"a": [1, None]}}, Answer(200, b'{"a":[1,null]}', (JSON_TYPE,))),
        ({"json": None}, Answer(200, b"null", (JSON_TYPE,))),
        (
            {"json": 1, "headers": {"content-TYPE": "application/problem+json"}},
            Answer(200, b"1", (("content-TYPE", "application/problem+json"),)),
        ),
        ({"status": 429, "headers": {"Retry-After": "7"}}, Answer(429, b"", (("Retry-After", "7"),))),
        ({"headers": None}, Answer()),
        ({"headers": {"X": "ü\ta"}}, Answer(200, b"", (("X", "ü\ta"),))),
        ({"status": 204}, Answer(204)),
        ({"status": 304, "body": ""}, Answer(304)),
        ({"delay": 0.25}, Answer(delay_ms=250)),
        ({"delay": 1e-7}, Answer()),
        ({"delay": "1m30s"}, Answer(delay_ms=90_000)),
        ({"delay": 600}, Answer(delay_ms=MAX_DELAY_MS)),
        ({"drop": True}, Answer(drop=True)),
        ({"drop": True, "delay": "5ms"}, Answer(drop=True, delay_ms=5)),
        (Answer(418), Answer(418)),
    ],
)
def test_an_entry_of_a_script_is_an_answer(entry: Any, answer: Answer) -> None:
    assert parse_answer(entry) == answer


def test_a_function_makes_the_answer_later() -> None:
    assert parse_answer(len).make is len


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (None, "null is not an answer: use a status such as 500, or an object"),
        ("500", "'500' is not an answer"),
        (500.0, "500.0 is not an answer"),
        (float("nan"), "nan is not an answer"),
        ([], "a list is not an answer"),
        ([500], "a list is not an answer"),
        ([500, "a", "b"], "is not an answer"),
        (True, "true is not a status: use a number from 200 to 599"),
        (100, "100 is not a status"),
        (199, "199 is not a status"),
        (600, "600 is not a status"),
        (10**400, "is not a status"),
        (["500", "a"], "'500' is not a status"),
        ([500, 1], "the body of an answer must be text; use the field json for anything else"),
        ({"status": "500"}, "'500' is not a status"),
        ({"status": None}, "null is not a status"),
        ({"statuss": 500}, "unknown field statuss in an answer: use status, body, bodyBase64, json, headers, delay"),
        ({1: 2}, "unknown field 1"),
        ({"body": {"a": 1}}, "use the field json"),
        ({"body": "\ud800"}, "not valid Unicode: use bodyBase64"),
        ({"body": "a", "json": 1}, "an answer has one body: give either body or json"),
        ({"bodyBase64": "a", "body": "a"}, "an answer has one body: give either body or bodyBase64"),
        ({"bodyBase64": "%%"}, "bodyBase64 must be base64"),
        ({"bodyBase64": "ü"}, "bodyBase64 must be base64"),
        ({"bodyBase64": None}, "bodyBase64 must be base64"),
        ({"json": {1, 2}}, "json cannot be written as JSON"),
        ({"json": float("nan")}, "json cannot be written as JSON"),
        ({"status": 204, "body": "x"}, "an answer with status 204 has no body: leave it out"),
        ([304, "x"], "an answer with status 304 has no body"),
        ({"status": 205, "json": 1}, "an answer with status 205 has no body"),
        ({"headers": "Retry-After: 1"}, "headers of an answer must be an object of strings"),
        ({"headers": [["a", "b"]]}, "headers of an answer must be an object of strings"),
        ({"headers": {"Retry-After": 1}}, "header Retry-After of an answer must be a string"),
        ({"headers": {"X": "a\r\nY: b"}}, "header X of an answer may not hold line breaks"),
        ({"headers": {"X": "\x00"}}, "may not hold line breaks or other control characters"),
        ({"headers": {"X": "\ud800"}}, "may not hold line breaks or other control characters"),
        ({"headers": {"X Y": "a"}}, "'X Y' is not the name of a header"),
        ({"headers": {"": "a"}}, "'' is not the name of a header"),
        ({"headers": {"X:": "a"}}, "'X:' is not the name of a header"),
        ({"headers": {"content-length": "5"}}, "header content-length is the server's own"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "header Transfer-Encoding is the server's own"),
        ({"delay": -1}, "delay: use a duration that is not negative"),
        ({"delay": float("nan")}, "delay: use a duration that is not negative"),
        ({"delay": float("inf")}, "delay: use a duration of at most 100 years"),
        ({"delay": 10**400}, "delay: use a duration of at most 100 years"),
        ({"delay": 600.001}, "delay must be at most 600 s"),
        ({"delay": "soon"}, "delay: use a duration such as"),
        ({"delay": True}, "delay: use seconds, or a duration such as"),
        ({"delay": None}, "delay: use seconds, or a duration such as"),
        ({"drop": 1}, "drop must be true or false"),
        ({"drop": None}, "drop must be true or false"),
    ],
)
def test_an_answer_that_cannot_be_given_is_refused_by_name(entry: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)) as caught:
        parse_answer(entry)
    assert len(str(caught.value)) < 300


def test_json_too_deep_to_be_written_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="json cannot be written as JSON"):
        parse_answer({"json": deep})
    while deep:
        # Freed level by level: the interpreter would recurse.
        deep = deep.pop()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
FIELDS = st.sampled_from(["status", "body", "bodyBase64", "json", "headers", "delay", "drop", "other"])


@PROPERTY
@given(JSON)
def test_any_json_comes_out_as_it_went_in(value: Any) -> None:
    assert json.loads(parse_answer({"json": value}).body) == value


@PROPERTY
@given(st.binary())
def test_any_bytes_can_be_answered(body: bytes) -> None:
    assert parse_answer({"bodyBase64": b64encode(body).decode()}).body == body


@PROPERTY
@given(st.one_of(JSON, ANY_TEXT, st.floats(), st.dictionaries(FIELDS, JSON | ANY_TEXT | st.floats(), max_size=4)))
def test_an_entry_is_an_answer_that_can_be_given_or_refused(entry: Any) -> None:
    answer = value_or_refusal(parse_answer, entry)
    if answer is None:
        return
    assert 200 <= answer.status <= 599
    assert 0 <= answer.delay_ms <= MAX_DELAY_MS
    assert not (answer.body and answer.status in (204, 205, 304))
    for name, value in answer.headers:
        assert name.isascii()
        assert f"{name}: {value}".encode().splitlines() == [f"{name}: {value}".encode()]
