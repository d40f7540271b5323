"""Errands: what was put off is done piece by piece, each item once."""

from __future__ import annotations

from qstash_dev.broker.errands import Errands


def test_each_item_has_one_errand_and_they_take_turns() -> None:
    errands, done = Errands(), list[tuple[str, int]]()
    told: list[int] = []
    errands.on_work = lambda: told.append(len(errands))
    left = {"a": 2, "b": 1}

    def piece(item: str, now_ms: int) -> None:
        done.append((item, now_ms))
        left[item] -= 1
        if left[item]:
            errands.add(item, piece)

    for item in ("a", "b", "a"):
        errands.add(item, piece)
    assert (len(errands), told) == (2, [1, 2, 2])
    for now_ms in range(4):
        errands.run(now_ms)
    assert done == [("a", 0), ("b", 1), ("a", 2)]
    assert not errands


def test_an_errand_may_be_forgotten() -> None:
    errands, done = Errands(), list[str]()
    errands.add("a", lambda item, _: done.append(item))
    errands.drop("a")
    errands.drop("a")
    errands.run(0)
    assert done == []
