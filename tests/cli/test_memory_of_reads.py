"""Memory for reads from sockets: connections share it, so the system does not have to find it for each read."""

from __future__ import annotations

import subprocess
import sys

READS = 1_000
# asyncio on its own allocates 256 KB for each read, which glibc takes from the system each time.
FAULTS_OF_READS = f"""
import asyncio, resource, socket
from qstash_dev.receiving import Receiver, read_memory

class Counting(Receiver):
    def __init__(self, memory):
        self.memory, self.come = memory, asyncio.Event()
    def data_received(self, data):
        self.come.set()

class Plain(asyncio.Protocol):
    def __init__(self, _):
        self.come = asyncio.Event()
    def data_received(self, data):
        self.come.set()

async def main(kind):
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    _, reader = await asyncio.get_running_loop().create_connection(lambda: kind(read_memory()), sock=ours)
    started = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range({READS}):
        reader.come.clear()
        theirs.send(b"x")
        await reader.come.wait()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - started)

asyncio.run(main({{kind}}))
"""


def page_faults(kind: str) -> int:
    """How often the system had to find memory for the reads, in a process of its own."""
    script = FAULTS_OF_READS.format(kind=kind)
    return int(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)


def test_reads_get_their_memory_from_the_process_itself() -> None:
    assert page_faults("Counting") < READS / 10


def test_reads_of_other_protocols_do_not() -> None:
    assert page_faults("Plain") > page_faults("Counting")
