"""Rules of hosted QStash: refusals in its words, and warnings for what it may treat in another way."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.errors import Rejection
from qstash_dev.protocol.headers import option_pairs, parse_options, parse_overrides, schedule_fields
from qstash_dev.protocol.publication import DeliveryOptions
from qstash_dev.protocol.warning import WarningCode

URL = "https://example.com"
OF_RUN = ("Upstash-Workflow-RunId", "wfr_1")
CALLBACK = ("Upstash-Callback", URL)
FAILURE = ("Upstash-Failure-Callback", URL)
LIMIT = ("Upstash-Flow-Control-Value", "rate=1")


def refusal(*pairs: tuple[str, str]) -> str:
    with pytest.raises(Rejection) as refused:
        parse_options(pairs)
    assert refused.value.status == 400
    return refused.value.text


def codes(*pairs: tuple[str, str]) -> list[str]:
    return [warning.code.value for warning in parse_options(pairs).warnings]


@pytest.mark.parametrize(
    ("value", "go"),
    [
        ("60", 'time: missing unit in duration "60"'),
        ("1.5", 'time: missing unit in duration "1.5"'),
        ("0.0", 'time: missing unit in duration "0.0"'),
        ("00", 'time: missing unit in duration "00"'),
        ("1h5", 'time: missing unit in duration "1h5"'),
        ("1234567890123", 'time: missing unit in duration "1234567890123"'),
        ("abc", 'time: invalid duration "abc"'),
        ("-5s", 'time: invalid duration "-5s"'),
        (".s", 'time: invalid duration ".s"'),
        ("1234567890123456h", 'time: invalid duration "1234567890123456h"'),
        ("1x", 'time: unknown unit "x" in duration "1x"'),
        ("5 s", 'time: unknown unit " s" in duration "5 s"'),
        ("1h-30m", 'time: unknown unit "h-" in duration "1h-30m"'),
        ("1w", 'time: unknown unit "w" in duration "1w"'),
        ('1"', 'time: unknown unit "\\"" in duration "1\\""'),
        ("1ü", 'time: unknown unit "\\xc3\\xbc" in duration "1\\xc3\\xbc"'),
        ("200000d", 'time: invalid duration "200000d"'),
    ],
)
def test_a_delay_is_refused_in_the_words_of_go(value: str, go: str) -> None:
    assert refusal(("Upstash-Delay", value)).startswith(f"invalid Upstash-Delay header: {go}: use ")


def test_the_refusal_of_a_bare_delay_says_what_would_be_right() -> None:
    text = refusal(("Upstash-Delay", "60"))
    assert text == "invalid Upstash-Delay header: time: missing unit in duration \"60\": use '60s' for seconds"


@pytest.mark.parametrize(
    ("value", "delay_ms"), [("0", 0), ("0s", 0), ("60s", 60_000), ("1d", 86_400_000), ("+5s", 5_000)]
)
def test_a_delay_with_a_unit_passes_and_so_does_zero(value: str, delay_ms: int) -> None:
    options = parse_options([("Upstash-Delay", value)])
    assert (options.delay_ms, options.warnings) == (delay_ms, ())


def test_a_delay_of_a_hundred_thousand_parts_is_read_in_one_go() -> None:
    assert parse_options([("Upstash-Delay", "1ms" * 20_000)]).delay_ms == 20_000


@pytest.mark.parametrize(
    ("pairs", "warned"),
    [
        ([("Upstash-Timeout", "10")], []),
        ([CALLBACK, ("Upstash-Callback-Delay", "60")], ["duration-without-unit"]),
        ([CALLBACK, ("Upstash-Callback-Timeout", "60")], ["duration-without-unit"]),
        ([FAILURE, ("Upstash-Failure-Callback-Delay", "60")], ["duration-without-unit"]),
        ([CALLBACK, ("Upstash-Callback-Delay", "60s"), ("Upstash-Callback-Timeout", "0.5s")], []),
        ([CALLBACK, ("Upstash-Callback-Delay", "0")], []),
        (
            [("Upstash-Flow-Control-Key", "k"), ("Upstash-Flow-Control-Value", "rate=1,period=60")],
            ["duration-without-unit"],
        ),
        ([("Upstash-Flow-Control-Key", "k"), ("Upstash-Flow-Control-Value", "rate=1,period=1m")], []),
        ([OF_RUN, ("Upstash-Delay", "1w")], ["long-unit"]),
        ([OF_RUN, ("Upstash-Delay", "7d")], []),
        ([("Upstash-Callback-Delay", "60")], []),
    ],
)
def test_what_hosted_qstash_may_take_otherwise_is_warned_of(pairs: list[tuple[str, str]], warned: list[str]) -> None:
    assert codes(*pairs) == warned


def test_a_warning_names_the_header_and_what_would_be_right() -> None:
    options = parse_options([CALLBACK, ("Upstash-Callback-Delay", "60")])
    [warning] = options.warnings
    assert warning.code is WarningCode.DURATION_WITHOUT_UNIT
    assert warning.text.startswith("Upstash-Callback-Delay has a duration without a unit, '60'")
    assert warning.text.endswith("write '60s'")
    assert options.callback is not None
    assert (options.callback.options.delay_ms, options.callback.options.warnings) == (60_000, ())


def test_equal_headers_share_their_warnings() -> None:
    pairs = [CALLBACK, ("Upstash-Callback-Delay", "60")]
    assert parse_options(pairs).warnings is parse_options(list(pairs)).warnings


@pytest.mark.parametrize(("value", "days"), [("1w", 7), ("1mo", 30), ("1y", 365), ("1y1mo1w1d", 403), ("0.5w", 3.5)])
def test_the_units_of_the_workflow_pages_hold_for_messages_of_a_run(value: str, days: float) -> None:
    assert parse_options([OF_RUN, ("Upstash-Delay", value)]).delay_ms == days * 86_400_000
    refusal(("Upstash-Delay", value))
    refusal(OF_RUN, ("Upstash-Delay", "60"))


@pytest.mark.parametrize("prefix", ["Upstash-", "Upstash-Callback-", "Upstash-Failure-Callback-"])
def test_a_colon_in_a_deduplication_id_is_refused_wherever_it_is_given(prefix: str) -> None:
    pairs = [CALLBACK, FAILURE, (f"{prefix}Deduplication-Id", "a:b")]
    text = refusal(*pairs)
    assert text.startswith("DeduplicationId cannot contain ':'")
    assert f"{prefix}Deduplication-Id is 'a:b'" in text
    with pytest.raises(Rejection, match=r"^DeduplicationId cannot contain ':'"):
        parse_overrides(pairs, DeliveryOptions())


@pytest.mark.parametrize("id", ["a b", "a/b", "a?b#c", "ü💩", "a,b", "a\\b", "%3A", "x" * 4_096])
def test_nothing_else_in_a_deduplication_id_is_refused(id: str) -> None:
    assert parse_options([("Upstash-Deduplication-Id", id)]).deduplication_id == id


@pytest.mark.parametrize("prefix", ["Upstash-", "Upstash-Callback-", "Upstash-Failure-Callback-"])
@pytest.mark.parametrize("key", ["a:b", "a/b", "a b", "ü", "a,b", "a\n", "a@b"])
def test_a_flow_control_key_is_a_plain_name(prefix: str, key: str) -> None:
    text = refusal(CALLBACK, FAILURE, (f"{prefix}Flow-Control-Key", key), (f"{prefix}Flow-Control-Value", "rate=1"))
    assert text.startswith("flowControlKey must be alphanumeric, hyphen, underscore, or period")
    assert f"{prefix}Flow-Control-Key" in text


@pytest.mark.parametrize(
    "pairs",
    [
        [("Upstash-Deduplication-Id", "ü" * 2_049)],
        [("Upstash-Flow-Control-Key", "x" * 4_097), LIMIT],
        [("Upstash-Label", ",".join(["x" * 100] * 41))],
        [CALLBACK, ("Upstash-Callback-Label", "x" * 4_097)],
    ],
)
def test_ids_keys_and_labels_are_bounded(pairs: list[tuple[str, str]]) -> None:
    assert "use at most 4096 bytes" in refusal(*pairs)


@pytest.mark.parametrize("label", ["a:b", "a b", "ü", "a/b"])
@pytest.mark.parametrize("prefix", ["Upstash-", "Upstash-Callback-", "Upstash-Failure-Callback-"])
def test_each_label_is_a_plain_name(prefix: str, label: str) -> None:
    assert f"invalid {prefix}Label: use letters, digits" in refusal(
        CALLBACK, FAILURE, (f"{prefix}Label", f"ok,{label}")
    )


OPTIONS = (
    *("Method", "Timeout", "Retries", "Retry-Delay", "Delay", "Not-Before", "Label", "Redact-Fields"),
    *("Deduplication-Id", "Content-Based-Deduplication", "Queue-Name", "Callback", "Failure-Callback"),
    *("Flow-Control-Key", "Flow-Control-Value", "Header-Forward"),
)


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_option_counts_as_absent(name: str, empty: str) -> None:
    assert parse_options([(f"Upstash-{name}", empty)]) == DeliveryOptions()
    for kind in ("Callback", "Failure-Callback"):
        given = [(f"Upstash-{kind}", URL)]
        assert parse_options([*given, (f"Upstash-{kind}-{name}", empty)]) == parse_options(given)
    base = parse_options([("Upstash-Retries", "5"), ("Upstash-Label", "x"), CALLBACK, FAILURE])
    assert parse_overrides([(f"Upstash-{name}", empty)], base) == base


def test_all_options_empty_are_all_absent() -> None:
    assert parse_options([(f"Upstash-{name}", "") for name in OPTIONS]) == DeliveryOptions()


def test_an_empty_forwarded_header_is_forwarded_empty() -> None:
    options = parse_options([("Upstash-Forward-X-A", ""), CALLBACK, ("Upstash-Callback-Forward-X-B", "")])
    assert options.headers == (("X-A", ""),)
    assert options.callback is not None
    assert options.callback.options.headers == (("X-B", ""),)


def test_an_empty_header_lets_the_query_speak_but_an_empty_forwarded_one_does_not() -> None:
    query = [("upstash-retries", "1"), ("upstash-forward-x-a", "query"), ("upstash-callback-forward-x-b", "query")]
    headers = [("Upstash-Retries", ""), ("Upstash-Forward-X-A", ""), ("Upstash-Callback-Forward-X-B", "")]
    pairs = [*option_pairs(query, headers), CALLBACK]
    options = parse_options(pairs)
    assert (options.retries, options.headers) == (1, (("X-A", ""),))
    assert options.callback is not None
    assert options.callback.options.headers == (("X-B", ""),)


def test_an_empty_schedule_id_is_none_but_an_empty_cron_is_one() -> None:
    assert schedule_fields([("Upstash-Schedule-Id", ""), ("Upstash-Cron", "")]) == {"cron": ""}


def test_a_retry_is_warned_of_what_it_says_itself_and_not_of_what_is_past() -> None:
    base = parse_options([CALLBACK, ("Upstash-Callback-Delay", "60")])
    assert parse_overrides([("Upstash-Retries", "1")], base).warnings == ()
    odd = [FAILURE, ("Upstash-Failure-Callback-Timeout", "60")]
    assert [warning.code for warning in parse_overrides(odd, base).warnings] == [WarningCode.DURATION_WITHOUT_UNIT]
