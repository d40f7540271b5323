"""The table of error texts: statuses, texts that clients look for, and placeholders."""

from __future__ import annotations

import string

import pytest

from qstash_dev.protocol import errors
from qstash_dev.protocol.errors import ErrorText, Rejection

SCHEME = "invalid destination url: endpoint has invalid scheme, add http:// or https://"
TABLE = {name: row for name, row in vars(errors).items() if isinstance(row, ErrorText)}


def fields(row: ErrorText) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(row.template) if field}


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
        (errors.QUOTA_EXCEEDED(name="maxDelay", limit=604800), 412, "quota maxDelay exceeded, current limit: 604800"),
        (errors.INVALID_CRON(reason="empty spec string"), 400, "Invalid cron expression empty spec string"),
    ],
)
def test_texts_that_hosted_qstash_is_known_to_send(rejection: Rejection, status: int, text: str) -> None:
    # Clients look for it at the beginning; what helps a person comes behind.
    assert (rejection.status, rejection.text[: len(text)], str(rejection)) == (status, text, rejection.text)


@pytest.mark.parametrize("name", TABLE)
def test_every_row_is_an_error_and_shows_all_that_it_is_given(name: str) -> None:
    row = TABLE[name]
    rejection = row(**{field: f"<{field}>" for field in fields(row)})
    assert 400 <= rejection.status < 600
    assert all(f"<{field}>" in rejection.text for field in fields(row))
    assert "{" not in rejection.text


def test_values_of_clients_are_not_templates() -> None:
    assert errors.MESSAGE_NOT_FOUND(id="{id} {0} %s").text == "message {id} {0} %s not found"
