"""Refused calls of runs in words, and errors in answers of the SDKs."""

from __future__ import annotations

import json

import pytest

from qstash_dev.protocol.step_refusal import StepRefusal, WorkflowError, workflow_error
from qstash_dev.protocol.tokens import Credential

NODE = '{"error":"quota maxDelay exceeded"}'
PYTHON = f"Request failed with status: 412, body: {NODE}"


def answer(**fields: object) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (
            answer(error="Stripe", message="card_declined", stack="Stripe: card_declined\n at x"),
            "Stripe: card_declined",
        ),
        (answer(error="Error", message="declined"), "declined"),
        (answer(error="Error", message=""), "Error: "),
        (answer(error="Error", message=7), None),
        (answer(message="Failed to authenticate Workflow request."), None),
        (answer(error={"code": 1}, message="x"), None),
        (b"[" * 100_000, None),
        (b'{"error":' * 50_000, None),
        (b'{"error":"a","message":"b"', None),
        (b"", None),
        (b"\xff{", None),
        (answer(error="Error", message="x" * 300_000), None),
    ],
)
def test_errors_are_told_from_other_answers(body: bytes, error: str | None) -> None:
    found = workflow_error(body)
    assert (found if found is None else str(found)) == error


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (NODE, "quota maxDelay exceeded"),
        (PYTHON, "quota maxDelay exceeded"),
        ("quota maxDelay exceeded", None),
        ('{"error":{"message":"quota maxDelay exceeded"}}', None),
        (f"[{NODE}]", None),
        ("{" * 100_000, None),
        ("", None),
    ],
)
def test_an_error_may_quote_the_answer_of_the_server(message: str, text: str | None) -> None:
    assert WorkflowError("QstashError", message).refusal_text == text


def test_what_was_refused_is_quoted() -> None:
    refused = StepRefusal(412, "quota maxDelay exceeded", "defaultUser", "defaultUser")
    assert str(refused) == "the step was refused by this server: 412 quota maxDelay exceeded"
    assert "--quota" in refused.todo
    own = refused._replace(call="POST /v2/publish/x", status=400, text="bad")
    assert str(own) == "the call POST /v2/publish/x was refused by this server: 400 bad"


def test_the_token_of_another_user_is_the_cause_and_not_what_was_answered() -> None:
    refused = StepRefusal(400, "can not append to a a cancelled workflow", "defaultUser", "testUser1")
    assert str(refused) == (
        "the step was refused by this server (400): the app's QSTASH_TOKEN is that of testUser1; "
        "the run belongs to defaultUser"
    )
    assert refused.todo == "set QSTASH_TOKEN to that of defaultUser where the app runs"


@pytest.mark.parametrize("credential", list(Credential))
def test_each_thing_in_the_place_of_a_token_has_its_words(credential: Credential) -> None:
    refused = StepRefusal(401, "unable to authenticate", "testUser2", "", credential)
    words = {str(refused._replace(credential=other)) for other in Credential}
    assert len(words) == len(Credential)
    assert "; the run belongs to testUser2" in str(refused)
    assert "testUser2" in refused.todo
