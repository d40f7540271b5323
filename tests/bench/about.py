"""The conditions of the figures: the machine, and the versions that are compared."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from qstash_dev import __version__
from tests.bench.load.cores import DRIVER_CORE, SERVER_CORE

_CPUINFO = Path("/proc/cpuinfo")
_EXPLAINED = """\
The yardstick is a bare aiohttp server which answers a publish and forwards the body: it signs nothing, keeps no log
and no state (tests/bench/relay.py). Ours is `qstash-dev dev` as it starts without options. A row that has another
yardstick names it after a slash; a row without one has limits of its own. The ratio is ours / the yardstick's.
{cores}
By turns: both servers are up, each is driven for a moment, again and again, and a figure is the median of its turns;
so whatever else the machine does falls on both alike.
Bodies have 256 B. Head and body come in two segments, as HTTP clients send them. 1 MB is 1,024 × 1,024 B.
A subject gives no figure if a message was lost, doubled, refused or changed."""
_APART = """\
A server runs as a process on core {server}; the publisher and the destination are this process, on core {driver}."""
_TOGETHER = """\
A server runs as a process, and shares cores with the publisher and the destination: figures are rough."""
_BUSY = 0.25
_DISTURBED = "THE MACHINE IS BUSY with something else: figures in ms and per second will be far too slow."


def machine() -> dict[str, str | float]:
    """What it was measured on, and when."""
    return {
        "version": __version__,
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": _cpu(),
        "cores": os.cpu_count() or 1,
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "aiohttp": version("aiohttp"),
    }


def explained(about: dict[str, str | float], *, quick: bool) -> str:
    """The same for people, with what is compared and how."""
    which = "the quick bench: core rows with few messages, rougher than `make bench`" if quick else "the whole bench"
    cores = _TOGETHER if SERVER_CORE is None else _APART.format(server=SERVER_CORE, driver=DRIVER_CORE)
    lines = [
        f"qstash-dev {about['version']}, {about['date']}: {which}",
        f"{about['cpu']}, {about['cores']} cores, {about['system']}, Python {about['python']}, "
        f"aiohttp {about['aiohttp']}, load {about['load']} before it began",
        "",
        _EXPLAINED.format(cores=cores),
    ]
    if float(about["load"]) > _BUSY * float(about["cores"]):
        lines.append(_DISTURBED)
    return "\n".join(lines)


def _cpu() -> str:
    lines = _CPUINFO.read_text().splitlines() if _CPUINFO.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
