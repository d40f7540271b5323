"""Every regular expression of the package takes linear time."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qstash_dev.api.app import make_app
from qstash_dev.config import Config
from qstash_dev.server import Server
from tests.linear.patterns import superlinear
from tests.test_house import MODULES, ROOT

# These begin where they are told to; all other methods try every place of the text.
ANCHORED = {"match", "fullmatch"}
METHODS = ANCHORED | {"search", "sub", "subn", "split", "findall", "finditer", "scanner"}
FAST = [
    (r"[ \t]*+[^\x00]*", False),
    (r"\s*x", False),
    (r"\w+\s\w+", False),
    (r"(?s:.*)/pause", False),
    (r":\d*$", True),
    (r",(?=https?://|/)", True),
    (r"a{1,4}b", True),
    (r"(ab|a)(c|bcd)*", False),
    (r"@[a-z]+x", True),
]
SLOW = [
    (r"(a*)*b", False),
    (r"(?:a+)+b", False),
    (r"(?:a.|.b)*c", False),
    (r"a*b?a*c", False),
    (r"(\S*)\s*(.*)x", False),
    (r"(?s:.*)\n*x", False),
    (r"(?i:k*)\u212a*x", False),
    (r".*?,.*?;", False),
    (r"(x{2,9})*y", False),
    (r"\s*x", True),
    (r"[ \t]*+x", True),
    (r"[a-z]+@[a-z]+", True),
    (r"(?=a*b)c", False),
    (r"(a)\1*", False),
    # Each of the three repeats may take the spaces: cubic.
    (rb"([!-9;-~]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*", False),
]


@pytest.mark.parametrize(("pattern", "search"), FAST)
def test_a_pattern_with_one_way_to_read_a_text_is_linear(pattern: str, search: bool) -> None:
    assert superlinear(pattern, search=search) is None


@pytest.mark.parametrize(("pattern", "search"), SLOW)
def test_a_pattern_with_many_ways_to_read_a_text_is_not(pattern: str | bytes, search: bool) -> None:
    assert superlinear(pattern, search=search) is not None


@pytest.mark.parametrize("pattern", [r"(https?)://([^/?#]*)([^#]*)", r"a*[ab]*", r"(?:a+)*"])
def test_where_nothing_must_follow_nothing_is_tried_twice(pattern: str) -> None:
    assert superlinear(pattern, search=False, whole=False) is None
    assert superlinear(pattern, search=False, whole=True) is not None


@pytest.mark.parametrize("pattern", [r"a*[ab]*$", r"a*[ab]*(?!c)", r"(?:a*)*b", r"a*[ab]*c", r"a*a*\b"])
def test_a_condition_at_the_end_may_fail(pattern: str) -> None:
    assert superlinear(pattern, search=False, whole=False) is not None


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def called(node: ast.Call) -> str:
    assert isinstance(node.func, ast.Attribute)
    return node.func.attr


def uses_of_re(tree: ast.Module) -> Iterator[tuple[ast.Call, str | None]]:
    """Each call of the module `re`, with the name of the module's constant that it makes."""
    constants = {
        id(node.value): node.targets[0].id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
            yield node, constants.get(id(node)) if called(node) == "compile" else None


def is_plain(node: ast.Call) -> bool:
    """Whether it compiles nothing, or only a choice of texts."""
    return called(node) == "escape" or ast.unparse(node).startswith("re.compile('|'.join(map(re.escape, ")


def methods_of(name: str, trees: list[ast.Module]) -> set[str]:
    return {
        node.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and name in {getattr(part, "id", None) for part in ast.walk(node.value)}
    } & METHODS


def constants() -> Iterator[Any]:
    trees = {path: tree_of(path) for path in MODULES}
    for path, tree in trees.items():
        for _, name in uses_of_re(tree):
            if name is not None:
                methods = methods_of(name, [tree] if name.startswith("_") else list(trees.values()))
                yield pytest.param(path, name, methods, id=f"{path.relative_to(ROOT)}:{name}")


@pytest.mark.parametrize(("path", "name", "methods"), list(constants()))
def test_every_pattern_is_linear(path: Path, name: str, methods: set[str]) -> None:
    module = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
    pattern = getattr(importlib.import_module(module), name)
    search, whole = not methods or not methods <= ANCHORED, not methods or "fullmatch" in methods
    assert superlinear(pattern.pattern, pattern.flags, search=search, whole=whole) is None


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_patterns_are_constants_where_their_proof_finds_them(path: Path) -> None:
    tree = tree_of(path)
    hidden = [node.lineno for node, name in uses_of_re(tree) if name is None and not is_plain(node)]
    imported = [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and node.module == "re")
        or (isinstance(node, ast.Import) and any(alias.name == "re" and alias.asname for alias in node.names))
    ]
    assert hidden + imported == []


def test_every_route_is_linear() -> None:
    server = Server(Config(port=0))
    services = server.services()
    infos = [resource.get_info() for resource in make_app(services).router.resources()]
    patterns: list[re.Pattern[str]] = [info["pattern"] for info in infos if "pattern" in info]
    assert len(patterns) > 50
    assert [one.pattern for one in patterns if superlinear(one.pattern, one.flags, search=False)] == []
