"""The architecture page names files and functions that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.docs.pages import ROOT, page, quoted

ARCHITECTURE = page("architecture")
PLACES = ARCHITECTURE.table("Where to change what")
PATH = r"[\w/]+\.(?:py|md)"


def defined(tree: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[str]:
    """The names that a file gives to something, those of methods as ``Class.method``."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from defined(node, f"{node.name}.")
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (prefix + target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.parametrize(("question", "places"), PLACES, ids=[question for question, _ in PLACES])
def test_file_and_name_exist(question: str, places: str) -> None:
    found = re.findall(rf"`({PATH})`(?:: `([\w.]+)`)?", places)
    assert found
    for path, name in found:
        file = ROOT / path if path.startswith("tests/") else ROOT / "qstash_dev" / path
        assert file.is_file(), path
        if name:
            assert name in defined(ast.parse(file.read_text(encoding="utf-8"))), f"{path}: {name}"
    # Whatever else looks like a name would not be checked.
    named = {text for place in found for text in place if text}
    assert {text for text in quoted(places) if not text.startswith(("make ", "/_dev/"))} == named


@pytest.mark.parametrize(
    "question",
    [
        "where `POST /v2/schedules/{id}/pause` is",
        "what follows a 500",
        "where a third-party call of a workflow returns",
        "who decides the next retry",
        "where the error text for a wrong delay is",
        "what `advance` does",
        "how the console learns of a new message",
        "where a new `Upstash-*` option is added",
        "what shapes the answer of `/_dev/messages/{id}`",
        "where a fault is applied",
        "what is remembered of a queue",
        "who may import whom",
    ],
)
def test_what_strangers_ask_is_answered(question: str) -> None:
    assert question in [asked for asked, _ in PLACES]


def test_paths_are_in_that_table_only() -> None:
    before, _, rest = ARCHITECTURE.text.partition("## Where to change what\n")
    after = rest.partition("\n## ")[2]
    assert re.findall(PATH, before + after) == []


def test_every_folder_is_told_once() -> None:
    told = [name for row in ARCHITECTURE.table("The folders") for name in quoted(row[0])]
    assert sorted(told) == sorted(file.parent.name for file in (ROOT / "qstash_dev").glob("*/__init__.py"))
