"""Query strings about workflow runs: which are meant, and from where on (OpenAPI of Upstash Workflow)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from urllib.parse import urlsplit

from qstash_dev.protocol.filters import Query, cursor_of, whole_number
from qstash_dev.state.run import Run

_COMMON = (
    "workflowUrl",
    "label",
    "fromDate",
    "toDate",
    "callerIp",
    "flowControlKey",
    "host",
    "path",
    "count",
    "qstash_token",
)
CANCEL_PARAMETERS = ("workflowRunIds", "workflowUrlExactMatch", *_COMMON)
DLQ_PARAMETERS = (
    "dlqIds",
    "cursor",
    "workflowRunId",
    "workflowCreatedAt",
    "failureFunctionState",
    "url",
    "responseStatus",
    "source",
    *_COMMON,
)


def run_filter(query: Query, *, url_is_prefix: bool = False) -> Callable[[Run], bool]:
    """A predicate over runs; several values of one field mean any of them, several fields all of them.

    Raises:
        Rejection: 400 for dates that are not whole numbers.
    """
    earliest, latest = whole_number(query, "fromDate", 0), whole_number(query, "toDate", 1 << 62)
    wanted = [(read, query.values[name]) for name, read in _FIELDS.items() if query.values.get(name)]
    urls = query.all("workflowUrl")

    def matches(run: Run) -> bool:
        if not earliest <= run.created_ms <= latest:
            return False
        if urls and not (any(map(run.url.startswith, urls)) if url_is_prefix else run.url in urls):
            return False
        return all(any(value in accepted for value in read(run)) for read, accepted in wanted)

    return matches


def paged(runs: Iterable[Run], query: Query, count: int) -> tuple[list[Run], str | None]:
    """So many of the runs, beyond the cursor, and the cursor of the next page if there is one."""
    skipped = cursor_of(query) or 0
    page = list(islice(_beyond(runs, skipped), count + 1))
    if len(page) <= count:
        return page, None
    return page[:count], f"{page[count - 1].created_ms}-{skipped + count}"


def _beyond(runs: Iterable[Run], skipped: int) -> Iterator[Run]:
    return islice(runs, skipped, None)


def _host(run: Run) -> tuple[str, ...]:
    parts = urlsplit(run.url)
    return (parts.netloc.rpartition("@")[2].lower(), parts.hostname or "")


def _flow_control_key(run: Run) -> tuple[str, ...]:
    flow_control = run.settings.flow_control
    return () if flow_control is None else (flow_control.key,)


def _message_ids(run: Run) -> list[str]:
    return [entry.message_id for entry in run.entries]


_FIELDS: dict[str, Callable[[Run], Iterable[str]]] = {
    "workflowRunId": lambda run: (run.id,),
    "workflowCreatedAt": lambda run: (str(run.created_ms),),
    "workflowRuns": lambda run: (run.id, f"{run.id}@{run.created_ms}"),
    "state": lambda run: (run.state.value,),
    "label": lambda run: run.settings.labels,
    "callerIp": lambda run: (run.caller_ip,),
    "flowControlKey": _flow_control_key,
    "host": _host,
    "path": lambda run: (urlsplit(run.url).path,),
    "messageId": _message_ids,
}
