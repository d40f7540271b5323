"""The pages of the documentation, parsed: their examples, tables and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_BLOCK = re.compile(r"(?:^<!-- not run: (.*) -->\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Example:
    """A fenced block: its language, its text, where it begins, and why it is not run, if the page says so."""

    language: str
    text: str
    place: str = ""
    not_run: str | None = None

    @property
    def kind(self) -> str:
        """What it is an example of, which decides how it is run."""
        if self.not_run is not None:
            return "not run"
        if self.language == "python" and re.search(r"^\s*(async )?def test_", self.text, re.MULTILINE):
            return "pytest"
        if self.language == "js" and re.match(r"// \S+\.mjs\n", self.text):
            return "recipe"
        if self.language == "sh":
            return self.commands[0].split()[0]
        return self.language

    @property
    def commands(self) -> list[str]:
        """The lines of a shell example, comments left out and continued lines joined."""
        lines = re.sub(r"\s+#.*$", "", self.text.replace("\\\n", " "), flags=re.MULTILINE).splitlines()
        return [line for line in lines if line and not line.startswith("#")]

    def __str__(self) -> str:
        return f"{self.place} {self.kind}"


@dataclass(frozen=True)
class Link:
    """Where a link or a picture points: a file or an address, and a heading there."""

    target: str
    anchor: str
    is_picture: bool


class Page:
    """One document. ``name`` is its path from the root of the repository."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = ROOT / name
        self.text = self.path.read_text(encoding="utf-8")

    @cached_property
    def examples(self) -> list[Example]:
        """Every fenced block, in order."""
        found = []
        for block in _BLOCK.finditer(self.text):
            line = self.text.count("\n", 0, block.start(2)) + 1
            found.append(Example(block[2], block[3], f"{self.name}:{line}", block[1]))
        return found

    @cached_property
    def prose(self) -> str:
        """The text without its examples."""
        return _BLOCK.sub("", self.text)

    def table(self, heading: str) -> list[list[str]]:
        """The cells of the tables under a heading, each without its first two rows."""
        section = self.text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
        lines = section.splitlines()
        rows = [line for above, line in zip(["", *lines], [*lines, ""], strict=True) if _is_row(above, line)]
        return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]

    @property
    def anchors(self) -> list[str]:
        """What links to its headings end in, as both mkdocs and forges make them."""
        headings = re.findall(r"^#+ (.*)$", self.prose, re.MULTILINE)
        return [re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings]

    @property
    def links(self) -> Iterator[Link]:
        for picture, target in _LINK.findall(self.prose):
            file, _, anchor = target.partition("#")
            yield Link(file, anchor, bool(picture))


def _is_row(above: str, line: str) -> bool:
    """Whether a line is a row of a table, neither its heading nor the rule below that."""
    return line.startswith("|") and above.startswith("|") and not line.startswith("| ---")


README = Page("README.md")
DOCS = [Page(f"docs/{file.name}") for file in sorted((ROOT / "docs").glob("*.md"))]
# Those whose examples are run.
PAGES = [README, Page("CONTRIBUTING.md"), *DOCS]


def page(name: str) -> Page:
    """``page("cli")`` is ``docs/cli.md``."""
    return next(one for one in DOCS if one.name == f"docs/{name}.md")


def examples() -> list[Example]:
    """Every example of every page; what two pages have in common is there once."""
    found = {(one.language, one.text, one.not_run): one for page in reversed(PAGES) for one in page.examples[::-1]}
    return list(found.values())[::-1]


def quoted(cell: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)
