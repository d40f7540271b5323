"""Memory for reads from sockets: the process does not get it from the system for each read."""

from __future__ import annotations

import platform
import subprocess
import sys

from tests.environment import give_up

READS = 1_000
# asyncio reads in pieces of 256 KB, whatever has come.
FAULTS_OF_READS = f"""
import resource, socket
from qstash_dev.cli.process import preheat_malloc

ours, theirs = socket.socketpair()
{{before}}
started = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({READS}):
    theirs.send(b"x")
    ours.recv(262_144)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - started)
"""


def page_faults(before: str) -> int:
    """How often the system had to find memory for the reads, in a process of its own."""
    script = FAULTS_OF_READS.format(before=before)
    return int(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)


def test_reads_get_their_memory_from_the_process_itself() -> None:
    if platform.libc_ver()[0] != "glibc":
        give_up("other libraries than glibc keep their memory by rules of their own")
    assert page_faults("") > READS / 2
    assert page_faults("preheat_malloc()") < READS / 10
