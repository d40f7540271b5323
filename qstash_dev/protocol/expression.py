"""The retry delay of a message: the expression in ``Upstash-Retry-Delay``.

https://upstash.com/docs/qstash/features/retry: an expression has numbers, ``retried``, ``+ - * / ( )`` and nine
functions. It is parsed in linear time and never evaluated as code.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache
from operator import add, mul, sub, truediv

from qstash_dev.protocol.wording import nearest

MAX_LENGTH = 500
MAX_DEPTH = 50
Node = Callable[[float], float]

# The correct name for names of ``retried`` in other libraries and for functions of JavaScript.
_MEANT = dict.fromkeys(("retries", "retry", "retrycount", "attempt", "attempts", "n", "i", "count"), "retried")
_MEANT |= {"power": "pow", "trunc": "floor", "minimum": "min", "maximum": "max"}
_UNITS = ("ms", "s", "m", "h", "d")
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|([-+*/(),]))", re.ASCII)


def _pow(base: float, exponent: float) -> float:
    # Infinite instead of OverflowError, so that min() still limits it.
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf


def _exp(exponent: float) -> float:
    try:
        return math.exp(exponent)
    except OverflowError:
        return math.inf


def _round_half_away(value: float) -> float:
    # As Go's math.Round does; Python's round() returns 2 for 2.5.
    return math.copysign(math.floor(abs(value) + 0.5), value)


def _whole(rounded: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: rounded(value) if math.isfinite(value) else value


_OPERATORS = {"+": add, "-": sub, "*": mul, "/": truediv}
_FUNCTIONS: dict[str, tuple[Callable[..., float], int, int]] = {
    "pow": (_pow, 2, 2),
    "sqrt": (math.sqrt, 1, 1),
    "abs": (math.fabs, 1, 1),
    "exp": (_exp, 1, 1),
    "floor": (_whole(math.floor), 1, 1),
    "ceil": (_whole(math.ceil), 1, 1),
    "round": (_whole(_round_half_away), 1, 1),
    "min": (lambda *values: min(values), 1, 20),
    "max": (lambda *values: max(values), 1, 20),
}


@lru_cache(maxsize=256)
def parse_expression(text: str) -> Node:
    """A function that takes ``retried`` and returns the value of the expression.

    Raises ValueError: the text is not an expression; says what is wrong and what would be right.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"use at most {MAX_LENGTH} characters")
    parser = _Parser(_tokens(text))
    node = parser.sum(0)
    if parser.peek() != "":
        raise ValueError(f"unexpected '{parser.peek()}'{_advice(parser.peek())}")
    return node


def evaluate_ms(text: str, retried: int) -> float:
    """The delay in milliseconds: infinite on overflow, 0 if the result is negative or not a number."""
    try:
        value = float(parse_expression(text)(float(retried)))
    except (ArithmeticError, ValueError):
        return 0.0
    return value if value > 0 else 0.0


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:].strip()
            raise ValueError(f"unexpected '{rest[:10]}'{_advice(rest[:1], *tokens[-1:])}")
        tokens.append(match[0].strip())
        position = match.end()
    return tokens


def _advice(token: str, before: str = "") -> str:
    """What to write instead, as the end of an error text; empty if unknown."""
    if token in ("*", "^"):
        return ": use pow(base, exponent)"
    if before == "Math":
        return ": leave 'Math.' out"
    if token in _UNITS:
        return ": the value is in milliseconds and has no unit"
    if token == "retried" or token in _FUNCTIONS:
        return ""
    meant = _MEANT.get(token.lower().replace("_", "")) or nearest(token, ("retried", *_FUNCTIONS))
    return f": use {meant}" if meant is not None and token else ""


class _Parser:
    """A recursive descent parser. Each method parses one rule of the grammar and returns its value as a function."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self.peek()
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        found = self._take()
        if found != token:
            raise ValueError(f"expected '{token}' but found '{found or 'the end'}'")

    def sum(self, depth: int) -> Node:
        return self._chain(("+", "-"), self._product, depth)

    def _product(self, depth: int) -> Node:
        return self._chain(("*", "/"), self._unary, depth)

    def _chain(self, operators: tuple[str, str], operand: Callable[[int], Node], depth: int) -> Node:
        left = operand(depth)
        while (operator := self.peek()) in operators:
            self._at += 1
            left = _binary(_OPERATORS[operator], left, operand(depth))
        return left

    def _unary(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise ValueError(f"nest at most {MAX_DEPTH} levels")
        if self.peek() == "-":
            self._at += 1
            operand = self._unary(depth + 1)
            return lambda retried: -operand(retried)
        return self._operand(depth)

    def _operand(self, depth: int) -> Node:
        token = self._take()
        if token == "(":
            inner = self.sum(depth + 1)
            self._expect(")")
            return inner
        if token[:1].isdigit() or token[:1] == ".":
            number = float(token)
            return lambda _retried: number
        if token == "retried":
            return lambda retried: retried
        if token in _FUNCTIONS:
            return self._call(token, depth)
        known = ", ".join(["retried", *_FUNCTIONS])
        raise ValueError(f"'{token or 'the end'}' is not a number or one of {known}{_advice(token)}")

    def _call(self, name: str, depth: int) -> Node:
        function, fewest, most = _FUNCTIONS[name]
        self._expect("(")
        arguments = [self.sum(depth + 1)]
        while self.peek() == ",":
            self._at += 1
            arguments.append(self.sum(depth + 1))
        self._expect(")")
        if not fewest <= len(arguments) <= most:
            raise ValueError(f"{name}() takes {fewest if fewest == most else f'{fewest} to {most}'} arguments")
        return lambda retried: function(*(argument(retried) for argument in arguments))


def _binary(operator: Callable[[float, float], float], left: Node, right: Node) -> Node:
    return lambda retried: operator(left(retried), right(retried))
