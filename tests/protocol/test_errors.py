"""The table of error texts: statuses, texts that clients look for, and placeholders."""

from __future__ import annotations

import string

import pytest

from qstash_dev.protocol import errors
from qstash_dev.protocol.errors import ErrorText, Rejection

SCHEME = "invalid destination url: endpoint has invalid scheme, add http:// or https://"
TABLE = {name: row for name, row in vars(errors).items() if isinstance(row, ErrorText)}


def placeholders(template: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(template) if field}


@pytest.mark.parametrize(
    ("rejection", "status", "text"),
    [
        (errors.EMPTY_DESTINATION(), 400, "a non-empty destination must be provided"),
        (errors.MISSING_DESTINATION(example="x"), 400, "a non-empty destination must be provided"),
        (errors.NESTED_PATH(destination="v2/x", url="u"), 400, SCHEME),
        (errors.NESTED_PUBLISH_URL(destination="http://x"), 400, SCHEME),
        (errors.INVALID_SCHEME(destination="x"), 400, SCHEME),
        (errors.UNKNOWN_TOKEN(), 401, "unable to authenticate: invalid token"),
        (errors.URL_GROUP_NOT_FOUND(name="g"), 404, "topic g not found"),
        (errors.MESSAGE_NOT_FOUND(id="msg_1"), 404, "message msg_1 not found"),
        (
            errors.QUOTA_EXCEEDED(name="maxDelay", limit=604800, field="Upstash-Delay"),
            412,
            "quota maxDelay exceeded, current limit: 604800",
        ),
        (errors.INVALID_CRON(reason="empty spec string"), 400, "Invalid cron expression empty spec string"),
    ],
)
def test_texts_that_hosted_qstash_is_known_to_send(rejection: Rejection, status: int, text: str) -> None:
    # Clients look for it at the beginning; what helps a person comes behind.
    assert (rejection.status, rejection.text[: len(text)], str(rejection)) == (status, text, rejection.text)


# What these are about is no field: the request as a whole, or the state of what it names.
ABOUT_NO_FIELD = {
    "BAD_REQUEST",
    "BODY_TOO_SLOW",
    "BUSY_READING",
    "CANNOT_CANCEL",
    "CANNOT_CANCEL_RUN",
    "DID_NOT_FIRE",
    "HEAD_TOO_LARGE",
    "HEAD_TOO_SLOW",
    "INTERNAL",
    "LEGACY_ROUTE",
    "METHOD_NOT_ALLOWED",
    "NOT_IN_FLIGHT",
    "NOT_WAITING",
    "NO_FAILED_CALLBACK",
    "NO_TRAVEL",
    "NO_SUCH_ROUTE",
    "STARTED_OVER",
    "STOPPING",
    "TRAVEL_FAILED",
}


def made(row: ErrorText) -> Rejection:
    texts = (row.template, row.field, row.todo)
    return row(**{name: f"<{name}>" for text in texts for name in placeholders(text) - {"todo"}})


@pytest.mark.parametrize("name", TABLE)
def test_every_row_is_an_error_and_shows_all_that_it_is_given(name: str) -> None:
    rejection = made(TABLE[name])
    assert 400 <= rejection.status < 600
    assert all(f"<{one}>" in rejection.text for one in placeholders(TABLE[name].template) - {"todo"})
    assert "{" not in rejection.text + rejection.todo


@pytest.mark.parametrize("name", TABLE)
def test_every_row_names_the_field_at_fault_unless_it_is_about_none(name: str) -> None:
    field = made(TABLE[name]).field
    assert (field == "") is (name in ABOUT_NO_FIELD)
    assert "{" not in field
    assert " " not in field


# Below /_dev/ the callers are programs that know the server.
OF_CONTROL = {
    "CANNOT_CANCEL",
    "CANNOT_CANCEL_RUN",
    "FAULT_NOT_FOUND",
    "INBOX_NOT_FOUND",
    "NOTHING_TO_EXPLAIN",
    "NOT_IN_FLIGHT",
    "NO_TRAVEL",
    "USER_NOT_FOUND",
}


@pytest.mark.parametrize("name", [name for name in TABLE if name not in OF_CONTROL])
def test_every_row_tells_what_to_do(name: str) -> None:
    rejection = made(TABLE[name])
    assert rejection.todo
    # It is a part of the text if that has a place for it.
    has_place = "todo" in placeholders(TABLE[name].template) or not TABLE[name].todo
    assert (rejection.todo in rejection.text) is has_place
    # Items of batches, and other places of the same field, need the same.
    assert rejection.about("x").in_item(1).with_status(412).of_run("wfr_1").todo == rejection.todo


def test_values_of_clients_are_not_templates() -> None:
    assert errors.MESSAGE_NOT_FOUND(id="{id} {0} %s").text == "message {id} {0} %s not found"
    assert errors.INVALID_FIELD(field="{a}", reason="no").field == "{a}"


def test_what_would_be_right_is_data_and_makes_the_reason() -> None:
    two = errors.INVALID_PARAMETER(("now", "later"), name="due", value="x")
    assert two.text == "invalid query parameter due: use now or later (got 'x')"
    assert two.shown() == {
        "error": two.text,
        "field": "due",
        "reason": "use now or later",
        "expected": ["now", "later"],
    }
    three = errors.INVALID_FIELD(("a", "b", "c"), field="error")
    assert three.text == "invalid field error: use one of a, b, c"
    assert errors.STOPPING().shown() == {"error": "the server is stopping"}


@pytest.mark.parametrize(
    ("field", "names", "spelled"),
    [
        ("Upstash-Retries", ["X", "upstash-RETRIES"], "upstash-RETRIES"),
        ("Upstash-Flow-Control-Value.rate", ["upstash-flow-control-value"], "upstash-flow-control-value.rate"),
        ("Upstash-Retries", ["Upstash-Retries-Delay"], "Upstash-Retries"),
        ("", ["Host"], ""),
    ],
)
def test_headers_are_named_as_their_caller_writes_them(field: str, names: list[str], spelled: str) -> None:
    assert Rejection(400, "wrong", field).spelled(names).field == spelled


@pytest.mark.parametrize(
    ("field", "in_item"),
    [
        ("Upstash-Delay", "[3].headers.Upstash-Delay"),
        ("upstash-delay", "[3].headers.upstash-delay"),
        ("destination", "[3].destination"),
        ("headers", "[3].headers"),
    ],
)
def test_fields_of_an_item_lead_through_the_batch(field: str, in_item: str) -> None:
    rejection = Rejection(400, "wrong", field, "why", ("a",)).in_item(3).with_status(412)
    assert (rejection.field, rejection.reason, rejection.expected) == (in_item, "why", ("a",))
    assert (rejection.status, rejection.text) == (412, "item 3 of the batch: wrong")
