"""The test kit: a QStash server in a thread, time travel, and inboxes that record requests.

with QStashDev() as dev:
    inbox = dev.inbox().respond(500, 500, 200)
    ...  # publish to inbox.url with a client that uses the variables in dev.env
    dev.run_all()
    inbox.assert_received(times=3)
"""

from qstash_dev.dev.time_travel import Progress
from qstash_dev.explain.verdict import Verdict
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.notice import NoticeKind
from qstash_dev.protocol.verdict_reason import VerdictReason
from qstash_dev.testing.errors import QStashDevError, QStashDevTimeout
from qstash_dev.testing.fault import Fault
from qstash_dev.testing.inbox import AsyncInbox, Inbox
from qstash_dev.testing.query import Query
from qstash_dev.testing.received import Callback, Received
from qstash_dev.testing.run import Run, Step
from qstash_dev.testing.server import AsyncQStashDev, QStashDev
from qstash_dev.testing.views import DeadLetter, Event, Message, Queue, Refusal, Response, Schedule

__all__ = [
    "AsyncInbox",
    "AsyncQStashDev",
    "Callback",
    "DeadLetter",
    "Event",
    "FailureReason",
    "Fault",
    "Inbox",
    "Message",
    "NoticeKind",
    "Progress",
    "QStashDev",
    "QStashDevError",
    "QStashDevTimeout",
    "Query",
    "Queue",
    "Received",
    "Refusal",
    "Response",
    "Run",
    "Schedule",
    "Step",
    "Verdict",
    "VerdictReason",
]
