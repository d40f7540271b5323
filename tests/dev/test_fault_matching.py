"""The delivery attempts that a fault applies to."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qstash_dev.dev.faults import MAX_FAULTS, Fault, Faults, fits

URL = "https://myapp.com/hook?a=1"


@pytest.mark.parametrize(
    "pattern",
    [
        *(URL, "*", "**", "https://*", "https://myapp.com/*", "https://myapp.com*", "*/hook?a=1", "*hook*"),
        *("https://*.com/*", "*myapp*hook*1", "h*1", "https://myapp.com/hook?a=1*", "*https://myapp.com/hook?a=1"),
    ],
)
def test_an_asterisk_stands_for_anything(pattern: str) -> None:
    assert fits(pattern, URL)


@pytest.mark.parametrize(
    "pattern",
    [
        *("", "https://myapp.com", "http://*", "https://myapp.com/", "*hook", "hook*", "*/other*", "*hook*myapp*"),
        *("https://myapp.com/hook.a=1", "*a=1*a=1", "https://myapp.com/hook?a=11*", "HTTPS://*"),
        # The ends may not overlap.
        "https://myapp.com/hook?a=1*1",
    ],
)
def test_everything_else_stands_for_itself(pattern: str) -> None:
    assert not fits(pattern, URL)


def test_a_whole_site_includes_its_bare_address() -> None:
    assert fits("https://myapp.com/*", "https://myapp.com")
    assert not fits("https://myapp.com/a*", "https://myapp.com")
    assert not fits("https://myapp.com/*/", "https://myapp.com")


def test_no_pattern_takes_long() -> None:
    started = perf_counter()
    assert not fits("a*" * 1_000 + "b", "a" * 16_000)
    assert perf_counter() - started < 1


PIECES = st.text("ab/", max_size=4)


@given(st.lists(PIECES, min_size=1, max_size=5), st.data())
def test_whatever_fills_the_asterisks_fits(pieces: list[str], data: st.DataObject) -> None:
    fillings = [data.draw(PIECES) for _ in pieces[1:]]
    url = pieces[0] + "".join(filling + piece for filling, piece in zip(fillings, pieces[1:], strict=True))
    assert fits("*".join(pieces), url)


def test_a_fault_strikes_once_unless_told_otherwise() -> None:
    fault = Fault("f", URL, status=500)
    assert [fault.strikes(URL) for _ in range(3)] == [True, False, False]
    assert (fault.struck, fault.spent) == (1, True)


def test_a_fault_strikes_so_many_times_and_counts_no_others() -> None:
    fault = Fault("f", "https://a/*", error="reset", times=2)
    urls = ["https://b/1", "https://a/1", "https://b/2", "https://a/2", "https://a/3"]
    assert [fault.strikes(url) for url in urls] == [False, True, False, True, False]


def test_a_fault_without_a_number_strikes_for_ever() -> None:
    fault = Fault("f", "*", status=500, times=None)
    assert all(fault.strikes(URL) for _ in range(1_000))
    assert not fault.spent


def sequence(probability: float, seed: int, length: int = 200) -> list[bool]:
    fault = Fault("f", "*", status=500, times=None, probability=probability, seed=seed)
    return [fault.strikes(URL) for _ in range(length)]


def test_the_seed_determines_which_attempts_are_struck() -> None:
    assert sequence(0.5, 1) == sequence(0.5, 1)
    assert len({tuple(sequence(0.5, seed)) for seed in range(20)}) == 20


@pytest.mark.parametrize("probability", [0.01, 0.1, 0.5, 0.9, 0.99])
def test_a_fault_strikes_as_often_as_its_probability_says(probability: float) -> None:
    for seed in range(5):
        share = sum(sequence(probability, seed, 5_000)) / 5_000
        assert share == pytest.approx(probability, abs=0.025)


def test_a_lower_probability_spares_more_of_the_same_attempts() -> None:
    rarely, often = sequence(0.2, 3), sequence(0.6, 3)
    assert all(struck_often for struck_often, struck in zip(often, rarely, strict=True) if struck)


def test_certainty_strikes_always() -> None:
    assert all(sequence(1.0, 9, 1_000))


def test_a_probable_fault_is_spent_after_so_many_strikes() -> None:
    fault = Fault("f", "*", status=500, times=3, probability=0.5)
    assert sum(fault.strikes(URL) for _ in range(100)) == 3


def test_the_first_fault_that_strikes_wins() -> None:
    faults = Faults()
    first, second = faults.add("https://a/*", status=500), faults.add("*", status=503, times=None)
    assert faults.strike("https://b/") is second
    assert faults.strike("https://a/") is first
    assert faults.strike("https://a/") is second
    assert (first.id, second.id, second.struck) == ("fault_1", "fault_2", 2)


def test_without_faults_nothing_is_struck() -> None:
    faults = Faults()
    faults.add("https://a/*", status=500)
    assert faults.strike(URL) is None


def test_when_there_are_too_many_faults_those_that_are_spent_go_first() -> None:
    faults = Faults()
    for number in range(MAX_FAULTS):
        faults.add(f"https://{number}/", status=500)
    with pytest.raises(ValueError, match="there are 1000 faults already: remove some first"):
        faults.add("*", status=500)
    struck = faults.strike("https://7/")
    assert struck is not None
    added = faults.add("*", status=500)
    assert struck.id not in faults.all
    assert (len(faults.all), added.id) == (MAX_FAULTS, "fault_1001")
