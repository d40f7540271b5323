"""Which message came of which, in both directions, for as long as the messages are kept."""

from __future__ import annotations

from qstash_dev.state.kinship import MAX_CHILDREN, Kinship, Relation
from qstash_dev.state.message import State
from tests.state.support import make_message, make_tenant


def test_parent_and_children_know_each_other() -> None:
    kinship = Kinship()
    kinship.add(Relation.CALLBACK, "parent", "first")
    kinship.add(Relation.REPLAY, "parent", "second")
    assert kinship.parent("first") == (Relation.CALLBACK, "parent")
    assert kinship.children("parent") == [(Relation.CALLBACK, "first"), (Relation.REPLAY, "second")]
    assert kinship.parent("parent") is None
    assert kinship.children("first") == []


def test_a_message_with_very_many_children_remembers_the_latest() -> None:
    kinship = Kinship()
    for number in range(MAX_CHILDREN + 5):
        kinship.add(Relation.REPLAY, "parent", f"child_{number}")
    children = kinship.children("parent")
    assert len(children) == MAX_CHILDREN
    assert children[-1] == (Relation.REPLAY, f"child_{MAX_CHILDREN + 4}")


def test_what_is_forgotten_leaves_nothing_behind() -> None:
    tenant = make_tenant(finished_messages=1)
    parent, child = make_message(tenant), make_message(tenant)
    tenant.kinship.add(Relation.CALLBACK, parent.id, child.id)
    for message in (parent, child):
        tenant.accepted(message)
        message.state = State.DELIVERED
        tenant.finished(message)
    assert list(tenant.messages) == [child.id]
    assert tenant.kinship.children(parent.id) == []
    # The child still knows its name.
    assert tenant.kinship.parent(child.id) == (Relation.CALLBACK, parent.id)


def test_a_child_of_a_forgotten_parent_leaves_nothing_behind_either() -> None:
    kinship = Kinship()
    kinship.forget("parent")
    kinship.add(Relation.DLQ_RETRY, "parent", "first")
    kinship.add(Relation.DLQ_RETRY, "parent", "second")
    kinship.forget("first")
    assert kinship.children("parent") == [(Relation.DLQ_RETRY, "second")]
    kinship.forget("second")
    assert kinship.children("parent") == []
    assert kinship == Kinship()


def test_a_reset_forgets_all_of_it() -> None:
    tenant = make_tenant()
    tenant.kinship.add(Relation.CALLBACK, "a", "b")
    tenant.clear()
    assert tenant.kinship.parent("b") is None
