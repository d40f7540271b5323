"""The text of the code: plain words, documentation that is named, noun phrases at the top of modules."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from qstash_dev.api.openapi.document import encoded_document

ROOT = Path(__file__).parent.parent / "qstash_dev"

# The folders and files whose text is held to these rules, and files in them that are not yet.
READ = ["protocol", "state", "broker", "delivery", "dev", "testing", "cli", "api", "console"]
READ += [path.name for path in ROOT.glob("*.py")]
NOT_YET = [
    "protocol/errors.py",
    "protocol/failure_reason.py",
    "protocol/hints.py",
    "protocol/result.py",
    "delivery/failure.py",
]

# Words and phrases that a reader with English as a second language reads twice.
BANNED = re.compile(
    r"\b(whoever|whatever|whichever|whenever|wherever|nobody|somebody|anybody|everybody|anyone|everyone|someone"
    r"|so (many|much|long|few)|comes? (to|of)|came (to|of)|becomes? of|became of|lets? go|gives? way|be it|be they"
    r"|for ever|on the wire|stands? in line|hands? on|handed on|in force)\b",
    re.IGNORECASE,
)
# A module opens with a noun phrase, not with a clause or a verb.
CLAUSE = re.compile(
    r"(What|Which|Who|When|Where|Why|How|Whether|If|That)\b|(Takes|Makes|Reads|Checks|Starts|Wires)\b"
)

# Every other module of these folders names the page or the RFC that its rules rest on.
NAMES_PAGES = ["protocol", "broker"]
WITHOUT_PAGES = [
    "protocol/__init__.py",
    "protocol/bounded_cache.py",
    "protocol/foreign_texts.py",
    "protocol/verdict_reason.py",
    "protocol/weight.py",
    "broker/__init__.py",
    "broker/broker.py",
    "broker/deferred_work.py",
    "broker/reset.py",
    "broker/timers.py",
    "broker/workflows/__init__.py",
]
PAGE = re.compile(r"https://upstash\.com/docs/(qstash|workflow)(/[A-Za-z0-9-]+)+(?![\w/])|RFC \d{4}|PEP \d{3}")


def modules(rooms: list[str]) -> list[Path]:
    found = [path for path in sorted(ROOT.rglob("*.py")) if "node_modules" not in path.parts]
    names = {path: path.relative_to(ROOT).as_posix() for path in found}
    return [
        path
        for path, name in names.items()
        if name not in NOT_YET and any(name == room or name.startswith(f"{room}/") for room in rooms)
    ]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def docstrings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Docstrings of modules, classes and functions, and those below constants and fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def comments(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def riddles(texts: Iterator[tuple[int, str]]) -> list[tuple[int, str]]:
    return [(line, found[0]) for line, text in texts if (found := BANNED.search(" ".join(text.split())))]


def test_documents_need_no_second_reading() -> None:
    files = [*ROOT.parent.glob("*.md"), *ROOT.parent.glob("docs/*.md"), ROOT.parent / "Makefile"]
    found = [
        (path.name, number, riddle[0])
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (riddle := BANNED.search(line))
    ]
    assert found == []
    assert len(files) > 10


def test_the_openapi_document_needs_no_second_reading() -> None:
    assert BANNED.findall(encoded_document().decode()) == []


def test_riddles_are_found() -> None:
    tree = ast.parse('"""What becomes of a message."""\nA = 1\n"""Kept for\n whoever asks."""\n')
    assert riddles(docstrings(tree)) == [(1, "becomes of"), (3, "whoever")]


@pytest.mark.parametrize("path", modules(READ), ids=named)
def test_docstrings_and_comments_need_no_second_reading(path: Path) -> None:
    assert riddles(docstrings(ast.parse(path.read_text()))) == []
    assert riddles(comments(path)) == []


@pytest.mark.parametrize("path", modules(READ), ids=named)
def test_a_module_opens_with_a_noun_phrase(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring is not None
    first = docstring.splitlines()[0]
    assert not CLAUSE.match(first), first
    assert first[-1] in ".:,", first


@pytest.mark.parametrize("path", modules(NAMES_PAGES), ids=named)
def test_rules_name_the_page_they_rest_on(path: Path) -> None:
    named_in_text = PAGE.search(path.read_text()) is not None
    assert named_in_text is (named(path) not in WITHOUT_PAGES)


@pytest.mark.parametrize("path", modules(READ), ids=named)
def test_pages_are_given_with_their_address(path: Path) -> None:
    text = path.read_text()
    assert "QStash docs" not in text
    assert text.count("https://upstash.com/docs") == len(re.findall(r"https://upstash\.com/docs/\w+/[a-z]", text))
