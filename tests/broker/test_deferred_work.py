"""Deferred work: done in slices, each item once."""

from __future__ import annotations

from qstash_dev.broker.deferred_work import DeferredWork


def test_each_item_has_one_work_and_they_take_turns() -> None:
    deferred_work, done = DeferredWork(), list[tuple[str, int]]()
    told: list[int] = []
    deferred_work.on_work = lambda: told.append(len(deferred_work))
    left = {"a": 2, "b": 1}

    def piece(item: str, now_ms: int) -> None:
        done.append((item, now_ms))
        left[item] -= 1
        if left[item]:
            deferred_work.add(item, piece)

    for item in ("a", "b", "a"):
        deferred_work.add(item, piece)
    assert (len(deferred_work), told) == (2, [1, 2, 2])
    for now_ms in range(4):
        deferred_work.run(now_ms)
    assert done == [("a", 0), ("b", 1), ("a", 2)]
    assert not deferred_work


def test_work_may_be_dropped() -> None:
    deferred_work, done = DeferredWork(), list[str]()
    deferred_work.add("a", lambda item, _: done.append(item))
    deferred_work.drop("a")
    deferred_work.drop("a")
    deferred_work.run(0)
    assert done == []
