"""The tables of the troubleshooting page: `make mistakes` plays all mistakes and writes what was said."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Mapping

from tests.docs.pages import ROOT
from tests.mistakes.all import SECTIONS
from tests.mistakes.mistake import Mistake
from tests.mistakes.node import running_node
from tests.mistakes.scene import without_certificates
from tests.mistakes.told import Told
from tests.node import installed_node
from tests.sdk.test_node import NODE_TESTS

PAGE = ROOT / "docs" / "troubleshooting.md"
BEGIN = "<!-- played: `make mistakes` writes what follows -->\n"
END = "<!-- end of what was played -->\n"
_HEAD = """\
| what you did | what the terminal prints | whose fault | in the console and under `/_dev/` |
| --- | --- | --- | --- |
"""
# What is different each time.
_CHANGING = (
    (re.compile(r"\b(msg|wfr|dlq|scd|jwt)_[\w-]{12,}"), r"\1_…"),
    (re.compile(r"\b\d+ms\b"), "…ms"),
    (re.compile(r"\b[1-9]\d* ms\b"), "… ms"),
    (re.compile(r"\b\d{13}-\d\b"), "…"),
    (re.compile(r"\b\d+\.\d+ s\b"), "… s"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?\b"), "…"),
    (re.compile(r"\b\d\d:\d\d(:\d\d)?\b"), "…"),
)
_OTHER = re.compile(r"travelled |200 [^—]*$")


def stable(text: str, ports: Mapping[int, int]) -> str:
    """The text as it is each time."""
    for port, shown in ports.items():
        text = re.sub(rf"\b{port}\b", str(shown), text)
    for pattern, shown_as in _CHANGING:
        text = pattern.sub(shown_as, text)
    return " ".join(text.split())


def row(mistake: Mistake, found: Told, ports: Mapping[int, int]) -> str:
    """The row of a mistake."""
    lines = heard(found, ports)
    return f"| {mistake.said} | {_codes(*lines)} | {mistake.fault.value} | {_where(mistake, found, ports, lines)} |\n"


def heard(found: Told, ports: Mapping[int, int]) -> list[str]:
    """The lines of the terminal that tell of a mistake: no deliveries that succeed, no summaries of time travel."""
    lines = [stable(line, ports) for line in found.terminal]
    return [line for line in lines if not _OTHER.match(line)]


def _where(mistake: Mistake, found: Told, ports: Mapping[int, int], lines: list[str]) -> str:
    main = mistake.main(found)
    if main is None:
        return ""
    place = main.place
    more = [stable(text, ports) for text in (main.text, main.todo)]
    new = [text for text in more if text and not any(text in line for line in lines)]
    return "<br>".join([f"{place.console}; `{place.route}`: `{main.reason}`", *([_codes(*new)] if new else [])])


def _codes(*texts: str) -> str:
    return "<br>".join(map(_code, texts))


def _code(text: str) -> str:
    text = text.replace("|", "\\|")
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def with_tables(page: str, rows: Mapping[str, str]) -> str:
    """The page with these rows, by what the user did."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = []
    for section in SECTIONS:
        about = f"{section.about}\n\n" if section.about else ""
        own = "".join(rows[mistake.said] for mistake in section.mistakes)
        tables.append(f"## {section.title}\n\n{about}{_HEAD}{own}\n")
    return f"{before}{BEGIN}\n{''.join(tables)}{END}{after}"


def rows_of(page: str) -> dict[str, str]:
    """The rows that the page has, by what the user did."""
    played = page.partition(BEGIN)[2].partition(END)[0]
    lines = [line for line in played.splitlines(keepends=True) if line.startswith("| ")]
    return {line[2:].partition(" | ")[0]: line for line in lines if line not in _HEAD}


async def play_all() -> dict[str, str]:
    """Play all mistakes; their rows, by what the user did."""
    without_certificates()
    rows = {}
    async with running_node(installed_node(NODE_TESTS, "@upstash/qstash")) as node:
        for section in SECTIONS:
            for mistake in section.mistakes:
                found, ports = await mistake.play(node)
                rows[mistake.said] = row(mistake, found, ports)
    return rows


def main() -> None:
    """Write the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_tables(page, asyncio.run(play_all())), encoding="utf-8")
    sys.stdout.write(f"{PAGE}: {sum(len(section.mistakes) for section in SECTIONS)} mistakes\n")


if __name__ == "__main__":
    main()
