"""The rules of the house: who may import whom, who may await, read time or roll dice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "qstash_dev"
MODULES = sorted(path for path in ROOT.rglob("*.py") if "node_modules" not in path.parts)

# What each room may import from the package; the leaves `config` and `ids` are open from `state` upward.
ALLOWED = {
    "protocol": set[str](),
    "state": {"protocol", "config"},
    "broker": {"protocol", "state", "config", "ids"},
    "delivery": {"protocol", "state", "broker", "config", "ids", "clock", "deadlines", "accidents"},
    "slices": set[str](),
    "travel": {"state", "broker", "delivery", "clock", "slices"},
    "control": {"protocol", "state", "broker", "delivery", "clock", "slices", "travel"},
    "api": {
        "protocol",
        "state",
        "broker",
        "config",
        "ids",
        "clock",
        "slices",
        "travel",
        "control",
        "deadlines",
        "accidents",
        "__version__",
    },
    "console": set[str](),
}
NO_AWAIT = ("protocol", "state", "broker")
BROKER_ORDER = [
    "timers",
    "errands",
    "admission",
    "intake",
    "callbacks",
    "withdrawal",
    "runs",
    "calls",
    "invocations",
    "waits",
    "endings",
    "failures",
    "recovery",
    "workflows",
    "settlement",
    "redelivery",
    "recurrence",
    "cancellation",
    "queues",
    "expiry",
    "trail",
    "reset",
    "broker",
    "pending",
]


def room(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[0] if len(parts) > 1 else parts[0].removesuffix(".py")


def own_imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("qstash_dev"):
            rest = node.module.split(".")[1:]
            yield from [".".join(rest)] if rest else [alias.name for alias in node.names]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    here = room(path)
    if here not in ALLOWED:
        return
    used = {name.split(".")[0] for name in own_imports(ast.parse(path.read_text()))}
    assert used <= ALLOWED[here] | {here}


def test_stages_of_the_broker_import_only_earlier_stages() -> None:
    for path in sorted((ROOT / "broker").glob("[a-z]*.py")):
        used = {name.split(".")[1] for name in own_imports(ast.parse(path.read_text())) if name.startswith("broker.")}
        earlier = set(BROKER_ORDER[: BROKER_ORDER.index(path.stem)])
        assert used <= earlier, path.name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_awaits_inside(path: Path) -> None:
    if room(path) not in NO_AWAIT:
        return
    kinds = (ast.Await, ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith)
    assert not [node.lineno for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds)]


def test_only_the_clock_reads_time_and_only_ids_rolls_dice() -> None:
    for path in MODULES:
        text = path.read_text()
        if path.name != "clock.py":
            assert not re.search(r"\bimport time\b", text), path
            assert ".now(" not in text.replace("output.now(", ""), path
            assert "utcnow" not in text, path
            assert ".today(" not in text, path
        if path.name != "ids.py":
            assert "urandom" not in text, path
            assert "import random" not in text, path
            assert "import secrets" not in text, path
            assert "uuid" not in text, path


def test_files_keep_to_one_subject() -> None:
    assert [str(path) for path in MODULES if len(path.read_text().splitlines()) > 350] == []


def test_no_test_sleeps() -> None:
    for path in Path(__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            # The `context` of a workflow sleeps on the server's clock, and `sleep(0)` is one pass of the loop.
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).endswith(".sleep")
                and ast.unparse(node) != "asyncio.sleep(0)"
                and ast.unparse(node.func) != "context.sleep"
            ):
                raise AssertionError(f"{path}:{node.lineno} sleeps: travel the clock or wait for an event")
