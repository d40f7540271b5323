"""The headers that a destination receives, and the options of callbacks."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.errors import Rejection
from qstash_dev.protocol.headers import NEVER_FORWARDED, parse_options, readable
from qstash_dev.protocol.publication import Callback, DeliveryOptions, Headers

FORWARD_ALL = ("Upstash-Header-Forward", "true")


@pytest.mark.parametrize(
    ("pairs", "delivered"),
    [
        ([], ()),
        ([("Content-Type", "text/plain")], (("Content-Type", "text/plain"),)),
        ([("content-type", "")], ()),
        ([("Upstash-Forward-test-HEADER", "Value")], (("Test-Header", "Value"),)),
        ([("upstash-FORWARD-a", "1"), ("Upstash-Forward-A", "2")], (("A", "1"), ("A", "2"))),
        ([("Upstash-Forward-A", "")], (("A", ""),)),
        ([("Upstash-Forward-A", "grüße\t€")], (("A", "grüße\t€"),)),
        # Bytes that are not UTF-8 arrive as lone surrogates and are delivered as they came.
        ([("Upstash-Forward-A", "gr\udcfc\udcdfe")], (("A", "gr\udcfc\udcdfe"),)),
        ([("Content-Type", "a/b"), ("Upstash-Forward-Content-Type", "c/d")], (("Content-Type", "c/d"),)),
        ([("Upstash-Forward-Upstash-Custom", "1")], (("Upstash-Custom", "1"),)),
        ([("Accept", "*/*"), ("User-Agent", "me"), ("X-Key", "1")], ()),
        ([("Upstash-Retries", "1"), ("Upstash-Telemetry-Sdk", "x")], ()),
    ],
)
def test_only_content_type_and_prefixed_headers_are_forwarded(
    pairs: list[tuple[str, str]], delivered: Headers
) -> None:
    assert parse_options(pairs).headers == delivered


@pytest.mark.parametrize(
    ("value", "shown"), [("plain", "plain"), ("grüße €", "grüße €"), ("gr\udcfc\udcdfe", "grüße"), ("", "")]
)
def test_values_that_are_not_utf_8_are_shown_as_latin_1(value: str, shown: str) -> None:
    assert readable(value) == shown


@pytest.mark.parametrize("value", ["true", "True"])
def test_header_forward_forwards_everything_without_a_prefix(value: str) -> None:
    pairs = [("Upstash-Header-Forward", value), ("X-Hub", "1"), ("accept", "*/*"), ("Upstash-Retries", "0")]
    assert parse_options(pairs).headers == (("X-Hub", "1"), ("Accept", "*/*"))


def test_a_prefixed_header_replaces_a_forwarded_one() -> None:
    pairs = [FORWARD_ALL, ("X-Key", "1"), ("X-Key", "2"), ("Upstash-Forward-X-Key", "3")]
    assert parse_options(pairs).headers == (("X-Key", "3"),)


@pytest.mark.parametrize("name", sorted(NEVER_FORWARDED))
def test_headers_of_one_connection_are_never_forwarded(name: str) -> None:
    for pairs in ([FORWARD_ALL, (name, "x")], [(f"Upstash-Forward-{name}", "x")]):
        assert parse_options(pairs).headers == ()


def test_headers_that_the_client_ties_to_its_connection_are_not_forwarded() -> None:
    pairs = [FORWARD_ALL, ("Connection", "close, X-Hop"), ("X-Hop", "1"), ("X-End", "2")]
    assert parse_options(pairs).headers == (("X-End", "2"),)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "x") for name in ("", "a b", "a:b", "grün", "a\r\nb", "(a)", "a\udcff")),
        *(("A", value) for value in ("a\r\nb: c", "a\nb", "\x00", "\x7f", "\x1b[0m", "\ud800", "\udc0a")),
    ],
)
def test_what_would_break_a_request_is_rejected(name: str, value: str) -> None:
    with pytest.raises(Rejection, match=r"^invalid Upstash-Forward-") as refused:
        parse_options([(f"Upstash-Forward-{name}", value)])
    assert refused.value.status == 400


def test_a_callback_has_options_of_its_own() -> None:
    options = parse_options(
        [
            ("Content-Type", "text/plain"),
            ("Upstash-Forward-Secret", "message"),
            ("Upstash-Callback", "https://example.com/callback?a=b"),
            ("Upstash-Callback-Method", "PUT"),
            ("UPSTASH-CALLBACK-TIMEOUT", "30"),
            ("Upstash-Callback-Retries", "1"),
            ("Upstash-Callback-Delay", "60"),
            ("Upstash-Callback-Retry-Delay", "1000"),
            ("Upstash-Callback-Forward-Secret", "callback"),
        ]
    )
    assert options.callback == Callback(
        "https://example.com/callback?a=b",
        DeliveryOptions(
            method="PUT",
            timeout_ms=30_000,
            retries=1,
            delay_ms=60_000,
            retry_delay="1000",
            headers=(("Secret", "callback"),),
        ),
    )
    assert options.failure_callback is None
    assert options.headers == (("Content-Type", "text/plain"), ("Secret", "message"))
    assert (options.method, options.delay_ms) == ("POST", None)


def test_a_callback_inherits_the_retries_of_its_message_and_nothing_else() -> None:
    options = parse_options(
        [
            ("Upstash-Retries", "5"),
            ("Upstash-Method", "GET"),
            ("Upstash-Label", "a"),
            ("Upstash-Delay", "1h"),
            ("Upstash-Queue-Name", "q"),
            ("Upstash-Callback", "http://a"),
            ("Upstash-Failure-Callback", "http://b"),
        ]
    )
    assert options.callback == Callback("http://a", DeliveryOptions(retries=5))
    assert options.failure_callback == Callback("http://b", DeliveryOptions(retries=5))


def test_callback_and_failure_callback_are_told_apart_and_nest() -> None:
    options = parse_options(
        [
            ("Upstash-Callback", "http://a"),
            ("Upstash-Callback-Retries", "1"),
            ("Upstash-Failure-Callback", "http://b"),
            ("Upstash-Failure-Callback-Retries", "2"),
            ("Upstash-Failure-Callback-Forward-X", "b"),
            ("Upstash-Callback-Failure-Callback", "http://c"),
            ("Upstash-Callback-Failure-Callback-Retries", "4"),
            ("Upstash-Callback-Failure-Callback-Forward-X", "c"),
        ]
    )
    nested = Callback("http://c", DeliveryOptions(retries=4, headers=(("X", "c"),)))
    assert options.callback == Callback("http://a", DeliveryOptions(retries=1, failure_callback=nested))
    assert options.failure_callback == Callback("http://b", DeliveryOptions(retries=2, headers=(("X", "b"),)))


def test_options_of_a_callback_without_a_url_mean_nothing() -> None:
    assert parse_options([("Upstash-Callback-Retries", "1")]) == DeliveryOptions()


def test_a_wrong_option_of_a_callback_is_named_in_full() -> None:
    for prefix in ("Upstash-Callback", "Upstash-Failure-Callback", "Upstash-Callback-Failure-Callback"):
        pairs = [("Upstash-Callback", "http://a"), (prefix, "http://b"), (f"{prefix}-Retries", "many")]
        with pytest.raises(Rejection, match=f"^invalid {prefix}-Retries: "):
            parse_options(pairs[1:] if prefix == "Upstash-Callback" else pairs)


def test_callbacks_of_callbacks_do_not_nest_for_ever() -> None:
    pairs = [("Upstash-" + "Callback-" * depth + "Callback", "http://x") for depth in range(50)]
    assert parse_options(pairs[:4]).callback is not None
    with pytest.raises(Rejection, match="nest at most 4 levels"):
        parse_options(pairs)
