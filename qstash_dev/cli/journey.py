"""A time travel as a command sees it: how far it has come, on a terminal, and its end."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import click

from qstash_dev.cli.client import Client, Refused
from qstash_dev.dev.instants import iso

_POLL_S = 0.2
# Short journeys have no progress to tell.
_PATIENCE_S = 0.5
# What the call takes beside the journey.
_MORE_S = 10.0
_COLUMNS = 79


def travel(client: Client, path: str, body: Mapping[str, Any], timeout_s: float) -> Any:
    """Travel, and return what the server answers at the end. Ctrl-C stops the journey where it is.

    Raises Refused: it did not arrive.
    """
    ended: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_run, args=(client, path, {**body, "timeout": timeout_s}, timeout_s, ended), daemon=True).start()
    is_seen = sys.stderr is not None and sys.stderr.isatty()
    wait_s = _PATIENCE_S
    try:
        while True:
            try:
                answer = ended.get(timeout=wait_s)
            except Empty:
                wait_s = _POLL_S
                if is_seen:
                    _show(client)
                continue
            if isinstance(answer, BaseException):
                raise answer
            return answer
    except KeyboardInterrupt:
        _stop(client)
        raise
    finally:
        if is_seen and wait_s == _POLL_S:
            click.echo(f"\r{'':{_COLUMNS}}\r", nl=False, err=True)


def _run(client: Client, path: str, body: Mapping[str, Any], timeout_s: float, ended: SimpleQueue[Any]) -> None:
    try:
        ended.put(client.post(path, body, timeout_s=timeout_s + _MORE_S))
    except Exception as error:
        ended.put(error)


def _show(client: Client) -> None:
    if (journey := client.get("clock").get("travel")) is not None:
        click.echo(f"\r{progress(journey):{_COLUMNS}}", nl=False, err=True)


def _stop(client: Client) -> None:
    try:
        client.call("DELETE", "clock/travel")
    except Refused:
        # It has just arrived.
        return


def progress(journey: Mapping[str, Any]) -> str:
    """How far a journey has come, in at most 79 characters."""
    counts = f"{journey['stops']:,} stops, {journey['deliveries']:,} deliveries, {journey['failed']:,} failed"
    now_ms = journey["now"]
    if "to" not in journey or journey["to"] <= journey["from"]:
        return f"{iso(now_ms)}: {counts}"[:_COLUMNS]
    share = (now_ms - journey["from"]) / (journey["to"] - journey["from"])
    bar = ("#" * round(share * 10)).ljust(10, "-")
    return f"[{bar}] {share:4.0%} {iso(now_ms)[:16]} {counts}"[:_COLUMNS]


def told(answer: Mapping[str, Any]) -> str:
    """What a journey did, as a sentence."""
    end = "stopped at" if answer.get("stopped") else "travelled to"
    aborted = f", {answer['aborted']:,} aborted" if "aborted" in answer else ""
    attempts = f"{_count(answer['attempts'], 'attempt')}, {answer['failed']:,} failed{aborted}"
    return f"{end} {answer['time']}: {_count(answer['steps'], 'stop')}, {attempts}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
