"""A running server for the examples of the documents, and the application that they mention."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.program import DEADLINE_S
from tests.docs.pages import ROOT, Example
from tests.environment import clean_environment
from tests.node import running_server

# Where examples for Node find their packages.
_NODE = ROOT / "tests" / "sdk" / "node"
_APPLICATION = "http://localhost:3000"
INBOX = "application"
# An error of the server is a failure of the example.
_CURL = "silent\nshow-error\nfail-with-body\nmax-time = 20\n"


@dataclass
class Stage:
    """Runs examples as they stand in the documents, with one user's variables, in a folder of their own. What they
    send to port 3000 arrives in an inbox of the server."""

    variables: Mapping[str, str]
    folder: Path

    def clear(self) -> None:
        """Forget what the last example did."""
        self.dev("POST", "reset", clock="real")
        inbox = f"{self.variables['QSTASH_URL']}/_dev/inbox/{INBOX}"
        self.dev("POST", "mappings", pattern=f"{_APPLICATION}/*", target=f"{inbox}/*")

    def dev(self, method: str, path: str, **fields: Any) -> Any:
        """Call a route under ``/_dev/``."""
        url = f"{self.variables['QSTASH_URL']}/_dev/{path}"
        body = json.dumps(fields).encode() if fields else None
        with urllib.request.urlopen(urllib.request.Request(url, body, method=method), timeout=DEADLINE_S) as answer:
            return json.load(answer)

    def delivered(self, text: str) -> int:
        """How many messages with this text in them have been delivered."""
        self.dev("POST", "idle")
        return len(self.dev("GET", f"messages?state=DELIVERED&search={text}")["messages"])

    def shell(self, example: Example) -> list[Any]:
        """Run shell commands: the JSON documents that they printed."""
        (self.folder / ".curlrc").write_text(_CURL)
        return _documents(self._run("sh", "-e", "-u", "-c", example.text))

    def commands(self, example: Example) -> str:
        """Run commands of ours: what they printed."""
        return self._run("sh", "-e", "-u", "-c", example.text)

    def python(self, example: Example) -> None:
        self._run(sys.executable, "-c", example.text)

    def javascript(self, example: Example) -> None:
        self._run("node", "--input-type=module", "--eval", example.text, folder=_NODE)

    def _run(self, *command: str, folder: Path | None = None) -> str:
        done = subprocess.run(
            command,
            cwd=folder or self.folder,
            env=clean_environment() | {"CURL_HOME": str(self.folder)} | dict(self.variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


@contextmanager
def open_stage(folder: Path) -> Iterator[Stage]:
    """A server for any number of examples, one after the other."""
    with running_server("--quiet") as variables:
        yield Stage(variables, folder)


def _documents(text: str) -> list[Any]:
    """The JSON documents that stand one after the other in a text."""
    found, decoder = [], json.JSONDecoder()
    while text := text.strip():
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:]
    return found
