"""The README as a test reads it: its examples and its tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Example:
    """A fenced block: its language, its text, and the line of the README where it begins."""

    language: str
    text: str
    line: int = 0

    @property
    def kind(self) -> str:
        """What it is an example of, which decides how it is run."""
        if self.language == "python" and re.search(r"^\s*(async )?def test_", self.text, re.MULTILINE):
            return "pytest"
        if self.language == "js" and re.match(r"// \S+\.mjs\n", self.text):
            return "recipe"
        if self.language == "sh":
            return next(line for line in self.text.splitlines() if not line.startswith("#")).split()[0]
        return self.language

    def __str__(self) -> str:
        return f"line {self.line} {self.kind}"


def examples() -> list[Example]:
    """Every fenced block, in order."""
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [Example(block[1], block[2], README.count("\n", 0, block.start()) + 1) for block in found]


def table(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its first two rows."""
    section = README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows[2:]]


def quoted(cell: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)
