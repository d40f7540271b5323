"""Files of lines ``NAME=value``: what is a value, and that all else keeps its bytes."""

from __future__ import annotations

import pytest

from qstash_dev.cli.dotenv import updated, values_of


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"A=1", "1"),
        (b"  export A = 1  ", "1"),
        (b"A=1 # a comment", "1"),
        (b"A=1#2", "1#2"),
        (b"A=# none", "# none"),
        (b"A='1 # 2' # 3", "1 # 2"),
        (b'A="1\\" # 2"', '1\\" # 2'),
        (b'A="1\nB=2"', "1\nB=2"),
        (b"A=`1`", "1"),
        (b'A="1', '"1'),
        (b"\xef\xbb\xbfA=1\r\n", "1"),
    ],
)
def test_the_value_of_a_line(line: bytes, value: str) -> None:
    assert values_of(line, "A") == [value]


def test_a_quote_that_is_not_closed_hides_no_line() -> None:
    text = b"A=\"1\nB='2\nC=3\n"
    assert [values_of(text, name) for name in "ABC"] == [['"1'], ["'2"], ["3"]]


def test_only_values_that_differ_are_replaced() -> None:
    text = b"# mine\r\nA='1' # one\r\nB=2\r\nA=old"
    found = updated(text, {"A": "new", "B": "2", "C": "3"}, "{name}={value}")
    assert found.text == b"# mine\r\nA='new' # one\r\nB=2\r\nA=new\r\nC=3\r\n"
    assert (found.updated, found.added) == (["A"], ["C"])
