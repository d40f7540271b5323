"""The part of the page on the command line that is made of the help of the commands.

``python -m tests.docs.commands`` writes it.
"""

from __future__ import annotations

import inspect

import click

from qstash_dev.cli.main import COMMANDS, main
from qstash_dev.cli.options import Command
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "cli.md"
BEGIN, END = "<!-- made of the help of the commands -->\n", "<!-- end of what is made of the help -->\n"


def command(name: str) -> Command:
    """A command other than ``dev``."""
    found = main.get_command(click.Context(main, info_name="qstash-dev"), name)
    assert isinstance(found, Command)
    return found


def others() -> list[str]:
    """The names of all commands but ``dev``."""
    return [name for name in COMMANDS if name != "dev"]


def generated() -> str:
    """The part of the page."""
    return "\n".join(map(section, others()))


def section(name: str) -> str:
    """What the page tells of a command."""
    one = command(name)
    usage = " ".join(piece for piece in one.collect_usage_pieces(click.Context(one)) if piece != "[OPTIONS]")
    rows = [row(option) for option in one.params if isinstance(option, click.Option)]
    options = ["", "| option | meaning |", "| --- | --- |", *rows] if rows else []
    example = ["", "```sh", one.example, "```"]
    help = inspect.cleandoc(one.help or "")
    return "\n".join([f"### {name} {usage}".rstrip(), "", help, *options, *example, ""])


def row(option: click.Option) -> str:
    names, text = option.get_help_record(click.Context(click.Command("any"))) or ("", "")
    names, text = (cell.replace("|", "\\|") for cell in (names, text))
    return f"| `{names}` | {text} |"


def updated(page: str) -> str:
    """The page with the part as it is now."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + "\n" + generated() + "\n" + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
