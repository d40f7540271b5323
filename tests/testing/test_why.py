"""``why``: the verdict on anything that a test can name."""

from __future__ import annotations

import pytest

from qstash_dev.testing import Inbox, QStashDev, QStashDevError, Verdict, VerdictReason
from tests.testing.support import publish


def test_a_message_by_its_id_or_as_it_was_read(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    id = publish(qstash_dev, qstash_inbox.url, Upstash_Delay="1h")
    told = qstash_dev.why(id)
    assert isinstance(told, Verdict)
    assert told.reason is VerdictReason.DELAYED
    assert str(told).startswith("delayed: due in 1 h, at ")
    assert str(told).endswith("; the clock is stopped")
    assert told == qstash_dev.why(qstash_dev.messages.one(id)) == qstash_dev.aio.why(id)


def test_queues_and_keys_may_have_the_same_name(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    url = qstash_inbox.url
    publish(qstash_dev, url, Upstash_Queue_Name="line", Upstash_Delay="1h")
    publish(qstash_dev, url, Upstash_Flow_Control_Key="line", Upstash_Flow_Control_Value="rate=1")
    qstash_dev.wait_idle()
    assert str(qstash_dev.why("line")) == str(qstash_dev.why(qstash_dev.queues.one("line")))
    assert "1 per second are used up" in str(qstash_dev.why("line", kind="flow-control"))


def test_who_asks_why_a_message_failed_has_looked_at_its_dead_letter(
    qstash_dev: QStashDev, qstash_inbox: Inbox
) -> None:
    qstash_inbox.respond(500)
    ids = [publish(qstash_dev, qstash_inbox.url, Upstash_Retries="0") for _ in range(2)]
    qstash_dev.run_all()
    told = qstash_dev.why(ids[0])
    assert told.reason is VerdictReason.GAVE_UP
    letter = qstash_dev.dlq.filter(message_id=ids[1]).one()
    assert f" {ids[1]} gave up after 1 try, HTTP 500" in str(qstash_dev.why(letter))
    qstash_dev.check()


def test_there_is_nothing_to_explain(qstash_dev: QStashDev) -> None:
    with pytest.raises(QStashDevError, match=r"there is no message and no queue and .* msg_x of defaultUser"):
        qstash_dev.why("msg_x")
    with pytest.raises(QStashDevError, match="there is no kind letter: use one of message, queue"):
        qstash_dev.why("msg_x", kind="letter")
