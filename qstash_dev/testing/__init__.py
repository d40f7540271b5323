"""A QStash for tests: a server in a thread, a clock that travels, inboxes that remember.

with QStashDev() as dev:
    inbox = dev.inbox().respond(500, 200)
    ...  # publish to inbox.url with any client that is given dev.env
    dev.run_all()
    inbox.assert_received(times=2)
"""

from qstash_dev.testing.dev import AsyncQStashDev, QStashDev
from qstash_dev.testing.errors import QStashDevError, QStashDevTimeout
from qstash_dev.testing.inbox import Inbox, Received
from qstash_dev.testing.views import DeadLetter, Event, Message, Query, Response, Schedule

__all__ = [
    "AsyncQStashDev",
    "DeadLetter",
    "Event",
    "Inbox",
    "Message",
    "QStashDev",
    "QStashDevError",
    "QStashDevTimeout",
    "Query",
    "Received",
    "Response",
    "Schedule",
]
