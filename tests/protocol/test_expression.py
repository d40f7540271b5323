"""Retry-delay expressions: their values, and that none takes long."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qstash_dev.protocol.expression import MAX_DEPTH, MAX_LENGTH, evaluate_ms, parse_expression
from tests.protocol.properties import ANY_TEXT, PROPERTY, value_or_refusal


@pytest.mark.parametrize(
    ("text", "delays"),
    [
        ("1000", [1_000, 1_000, 1_000]),
        ("15000", [15_000, 15_000, 15_000]),
        ("1000 * retried", [0, 1_000, 2_000]),
        ("1000 * (1 + retried)", [1_000, 2_000, 3_000]),
        ("pow(2, retried) * 1000", [1_000, 2_000, 4_000]),
        ("pow(retried, 2) * 1000", [0, 1_000, 4_000]),
        ("max(1000, pow(2, retried) * 100)", [1_000, 1_000, 1_000]),
        ("min(pow(3, retried) * 1000, 5000)", [1_000, 3_000, 5_000]),
        ("retried", [0, 1, 2]),
        ("5000 - 1000 * retried", [5_000, 4_000, 3_000]),
        ("-(0 - retried) * 7", [0, 7, 14]),
    ],
)
def test_retried_counts_the_retries_before_this_one(text: str, delays: list[float]) -> None:
    assert [evaluate_ms(text, retried) for retried in range(3)] == delays


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 3 - 2", 5),
        ("100 / 10 / 2", 5),
        ("7 / 2", 3.5),
        ("2 * -3 + 10", 4),
        ("--5", 5),
        ("10--5", 15),
        ("1.5", 1.5),
        (".5", 0.5),
        ("2.", 2),
        ("1e3", 1_000),
        ("1.5E+2", 150),
        ("25e-1", 2.5),
        ("sqrt(16)", 4),
        ("abs(0-3)", 3),
        ("exp(0)", 1),
        ("exp(1)", math.e),
        ("floor(2.7)", 2),
        ("ceil(2.1)", 3),
        ("round(2.5)", 3),
        ("round(2.4)", 2),
        ("abs(round(-2.5))", 3),
        ("min(3)", 3),
        ("min(3, 1, 2)", 1),
        ("max(3, 1, 9, 2)", 9),
        ("  max ( 1 ,2 )\t+\n1 ", 3),
    ],
)
def test_arithmetic(text: str, value: float) -> None:
    assert evaluate_ms(text, 0) == value


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "'the end' is not a number"),
        ("1 +", "'the end' is not a number"),
        ("retries", "'retries' is not a number or one of retried, pow, .*: use retried$"),
        ("Retried", "'Retried' is not .*: use retried$"),
        ("retry_count * 1000", "'retry_count' is not .*: use retried$"),
        ("pow(2, attempt)", "'attempt' is not .*: use retried$"),
        ("powr(2, 3)", "'powr' is not .*: use pow$"),
        ("roun(2.5)", "'roun' is not .*: use round$"),
        ("Math.pow(2, 3)", r"unexpected '\.pow\(2, 3\)': leave 'Math\.' out$"),
        ("min(1000, Math.abs(retried))", r"unexpected '\.abs\(retri': leave 'Math\.' out$"),
        ("10s", "unexpected 's': the value is in milliseconds and has no unit$"),
        ("sizeof(retried)", "'sizeof' is not a number or one of .*max$"),
        ("2 retried", "unexpected 'retried'$"),
        ("(1", r"expected '\)' but found 'the end'"),
        ("1)", r"unexpected '\)'"),
        ("()", r"'\)' is not a number"),
        ("pow(2)", r"pow\(\) takes 2 arguments"),
        ("pow(2, 3, 4)", r"pow\(\) takes 2 arguments"),
        ("sqrt(1, 2)", r"sqrt\(\) takes 1 arguments"),
        ("min()", "is not a number"),
        ("pow 2", r"expected '\('"),
        ("1 ** 2", r"'\*' is not a number .*: use pow\(base, exponent\)$"),
        ("2 ^ 3", r"unexpected '\^ 3': use pow\(base, exponent\)$"),
        ("2 % 3", "unexpected '%"),
        ("+1", r"'\+' is not a number"),
        ("1,2", "unexpected ','"),
        ("1e", "unexpected 'e'"),
        ("1 < 2", "unexpected '<"),
        ("retried.real", "unexpected '.real"),
        ("__import__('os')", "unexpected|is not"),
        ("'1'", "unexpected"),
        ("٣", "unexpected"),
        ("min(" + ",".join("1" * 21) + ")", r"min\(\) takes 1 to 20"),
    ],
)
def test_anything_else_is_refused_and_says_where(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_expression(text)


@pytest.mark.parametrize(
    "text", ["0 - 5", "-1", "1e999 - 1e999", "sqrt(0-1)", "0 / 0", "pow(0-8, 0.5)", "floor(1e999 - 1e999)"]
)
def test_negative_and_undefined_results_mean_at_once(text: str) -> None:
    assert evaluate_ms(text, 0) == 0


@pytest.mark.parametrize("text", ["exp(1000)", "pow(10, 400)", "1e999", "1e308 * 10", "ceil(1e999)"])
def test_overflow_is_infinite(text: str) -> None:
    assert evaluate_ms(text, 0) == math.inf


@pytest.mark.parametrize(
    "text",
    ["min(exp(1000), 5000)", "min(5000, pow(10, 400))", "min(pow(1e300, 2), 5000)", "min(1e999, 5000)"],
)
def test_a_limit_holds_whatever_it_limits(text: str) -> None:
    assert evaluate_ms(text, 0) == 5_000


@pytest.mark.parametrize("text", ["floor(0-1e999)", "0 - exp(1000)", "-pow(10, 400)"])
def test_an_overflow_below_zero_means_at_once(text: str) -> None:
    assert evaluate_ms(text, 0) == 0


@pytest.mark.parametrize(
    "text",
    [
        "9" * MAX_LENGTH,
        "pow(9, pow(9, pow(9, pow(9, pow(9, 9)))))",
        "*".join(["floor(1e308)"] * 38),
        "pow(floor(1e308), floor(1e308))",
        "1" + "+1" * 249,
        "1" + "/3" * 249,
        "-" * MAX_DEPTH + "1",
        "(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH,
        "abs(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH,
        "exp(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH,
    ],
)
def test_the_largest_expressions_are_evaluated(text: str) -> None:
    parse_expression(text)
    assert evaluate_ms(text, 20) >= 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("1" * (MAX_LENGTH + 1), "at most 500 characters"),
        ("(" * 100_000, "at most 500 characters"),
        ("-" * (MAX_DEPTH + 1) + "1", "nest at most"),
        ("(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1), "nest at most"),
        ("(" * MAX_LENGTH, "nest at most"),
        ("sqrt(" * (MAX_DEPTH + 1), "nest at most"),
    ],
)
def test_more_than_that_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_expression(text)


LEAVES = st.sampled_from(["retried", "0", "1", "2.5", "1e300", "1e999", "1000"])


def _combined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, parts, st.sampled_from("+-*/"), parts),
        st.builds("-{}".format, parts),
        st.builds("{}({})".format, st.sampled_from(["sqrt", "abs", "exp", "floor", "ceil", "round"]), parts),
        st.builds("{}({}, {})".format, st.sampled_from(["pow", "min", "max"]), parts, parts),
    )


@PROPERTY
@given(st.recursive(LEAVES, _combined, max_leaves=12), st.integers(0, 20))
def test_every_expression_has_a_value_of_zero_or_more(text: str, retried: int) -> None:
    parse_expression(text)
    assert evaluate_ms(text, retried) >= 0


@PROPERTY
@given(ANY_TEXT | st.text("0123456789.e+-*/(), retidpowsqnmax", max_size=60), st.integers(0, 1_000))
def test_arbitrary_text_has_a_value_or_is_refused(text: str, retried: int) -> None:
    value_or_refusal(parse_expression, text)
    assert evaluate_ms(text, retried) >= 0
