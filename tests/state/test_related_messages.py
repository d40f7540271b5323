"""Related messages in both directions, for as long as the messages are kept."""

from __future__ import annotations

from qstash_dev.state.message import State
from qstash_dev.state.related_messages import MAX_CHILDREN, RelatedMessages, Relation
from tests.state.support import make_message, make_tenant


def test_parent_and_children_know_each_other() -> None:
    related = RelatedMessages()
    related.add(Relation.CALLBACK, "parent", "first")
    related.add(Relation.REPLAY, "parent", "second")
    assert related.parent("first") == (Relation.CALLBACK, "parent")
    assert related.children("parent") == [(Relation.CALLBACK, "first"), (Relation.REPLAY, "second")]
    assert related.parent("parent") is None
    assert related.children("first") == []


def test_a_message_with_very_many_children_remembers_the_latest() -> None:
    related = RelatedMessages()
    for number in range(MAX_CHILDREN + 5):
        related.add(Relation.REPLAY, "parent", f"child_{number}")
    children = related.children("parent")
    assert len(children) == MAX_CHILDREN
    assert children[-1] == (Relation.REPLAY, f"child_{MAX_CHILDREN + 4}")


def test_what_is_forgotten_leaves_nothing_behind() -> None:
    tenant = make_tenant(finished_messages=1)
    parent, child = make_message(tenant), make_message(tenant)
    tenant.related.add(Relation.CALLBACK, parent.id, child.id)
    for message in (parent, child):
        tenant.accepted(message)
        message.state = State.DELIVERED
        tenant.finished(message)
    assert list(tenant.messages) == [child.id]
    assert tenant.related.children(parent.id) == []
    # The child still knows its name.
    assert tenant.related.parent(child.id) == (Relation.CALLBACK, parent.id)


def test_a_child_of_a_forgotten_parent_leaves_nothing_behind_either() -> None:
    related = RelatedMessages()
    related.forget("parent")
    related.add(Relation.DLQ_RETRY, "parent", "first")
    related.add(Relation.DLQ_RETRY, "parent", "second")
    related.forget("first")
    assert related.children("parent") == [(Relation.DLQ_RETRY, "second")]
    related.forget("second")
    assert related.children("parent") == []
    assert related.collections == [{}, {}]


def test_a_reset_forgets_all_of_it() -> None:
    tenant = make_tenant()
    tenant.related.add(Relation.CALLBACK, "a", "b")
    tenant.clear()
    assert tenant.related.parent("b") is None
