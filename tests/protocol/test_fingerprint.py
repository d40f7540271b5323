"""Content-based deduplication: the messages that are equal."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.fingerprint import content_fingerprint
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import Publication

URL = "https://example.com/hook"
HEADERS = [("Content-Type", "text/plain"), ("Upstash-Forward-A", "1"), ("Upstash-Forward-B", "2")]
MESSAGE = Publication(URL, b"body", parse_options(HEADERS))


def with_headers(*headers: tuple[str, str]) -> Publication:
    return MESSAGE._replace(options=parse_options(headers))


@pytest.mark.parametrize(
    "other",
    [
        Publication(URL, b"body", parse_options(HEADERS)),
        with_headers(*reversed(HEADERS)),
        with_headers(("content-type", "text/plain"), ("UPSTASH-FORWARD-A", "1"), ("upstash-forward-b", "2")),
        with_headers(*HEADERS, ("Upstash-Retries", "1"), ("Upstash-Label", "x"), ("Upstash-Delay", "5s")),
        with_headers(*HEADERS, ("Accept", "*/*"), ("User-Agent", "me")),
        MESSAGE._replace(caller_ip="10.0.0.1", schedule_id="scd_1"),
    ],
)
def test_equal_content_has_one_fingerprint(other: Publication) -> None:
    assert content_fingerprint(other) == content_fingerprint(MESSAGE)


@pytest.mark.parametrize(
    "other",
    [
        MESSAGE._replace(destination=URL + "/"),
        MESSAGE._replace(destination=URL + "?a=1"),
        MESSAGE._replace(body=b"Body"),
        MESSAGE._replace(body=b""),
        with_headers(*HEADERS[1:]),
        with_headers(*HEADERS[:-1]),
        with_headers(("Content-Type", "text/html"), *HEADERS[1:]),
        with_headers(*HEADERS[:2], ("Upstash-Forward-B", "3")),
        with_headers(*HEADERS[:2], ("Upstash-Forward-B", "\udcff")),
        with_headers(*HEADERS, ("Upstash-Forward-B", "2")),
        with_headers(HEADERS[0], ("Upstash-Forward-A", "2"), ("Upstash-Forward-B", "1")),
    ],
)
def test_other_content_has_another_fingerprint(other: Publication) -> None:
    assert content_fingerprint(other) != content_fingerprint(MESSAGE)


def test_a_body_that_looks_like_a_header_is_no_header() -> None:
    header = Publication(URL, b"rest", parse_options([("Upstash-Forward-A", "1")]))
    body = Publication(URL, len(b"A:1").to_bytes(8, "big") + b"A:1" + b"rest", parse_options([]))
    assert content_fingerprint(header) != content_fingerprint(body)
