"""The reader of answers, with any bytes in any pieces; ``make fuzz`` tries many more."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings

from qstash_dev.delivery.connection import BLOCK_BYTES, MAX_FIELDS, Answer, BrokenOff, ProtocolError
from tests.fuzz.answer_reader import INPUTS, MAX_BODY_BYTES, Case, check, outcome_of

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
FEW = settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@FEW
@given(INPUTS)
@example(Case(HEAD + b"\r\nbody", (0.5,), bodiless=False, ends=True))
@example(Case(CHUNKED + b"0\r\nX: " + b"a" * 3 * BLOCK_BYTES, (0.2, 0.9), bodiless=False, ends=False))
@example(Case(CHUNKED + b"1\r\na\r\n" * MAX_BODY_BYTES, (0.2, 0.9), bodiless=False, ends=True))
def test_any_bytes_come_to_the_same_wherever_they_are_parted(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_head_ends_within_the_first_block(over: int) -> None:
    end = b"\r\nContent-Length: 2\r\n\r\n"
    data = HEAD + b"X: " + b"a" * (BLOCK_BYTES - len(HEAD) - 3 - len(end) + over) + end + b"ok"
    check(case := Case(data, (0.1, 0.99, 0.9999), bodiless=False, ends=False))
    outcome = outcome_of(case, [data])
    assert isinstance(outcome, ProtocolError if over > 0 else Answer)


def test_chunks_of_one_byte_are_body_enough() -> None:
    data = CHUNKED + b"1\r\na\r\n" * MAX_BODY_BYTES + b"0\r\n\r\n"
    outcome = outcome_of(Case(data, (), bodiless=False, ends=False), [data])
    assert isinstance(outcome, Answer)
    assert (outcome.body, outcome.too_large) == (b"a" * MAX_BODY_BYTES, False)


def test_trailers_are_dropped() -> None:
    data = CHUNKED + b"2\r\nok\r\n0\r\nConnection: close\r\nX: y\r\n\r\n"
    outcome = outcome_of(Case(data, (), bodiless=False, ends=False), [data])
    assert isinstance(outcome, Answer)
    assert (outcome.headers, outcome.body) == ([(b"Transfer-Encoding", b"chunked")], b"ok")


def test_coding_that_only_ends_in_chunked_is_ended_by_the_connection() -> None:
    data = HEAD + b"Transfer-Encoding: xchunked\r\n\r\nwhole"
    outcome = outcome_of(Case(data, (), bodiless=False, ends=True), [data])
    assert isinstance(outcome, Answer)
    assert outcome.body == b"whole"


def test_answer_that_is_cut_off_before_its_chunks_end_is_none() -> None:
    data = HEAD + b"Transfer-Encoding: gzip, Chunked\r\n\r\n2\r\nok\r\n"
    assert isinstance(outcome_of(Case(data, (), bodiless=False, ends=True), [data]), BrokenOff)


@pytest.mark.parametrize(
    ("start", "again", "end"),
    [
        pytest.param(CHUNKED + b"0\r\n", b"X: y\r\n", b"\r\n", id="trailers"),
        pytest.param(
            b"", b"HTTP/1.1 100 Continue\r\n\r\n", HEAD + b"Content-Length: 0\r\n\r\n", id="interim answers"
        ),
    ],
)
def test_answer_has_a_limit_of_fields(start: bytes, again: bytes, end: bytes) -> None:
    for times, kind in ((MAX_FIELDS - 1, Answer), (MAX_FIELDS + 1, ProtocolError)):
        check(case := Case(start + again * times + end, (0.3, 0.6), bodiless=False, ends=False))
        assert isinstance(outcome_of(case, [case.data]), kind)


@pytest.mark.parametrize(
    ("start", "again"),
    [
        pytest.param(CHUNKED + b"0\r\n", b"X: y\r\n" * 1_000, id="trailers"),
        pytest.param(CHUNKED + b"0\r\nX: ", b"a" * 10_000, id="one trailer"),
        pytest.param(CHUNKED + b"5;", b"a" * 10_000, id="chunk extension"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000, id="interim answers"),
        pytest.param(HEAD, b"a:\r\n" * 10_000, id="headers"),
        pytest.param(HEAD + b"X: ", b"a" * 10_000, id="one header"),
        pytest.param(CHUNKED, b"1\r\na\r\n" * 10_000, id="chunks"),
    ],
)
def test_what_never_ends_is_ended_and_hardly_kept(start: bytes, again: bytes) -> None:
    said = 0

    def for_ever() -> Iterator[bytes]:
        nonlocal said
        yield start
        while True:
            said += len(again)
            assert said < 100 * BLOCK_BYTES, "it reads on and on"
            yield again

    tracemalloc.start()
    try:
        outcome = _outcome(for_ever())
        assert tracemalloc.get_traced_memory()[1] < 50 * BLOCK_BYTES
    finally:
        tracemalloc.stop()
    assert isinstance(outcome, ProtocolError) or (isinstance(outcome, Answer) and outcome.too_large)


def _outcome(pieces: Iterable[bytes]) -> object:
    return outcome_of(Case(b"", (), bodiless=False, ends=False), pieces)
