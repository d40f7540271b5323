"""A proof, from its structure, that a regular expression takes time in proportion to any text.

A backtracking matcher tries the runs of an automaton one after the other. If no text has more than a fixed number of
runs, dead ends included, its work is linear. The number is unbounded if and only if some text leads from a state p
back to p, from p to another state q, and from q back to q (Weber and Seidl, "On the degree of ambiguity of finite
automata", 1991, criterion IDA; two ways round the same states make it exponential). Here every state counts as an
end, because a match may fail anywhere but where it is made.

What cannot be told exactly is held to be worse than it is: bounded repeats of more than a few count as unbounded,
atomic groups as ordinary ones. Possessive repeats of one character are exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from re import _compiler, _constants, _parser  # type: ignore[attr-defined]  # what `re` itself is made of
from typing import Any, NamedTuple

_MAX_COPIES = 4
_ONE_CHARACTER = {_constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY, _constants.IN}
_ALTERNATIVES = {_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT}
# Whatever a category may treat in a way of its own.
_SAMPLES = [*range(256), *map(ord, "Āſµμ²٣٤İK\u2028\u00a0\u3000\ud800\udc80\udfff😀")]

Characters = frozenset[int]


class Doubt(Exception):
    """A construct about which nothing can be proved."""


class Step(NamedTuple):
    """The state that comes next, unless the next character is one of those."""

    state: int
    unless: Characters = frozenset()


@dataclass
class RunMessage:
    """A part of the pattern: where it may begin and end. ``empty`` is ``None`` if it always takes a character, or
    else what may not follow where it takes none."""

    first: list[Step] = field(default_factory=list)
    last: list[Step] = field(default_factory=list)
    empty: Characters | None = frozenset()


class Automaton:
    """The states of a pattern are the characters written in it (Glushkov); ``search`` lets it begin anywhere."""

    def __init__(self, pattern: str | bytes, flags: int, *, search: bool) -> None:
        tree = _parser.parse(pattern, flags & ~re.DEBUG)
        self._source = tree.state
        self._flags = tree.state.flags
        self._alphabet = sorted({*_SAMPLES, *_edges(tree)} if isinstance(pattern, str) else range(256))
        self._as_bytes = isinstance(pattern, bytes)
        self.takes: list[Characters] = []
        self.steps: list[list[Step]] = []
        self._conditions = 0
        whole = self._sequence(tree)
        # Where nothing must follow, the match is made: no other run is tried.
        self.ends = {state for state, _ in whole.last} if not self._conditions else set()
        if search:
            self._join(self._loop(self._state(frozenset(self._alphabet))), whole)

    def _state(self, takes: Characters) -> RunMessage:
        self.takes.append(takes)
        self.steps.append([])
        step = Step(len(self.takes) - 1)
        return RunMessage([step], [step], None)

    def _sequence(self, items: Iterable[Any]) -> RunMessage:
        part = RunMessage()
        for item in items:
            part = self._join(part, self._item(*item))
        return part

    def _join(self, before: RunMessage, after: RunMessage) -> RunMessage:
        self._connect(before.last, after.first)
        first, last = list(before.first), list(after.last)
        if before.empty is not None:
            first += [Step(state, unless | before.empty) for state, unless in after.first]
        if after.empty is not None:
            last += [Step(state, unless | after.empty) for state, unless in before.last]
        empty = None if before.empty is None or after.empty is None else before.empty | after.empty
        return RunMessage(first, last, empty)

    def _connect(self, last: Iterable[Step], first: Iterable[Step]) -> None:
        for (state, unless), (to, unless_to) in product(last, first):
            self.steps[state].append(Step(to, unless | unless_to))

    def _loop(self, part: RunMessage) -> RunMessage:
        self._connect(part.last, part.first)
        return part

    def _item(self, kind: Any, detail: Any) -> RunMessage:
        if kind in _ONE_CHARACTER:
            return self._state(self._accepted(kind, detail))
        if kind in _ALTERNATIVES:
            return self._repeat(kind, *detail)
        if kind is _constants.BRANCH:
            return _either(self._sequence(choice) for choice in detail[1])
        if kind is _constants.SUBPATTERN:
            return self._group(*detail)
        if kind is _constants.ATOMIC_GROUP:
            return self._sequence(detail)
        if kind in (_constants.ASSERT, _constants.ASSERT_NOT):
            self._conditions += 1
            return self._look(detail[1])
        if kind is _constants.AT:
            self._conditions += 1
            return RunMessage()
        raise Doubt(f"{kind} is beyond this proof")

    def _group(self, _number: int | None, more: int, fewer: int, items: Any) -> RunMessage:
        before = self._flags
        self._flags = before & ~fewer | more
        part = self._sequence(items)
        self._flags = before
        return part

    def _look(self, items: Any) -> RunMessage:
        known = len(self.takes)
        self._sequence(items)
        if any(to.state <= state for state in range(known, len(self.takes)) for to in self.steps[state]):
            raise Doubt("a repeat within a lookaround")
        del self.takes[known:], self.steps[known:]
        return RunMessage()

    def _repeat(self, kind: Any, least: int, most: Any, items: Any) -> RunMessage:
        if kind is _constants.POSSESSIVE_REPEAT and len(items) == 1 and items[0][0] in _ONE_CHARACTER:
            return self._possessive(least, most, self._accepted(*items[0]))
        if most is not _constants.MAXREPEAT and most <= _MAX_COPIES:
            part = RunMessage()
            for number in reversed(range(most)):
                part = self._join(self._sequence(items), part)
                if number >= least:
                    part.empty = frozenset() if part.empty is None else part.empty
            return part
        part = self._loop(self._sequence(items))
        if least == 0 and part.empty is None:
            part.empty = frozenset()
        return part

    def _possessive(self, least: int, most: Any, takes: Characters) -> RunMessage:
        part = self._state(takes)
        if most is _constants.MAXREPEAT:
            # It has taken all that it may: whatever comes next is something else.
            self._loop(part)
            return RunMessage(part.first, [Step(part.last[0].state, takes)], takes if least == 0 else None)
        if most > 1:
            self._loop(part)
        return RunMessage(part.first, part.last, takes if least == 0 else None)

    def _accepted(self, kind: Any, detail: Any) -> Characters:
        one = _compiler.compile(_parser.SubPattern(self._source, [(kind, detail)]), self._flags)
        texts = ((code, bytes([code]) if self._as_bytes else chr(code)) for code in self._alphabet)
        return frozenset(code for code, text in texts if one.fullmatch(text))

    def moves(self, state: int) -> list[tuple[int, Characters]]:
        """Where it may go from there, and with which characters."""
        found = ((to, self.takes[to] - unless) for to, unless in self.steps[state])
        return [(to, characters) for to, characters in found if characters]


def _either(choices: Iterable[RunMessage]) -> RunMessage:
    whole = RunMessage(empty=None)
    for choice in choices:
        whole.first += choice.first
        whole.last += choice.last
        if choice.empty is not None:
            whole.empty = choice.empty if whole.empty is None else whole.empty & choice.empty
    return whole


def _edges(items: Any) -> set[int]:
    """Every character that the pattern names, with its neighbours."""
    found: set[int] = set()
    for item in items if isinstance(items, list | tuple | _parser.SubPattern) else ():
        if isinstance(item, int) and not isinstance(item, bool):
            found |= {code for code in (item - 1, item, item + 1) if 0 <= code < 0x110000}
        else:
            found |= _edges(item)
    return found


def superlinear(pattern: str | bytes, flags: int = 0, *, search: bool = True, whole: bool = True) -> str | None:
    """Why some text may cost more than its length; ``None`` if none can.

    ``search`` tells that the pattern may begin anywhere in the text, as ``search``, ``sub`` and ``split`` do,
    ``whole`` that it must go on to the end of the text, as ``fullmatch`` does.
    """
    try:
        automaton = Automaton(pattern, flags, search=search)
    except Doubt as doubt:
        return str(doubt)
    moves = [automaton.moves(state) for state in range(len(automaton.takes))]
    safe = set() if whole else automaton.ends
    repeated = [state for state in range(len(moves)) if state not in safe and _reaches(moves, state, state)]
    for state in repeated:
        for at, (to, characters) in enumerate(moves[state]):
            again = any(to == other and characters & those for other, those in moves[state][at + 1 :])
            if again and _reaches(moves, to, state):
                return "two ways to repeat the same"
    for one, other in product(repeated, repeated):
        if one != other and _ambiguous(moves, one, other):
            return "two repeats may share out one text in as many ways as it is long"
    return None


def _reaches(moves: Sequence[list[tuple[int, Characters]]], start: int, goal: int) -> bool:
    seen: set[int] = set()
    todo = [to for to, _ in moves[start]]
    while todo:
        state = todo.pop()
        if state == goal:
            return True
        if state not in seen:
            seen.add(state)
            todo += [to for to, _ in moves[state]]
    return False


def _ambiguous(moves: Sequence[list[tuple[int, Characters]]], p: int, q: int) -> bool:
    """Whether one text leads from p to p, from p to q and from q to q."""
    seen: set[tuple[int, int, int]] = set()
    todo = [(p, p, q)]
    while todo:
        for (a, with_a), (b, with_b), (c, with_c) in product(*(moves[state] for state in todo.pop())):
            if (a, b, c) not in seen and with_a & with_b & with_c:
                if (a, b, c) == (p, q, q):
                    return True
                seen.add((a, b, c))
                todo.append((a, b, c))
    return False
