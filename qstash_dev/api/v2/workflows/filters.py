"""Filters of workflow runs in query strings (https://upstash.com/docs/workflow/basics/client/logs)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import islice
from urllib.parse import urlsplit

from qstash_dev.protocol.filters import Query, whole_number
from qstash_dev.state.run import Run


def run_filter(query: Query, *, url_is_prefix: bool = False) -> Callable[[Run, int], bool]:
    """A predicate over a run and the time that the dates are compared with; several values of one field mean any
    of them, several fields all of them.

    Raises Rejection: 400 for dates that are not whole numbers.
    """
    earliest, latest = whole_number(query, "fromDate", 0), whole_number(query, "toDate", 1 << 62)
    wanted = [(read, _accepted(query, name)) for name, read in _FIELDS.items() if query.values.get(name)]
    urls = query.all("workflowUrl")
    is_of_url = _begins_with(urls) if url_is_prefix else frozenset(urls).__contains__

    def matches(run: Run, time_ms: int) -> bool:
        if not earliest <= time_ms <= latest:
            return False
        if urls and not is_of_url(run.url):
            return False
        return not any(accepted.isdisjoint(read(run)) for read, accepted in wanted)

    return matches


def paged(runs: Iterable[Run], count: int) -> tuple[list[Run], str | None]:
    """At most ``count`` of the runs, and the cursor of the next page, if there is one: where the last run is."""
    page = list(islice(runs, count + 1))
    if len(page) <= count:
        return page, None
    last = page[count - 1]
    return page[:count], f"{last.created_ms}-{last.seq}"


def _begins_with(prefixes: Iterable[str]) -> Callable[[str], bool]:
    """Whether a text begins with one of these. However many there are, it is compared with one."""
    shortest: list[str] = []
    for prefix in sorted(prefixes):
        # A text that begins with a longer one begins with the shorter one as well.
        if not (shortest and prefix.startswith(shortest[-1])):
            shortest.append(prefix)

    def begins(text: str) -> bool:
        at = bisect_right(shortest, text)
        return at > 0 and text.startswith(shortest[at - 1])

    return begins


def _accepted(query: Query, name: str) -> frozenset[str]:
    # Names of hosts do not know upper and lower case.
    return frozenset(value.lower() if name == "host" else value for value in query.values[name])


def _host(run: Run) -> tuple[str, ...]:
    parts = urlsplit(run.url)
    return (parts.netloc.rpartition("@")[2].lower(), parts.hostname or "")


_FIELDS: dict[str, Callable[[Run], Iterable[str]]] = {
    "workflowRunId": lambda run: (run.id,),
    "workflowCreatedAt": lambda run: (str(run.created_ms),),
    "label": lambda run: run.settings.labels,
    "callerIp": lambda run: (run.caller_ip,),
    "callerIP": lambda run: (run.caller_ip,),
    "flowControlKey": lambda run: (run.settings.flow_control.key,) if run.settings.flow_control else (),
    "host": _host,
    "path": lambda run: (urlsplit(run.url).path,),
    "messageId": lambda run: [entry.message_id for entry in run.entries],
}
