"""Failed attempts: what happened, what to look at, and what comes next."""

from __future__ import annotations

import pytest

from qstash_dev.explain.attempt import FailedAttempt, error, explained, said, short_error
from qstash_dev.protocol.failure_reason import SERVER_ERROR_HINT, FailureReason
from qstash_dev.protocol.hints import hint
from qstash_dev.protocol.result import DeliveryResult, Responded, Unreachable
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message, State
from tests.broker.world import World, answer
from tests.conftest import NOON_MS

TLS = Unreachable("the certificate is that of another host", 1, FailureReason.TLS_WRONG_HOST)


def failures(world: World, message: Message) -> list[FailedAttempt]:
    log = world.tenant.log.of_messages((message.id,))
    return [told for entry in log if (told := explained(entry, world.now_ms)) is not None]


def test_the_next_try(world: World) -> None:
    message, result = world.publish(), answer(503)
    world.finish(message, result)
    [told] = failures(world, message)
    assert told == FailedAttempt(
        FailureReason.HTTP_STATUS, "HTTP 503", hint(result) or "", "next try in 12 s", NOON_MS + 12_000
    )
    world.advance(13_000)
    assert failures(world, message)[0].then == "tried again"


def test_given_up_with_the_dead_letter(world: World) -> None:
    message = world.publish(Retries="0")
    world.finish(message, TLS)
    [told] = failures(world, message)
    [letter] = world.letters()
    assert (told.reason, told.then) == (FailureReason.TLS_WRONG_HOST, f"given up: dead letter {letter.id}")
    assert (told.dead_letter_id, told.next_ms) == (letter.id, None)
    world.retry([letter])
    assert (failures(world, message)[0].then, failures(world, message)[0].dead_letter_id) == ("given up", "")


def test_what_the_answer_says_is_told_once(world: World) -> None:
    message, result = world.publish(), answer(500, b"no database")
    world.finish(message, result)
    [told] = failures(world, message)
    assert (told.sentence, told.hint) == ("HTTP 500: no database", SERVER_ERROR_HINT)
    assert hint(result) == f"it answered 'no database': {SERVER_ERROR_HINT}"


def test_cancelled(world: World) -> None:
    message = world.publish()
    world.cancel(message)
    world.fail(message)
    assert [told.then for told in failures(world, message)] == ["cancelled"]


def test_what_comes_next_is_open_while_the_failure_is_logged(world: World) -> None:
    message, found = world.publish(), []

    def subscriber(entry: LogEntry) -> None:
        if (told := explained(entry, world.now_ms)) is not None:
            found.append((entry.state, told.then))

    world.tenant.log.subscribers.append(subscriber)
    world.fail(message)
    assert found == [(State.ERROR, "")]


def test_a_success_is_no_failed_attempt(world: World) -> None:
    message = world.publish()
    world.finish(message)
    assert failures(world, message) == []


@pytest.mark.parametrize(
    ("result", "short", "whole", "of_app"),
    [
        (answer(500), "HTTP 500", "HTTP 500", "HTTP 500"),
        (answer(500, b'{"message":"no"}'), "HTTP 500: no", "HTTP 500: no", "no"),
        (TLS, "TLS wrong host", TLS.error, TLS.error),
        (
            Responded(200, (), b"", 1, "the body is too large", reason=FailureReason.BODY_TOO_LARGE),
            "body too large",
            "the body is too large",
            "the body is too large",
        ),
    ],
)
def test_the_error_in_words(result: DeliveryResult, short: str, whole: str, of_app: str) -> None:
    assert (short_error(result), error(result), said(result)) == (short, whole, of_app)
