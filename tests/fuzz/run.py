"""``make fuzz``: schemathesis against a real server whose memory is watched, and every target of the parsers.

Messages are delivered to a destination in this process only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from urllib.request import Request, urlopen

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)
SAMPLE_S = 1.0
REQUEST_TIMEOUT_S = 10
MAX_GROWTH = 1.25
SLACK_KB = 16 * 1024
RETAINED = ("--retain-events", "2000", "--retain-messages", "2000")


class Handler(BaseHTTPRequestHandler):
    """A destination that succeeds, fails and gives up in turn."""

    protocol_version = "HTTP/1.1"
    statuses = cycle((200, 500, 200, 404, 489, 503))

    def do_any(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b"fuzzed"
        self.send_response(next(self.statuses))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_any

    def log_message(self, format: str, *args: object) -> None:
        pass


class Destination(ThreadingHTTPServer):
    """Deliveries are cut off whenever the fuzzer resets the server: that is no error of ours."""

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def destination() -> Iterator[str]:
    """The address of a destination on loopback."""
    server = Destination(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def running_server(target: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A server process whose every delivery goes to ``target``, and the environment of its first user."""
    command = [sys.executable, "-m", "qstash_dev", "dev", "--port", "0", "--json", *RETAINED]
    for pattern in ("http://*", "https://*"):
        command += ["--map", f"{pattern}={target}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        ready = json.loads(server.stdout.readline())
        threading.Thread(target=lambda: [None for _ in server.stdout or ()], daemon=True).start()
        try:
            yield server, ready["env"]
        finally:
            server.terminate()
            server.wait(20)


@contextmanager
def parsers(seconds: int) -> Iterator[subprocess.Popen[bytes]]:
    """The targets of the parsers in a process of their own."""
    with subprocess.Popen([sys.executable, "-m", "tests.fuzz.parsers", "--seconds", str(seconds)]) as fuzzing:
        try:
            yield fuzzing
        finally:
            fuzzing.terminate()


def resident_kb(pid: int) -> int:
    """Resident memory of a process."""
    return int(subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=True).stdout)


def watch(server: subprocess.Popen[str], fuzzer: subprocess.Popen[bytes]) -> list[int]:
    """Samples of the server's memory until the fuzzer ends."""
    samples = []
    while True:
        if server.poll() is not None:
            fuzzer.terminate()
            sys.exit(f"the server ended with exit code {server.returncode}")
        samples.append(resident_kb(server.pid))
        try:
            fuzzer.wait(SAMPLE_S)
        except subprocess.TimeoutExpired:
            continue
        return samples


def verdict_on_memory(samples: list[int]) -> str | None:
    """What is wrong with the memory, if anything: the end is held against the second quarter of the run."""
    quarter = max(1, len(samples) // 4)
    settled, last = max(samples[quarter : 2 * quarter] or samples), max(samples[-quarter:])
    print(f"memory: {samples[0]} kB at first, {settled} kB when settled, {last} kB at the end")
    if last > settled * MAX_GROWTH + SLACK_KB:
        return f"memory grew from {settled} to {last} kB"
    return None


def fuzz(seconds: int) -> str | None:
    """Run for so long; the reason if it failed."""
    with parsers(seconds) as fuzzing, destination() as target, running_server(target) as (server, environment):
        url, token = environment["QSTASH_URL"], environment["QSTASH_TOKEN"]
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            *("run", f"{url}/openapi.json"),
            *("--header", f"Authorization: Bearer {token}"),
            *("--checks", ",".join(CHECKS)),
            *("--max-time", str(seconds)),
            *("--request-timeout", str(REQUEST_TIMEOUT_S)),
            *("--warnings", "off"),
            *("--suppress-health-check", "all"),
            "--continue-on-failure",
        ]
        hooks = {"SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "FUZZ_DESTINATION": target, "PYTHONPATH": os.getcwd()}
        with subprocess.Popen(command, env=os.environ | hooks) as fuzzer:
            samples = watch(server, fuzzer)
        request = Request(f"{url}/v2/keys", headers={"Authorization": f"Bearer {token}"})
        with urlopen(request, timeout=REQUEST_TIMEOUT_S) as response:
            response.read()
        fuzzing.wait()
    if fuzzer.returncode:
        return f"schemathesis ended with exit code {fuzzer.returncode}"
    return "inputs of parsers failed, as told above" if fuzzing.returncode else verdict_on_memory(samples)


def main() -> None:
    """Parse the one option and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    if reason := fuzz(parser.parse_args().seconds):
        sys.exit(f"fuzzing failed: {reason}")
    print("fuzzing passed")


if __name__ == "__main__":
    main()
