"""Redacted values."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given

from qstash_dev.protocol.publication import Redaction
from qstash_dev.protocol.redaction import parse_redaction, shown_body, shown_headers
from tests.protocol.properties import ANY_TEXT, PROPERTY, value_or_refusal

HEADERS = (("Authorization", "Bearer secret"), ("Content-Type", "text/plain"), ("X-Key", "grün"), ("X-Key", "2"))


def redacted(value: str) -> str:
    return "REDACTED:" + hashlib.sha256(value.encode()).hexdigest()


@pytest.mark.parametrize(
    ("value", "redaction"),
    [
        ("body", Redaction(body=True)),
        ("Body", Redaction(body=True)),
        ("header", Redaction(all_headers=True)),
        ("headers", Redaction(all_headers=True)),
        ("body,header", Redaction(body=True, all_headers=True)),
        (" body , headers ", Redaction(body=True, all_headers=True)),
        ("body,,", Redaction(body=True)),
        ("header[Authorization]", Redaction(headers=frozenset({"authorization"}))),
        ("headers[X-A], header[ x-b ],body", Redaction(body=True, headers=frozenset({"x-a", "x-b"}))),
        ("HEADER[AUTHORIZATION]", Redaction(headers=frozenset({"authorization"}))),
    ],
)
def test_fields_to_redact(value: str, redaction: Redaction) -> None:
    assert parse_redaction(value) == redaction


@pytest.mark.parametrize(
    "value", ["boddy", "header[]", "header[A", "header A", "body header", "header[A]]", "url", "body;header", "[A]"]
)
def test_anything_else_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="is not body, header or header"):
        parse_redaction(value)


def test_a_redacted_body_is_shown_as_its_hash() -> None:
    hides = Redaction(body=True)
    assert shown_body(b"secret", hides).decode() == redacted("secret")
    assert shown_body(b"\xff\x00", hides).decode() == "REDACTED:" + hashlib.sha256(b"\xff\x00").hexdigest()
    assert shown_body(b"", hides) == b""


def test_what_is_not_redacted_is_shown() -> None:
    assert shown_body(b"open", None) == b"open"
    assert shown_body(b"open", Redaction(all_headers=True)) == b"open"
    assert shown_headers(HEADERS, None) == HEADERS
    assert shown_headers(HEADERS, Redaction(body=True)) == HEADERS


def test_all_headers_are_redacted_each_by_itself() -> None:
    assert shown_headers(HEADERS, Redaction(all_headers=True)) == tuple(
        (name, redacted(value)) for name, value in HEADERS
    )


@pytest.mark.parametrize("name", ["x-key", "X-KEY", "X-Key"])
def test_one_header_is_redacted_whatever_the_case_of_its_name(name: str) -> None:
    shown = shown_headers(HEADERS, parse_redaction(f"header[{name}]"))
    assert shown == (*HEADERS[:2], ("X-Key", redacted("grün")), ("X-Key", redacted("2")))


def test_a_value_that_is_not_utf_8_is_shown_as_the_hash_of_its_bytes() -> None:
    shown = shown_headers((("A", "\udcff"),), Redaction(all_headers=True))
    assert shown == (("A", "REDACTED:" + hashlib.sha256(b"\xff").hexdigest()),)


@PROPERTY
@given(ANY_TEXT)
def test_arbitrary_text_is_read_or_refused(text: str) -> None:
    redaction = value_or_refusal(parse_redaction, text)
    assert redaction is None or isinstance(redaction, Redaction)
