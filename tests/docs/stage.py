"""A running server for the examples of the README, and the application that they speak of."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.program import DEADLINE_S, Program, program
from tests.destination import Destination
from tests.docs.readme import ROOT, Example
from tests.environment import clean_environment

# Where examples for Node find their packages.
_NODE = ROOT / "tests" / "sdk" / "node"
_APPLICATION = "http://localhost:3000"
# An error of the server is a failure of the example.
_CURL = "silent\nshow-error\nfail-with-body\nmax-time = 20\n"


@dataclass
class Stage:
    """Runs examples as they stand in the README, with one user's variables, in a folder of their own."""

    server: Program
    application: Destination
    variables: Mapping[str, str]
    folder: Path

    async def shell(self, example: Example) -> list[Any]:
        """Run shell commands: the JSON documents that they printed."""
        (self.folder / ".curlrc").write_text(_CURL)
        return _documents(await self._run("sh", "-e", "-u", "-c", example.text))

    async def python(self, example: Example) -> None:
        await self._run(sys.executable, "-c", example.text)

    async def javascript(self, example: Example) -> None:
        await self._run("node", "--input-type=module", "--eval", example.text, folder=_NODE)

    async def _run(self, *command: str, folder: Path | None = None) -> str:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder or self.folder,
            env=clean_environment() | {"CURL_HOME": str(self.folder)} | dict(self.variables),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(DEADLINE_S):
                output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        assert process.returncode == 0, output.decode()
        return output.decode()


@asynccontextmanager
async def open_stage(application: Destination, folder: Path) -> AsyncIterator[Stage]:
    """What examples send to port 3000 arrives at ``application``, wherever that is."""
    async with program("dev", "--port=0", "--json", "--map", f"{_APPLICATION}/*={application.url}") as server:
        ready = await server.event("ready")
        yield Stage(server, application, ready["env"], folder)


def _documents(text: str) -> list[Any]:
    """The JSON documents that stand one after the other in a text."""
    found, decoder = [], json.JSONDecoder()
    while text := text.strip():
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:]
    return found
