"""Commands that run in the process of the tests, through the entry point of the program."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from typing import Any

from click.testing import CliRunner, Result

from qstash_dev.cli.main import main


def run(*args: str, env: Mapping[str, str] | None = None, given: str | None = None, charset: str = "utf-8") -> Result:
    """Run a command without the variables of this machine; ``given`` is its standard input,
    ``charset`` the encoding of its output."""
    inherited = dict.fromkeys(name for name in os.environ if name.startswith(("QSTASH_", "NO_COLOR", "FORCE_COLOR")))
    return CliRunner(charset).invoke(main, args, env={**inherited, **(env or {})}, input=given)


def output(*args: str, **options: Any) -> str:
    """What a command prints that succeeds and has nothing to complain about."""
    done = run(*args, **options)
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    return done.stdout


def refusal(*args: str, code: int = 2, **options: Any) -> str:
    """The error of a command that ends with this exit code and prints nothing else."""
    done = run(*args, **options)
    assert (done.exit_code, done.stdout) == (code, ""), done.output
    assert done.stderr
    return done.stderr


class Shell:
    """Commands for one server, run while it serves."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def run(self, *args: str, **options: Any) -> Result:
        return await asyncio.to_thread(run, *args, "--url", self.url, **options)

    async def output(self, *args: str, **options: Any) -> str:
        return await asyncio.to_thread(output, *args, "--url", self.url, **options)

    async def json(self, *args: str, **options: Any) -> Any:
        return json.loads(await self.output(*args, "--json", **options))

    async def refusal(self, *args: str, **options: Any) -> str:
        return await asyncio.to_thread(refusal, *args, "--url", self.url, **options)
