"""The texts on the troubleshooting page are those of the program; tests/mistakes compares what was played."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.docs.pages import ROOT, page, quoted

PAGE = page("troubleshooting")
TEXTS = [text for row in PAGE.table("The server does not start") for text in quoted(row[0])]


@cache
def texts() -> list[str]:
    """Every text in the source. What is filled in is ``…``."""
    files = [file for file in (ROOT / "qstash_dev").rglob("*.py") if "node_modules" not in file.parts]
    return [text for file in files for text in _texts(ast.parse(file.read_text(encoding="utf-8")))]


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.sub(r"\{\w+\}", "…", node.value)


@pytest.mark.parametrize("text", TEXTS)
def test_program_says_so(text: str) -> None:
    assert any(text in said for said in texts())


def test_texts_are_found() -> None:
    assert len(TEXTS) >= 3
    assert not any("a text that is nowhere else" in said for said in texts())
