"""API calls that were refused: for each user, and for calls without a valid token.

Most clients swallow the error of a call, so the server keeps it. The same refusal again within 10 s is no new entry.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass

from qstash_dev.config import Retention
from qstash_dev.protocol.tokens import Credential
from qstash_dev.protocol.weight import texts_weight

UNKNOWN_USER = "unknown"
"""In the place of the user for calls without a valid token."""
BY_SCHEDULE = "SCHEDULE"
"""In the place of the method for a schedule that could not publish; its id is the path."""
MERGED_MS = 10_000
MAX_TEXT = 1_000
"""The longest text that is kept; a longer one is cut."""
_OVERHEAD_BYTES = 1_024
_READING = ("GET", "HEAD")


@dataclass(slots=True, eq=False)
class Refusal:
    """One refused call, or several that are the same. No text contains a credential."""

    time_ms: int
    user_id: str  #: empty without a valid token
    method: str
    path: str  #: with the query, as it was sent
    status: int  #: that of the answer
    text: str  #: the error of the answer
    field: str = ""  #: what is at fault, as in ``Rejection``
    reason: str = ""  #: what the error says about the field
    expected: tuple[str, ...] = ()  #: the values that would be right
    todo: str = ""  #: what would be right, in words
    is_told: bool = True  #: whether the text of the answer says so, which that of hosted QStash may not
    credential: Credential | None = None  #: what was there in the place of a token; ``None`` with a valid one
    token_start: str = ""  #: the first characters of a token that is not valid
    run_id: str = ""  #: the workflow run that the call named
    seq: int = 0  #: counts the entries
    last_ms: int = 0  #: the time of the latest of the calls
    count: int = 1  #: the number of calls
    change: int = 0  #: counts the changes of all entries; that of the latest

    @property
    def key(self) -> Hashable:
        """What is equal for calls that are one entry."""
        who = (self.credential, self.token_start, self.run_id)
        return (self.method, self.path, self.status, self.text, self.field, *who)

    @property
    def sentence(self) -> str:
        """The error of the answer, and what would be right."""
        return self.text if self.is_told else f"{self.text} — {self.todo}"

    @property
    def is_polling(self) -> bool:
        """Whether the call asked for something that does not exist, as programs do that wait for it."""
        return self.status == 404 and self.method in _READING

    @property
    def weight(self) -> int:
        """Bytes that the entry keeps."""
        texts = (self.method, self.path, self.text, self.field, self.reason, self.todo, self.token_start, self.run_id)
        return _OVERHEAD_BYTES + texts_weight(*texts, *self.expected)


class Refusals:
    """The refused calls of one user, limited in number and bytes: those that were last changed first are dropped.

    Whether two calls are within 10 s is told by the clock of the server, as are their times: calls before and after a
    time travel are days apart for the application as well, and one entry could not say when they were.
    """

    def __init__(self, retention: Retention) -> None:
        self._most, self._most_bytes = retention.refusals, retention.refusal_bytes
        self._kept: OrderedDict[int, Refusal] = OrderedDict()
        self._latest: dict[Hashable, Refusal] = {}
        self._seq = 0
        self.bytes = 0
        self.changes = 0
        self.calls = 0  #: the number of calls in all entries, without those that only poll
        self.subscribers: list[Callable[[Refusal], None]] = []

    def add(self, refusal: Refusal) -> None:
        """Add a call, to its entry if there is one from less than 10 s before; call subscribers with the entry."""
        known = self._latest.get(key := refusal.key)
        if known is not None and 0 <= refusal.time_ms - known.time_ms < MERGED_MS:
            known.count += 1
            known.last_ms = refusal.time_ms
            self._kept.move_to_end(known.seq)
            refusal = known
        else:
            self._seq += 1
            refusal.seq, refusal.last_ms = self._seq, refusal.time_ms
            self._kept[refusal.seq] = self._latest[key] = refusal
            self.bytes += refusal.weight
        self.calls += not refusal.is_polling
        self.changes += 1
        refusal.change = self.changes
        while len(self._kept) > self._most or self.bytes > self._most_bytes:
            self._drop_oldest()
        for subscriber in self.subscribers:
            subscriber(refusal)

    def __len__(self) -> int:
        return len(self._kept)

    def newest_first(self) -> Iterator[Refusal]:
        """The entries, that with the latest call first."""
        return reversed(self._kept.values())

    def clear(self) -> int:
        """Remove all entries; their numbers are not used again. Returns how many there were."""
        removed = len(self._kept)
        self._kept.clear()
        self._latest.clear()
        self.bytes = self.calls = 0
        self.changes += 1
        return removed

    def _drop_oldest(self) -> None:
        _, oldest = self._kept.popitem(last=False)
        self.bytes -= oldest.weight
        self.calls -= 0 if oldest.is_polling else oldest.count
        if self._latest.get(key := oldest.key) is oldest:
            del self._latest[key]
