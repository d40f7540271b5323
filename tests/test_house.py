"""The structure of the package: which folder may import which, where code may await, read time or use randomness."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parent.parent / "qstash_dev"
MODULES = sorted(path for path in ROOT.rglob("*.py") if "node_modules" not in path.parts)
TESTS = sorted(Path(__file__).parent.rglob("*.py"))

# Shapes are the part of `api` that the log of workflow runs is made of as well, and that names kinds of faults.
SHAPES = "api.shapes"
# What each room may import from the package. `cli` and `testing` stand above all of them.
ALLOWED = {
    "protocol": set[str](),
    "state": {"protocol", "config"},
    SHAPES: {"protocol", "state"},
    "broker": {"protocol", "state", "config", "ids", SHAPES},
    "delivery": {
        "protocol",
        "state",
        "broker",
        "config",
        "ids",
        "clock",
        "deadlines",
        "internal_errors",
        "receiving",
    },
    "explain": {"protocol", "state", "broker", "config"},
    "slices": set[str](),
    "dev": {"protocol", "state", "broker", "explain", "delivery", "config", "clock", "slices", SHAPES},
    "api": {
        "protocol",
        "state",
        "broker",
        "config",
        "ids",
        "clock",
        "slices",
        "explain",
        "dev",
        "deadlines",
        "internal_errors",
        "receiving",
        "version",
        SHAPES,
    },
    "console": set[str](),
    "testing": {
        "protocol",
        "state",
        "broker",
        "delivery",
        "explain",
        "dev",
        "config",
        "ids",
        "clock",
        "server",
        "sockets",
        SHAPES,
    },
}
NO_AWAIT = ("protocol", "state", "broker")
# These folders can be compiled, so imports for types count as well.
COMPILED = ("protocol", "state", "broker", "delivery")
# A message knows its user, its workflow run and what it waits in; a run knows its user. No other import points back.
BACK_REFERENCES = {
    "state.message": {"state.flow_control", "state.queue", "state.run", "state.tenant", "state.wait_list"},
    "state.run": {"state.tenant"},
}
BROKER_ORDER = [
    "timers",
    "deferred_work",
    "admission",
    "duplicates",
    "publish",
    "callbacks",
    "cancel",
    "workflows.log_rows",
    "workflows.log_view",
    "workflows.runs",
    "workflows.call",
    "workflows.invoke",
    "workflows.events",
    "workflows.finish",
    "workflows.failure",
    "workflows.resume",
    "workflows.refused_steps",
    "workflows.router",
    "attempts",
    "dlq",
    "schedules",
    "bulk_cancel",
    "queues",
    "url_groups",
    "flow_control",
    "keys",
    "retention",
    "reset",
    "broker",
]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@pytest.fixture(scope="module", autouse=True)
def nothing_stays_parsed() -> Iterator[None]:
    """The collector would look at millions of nodes in every test that follows."""
    yield
    parsed.cache_clear()


def room(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    if parts[:2] == ("api", "shapes"):
        return SHAPES
    return parts[0] if len(parts) > 1 else parts[0].removesuffix(".py")


def own_imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("qstash_dev"):
            rest = node.module.split(".")[1:]
            yield from [".".join(rest)] if rest else [alias.name for alias in node.names]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def for_types_only(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from ast.walk(node)


def imported_modules(path: Path, modules: dict[str, Path], *, with_types: bool = False) -> Iterator[str]:
    tree = parsed(path)
    skipped = set() if with_types else {id(node) for node in for_types_only(tree)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ImportFrom)
            and id(node) not in skipped
            and (node.module or "").startswith("qstash_dev")
        ):
            package = ".".join((node.module or "").split(".")[1:])
            for alias in node.names:
                name = f"{package}.{alias.name}".lstrip(".")
                yield name if name in modules else package


def circles(imports: dict[str, set[str]]) -> Iterator[list[str]]:
    """The modules that are left when those that import nothing of the rest are taken away again and again."""
    left = dict(imports)
    while done := [name for name, used in left.items() if not used & left.keys()]:
        for name in done:
            del left[name]
    if left:
        yield sorted(left)


def test_imports_point_one_way() -> None:
    for path in MODULES:
        if (here := room(path)) in ALLOWED:
            names = own_imports(parsed(path))
            used = {SHAPES if name.startswith(SHAPES) else name.split(".")[0] for name in names}
            assert used <= ALLOWED[here] | {here}, path


def test_stages_of_the_broker_import_only_earlier_stages() -> None:
    folder = ROOT / "broker"
    stages = {".".join(path.relative_to(folder).with_suffix("").parts): path for path in folder.rglob("[a-z]*.py")}
    assert stages.keys() == set(BROKER_ORDER)
    for stage, path in stages.items():
        imported = own_imports(parsed(path))
        used = {name.removeprefix("broker.") for name in imported if name.startswith("broker.")}
        assert used <= set(BROKER_ORDER[: BROKER_ORDER.index(stage)]), stage


def test_circles_are_found() -> None:
    assert list(circles({"a": {"b"}, "b": set(), "c": {"a", "d"}, "d": {"c"}})) == [["c", "d"]]
    assert list(circles({"a": {"b"}, "b": {"c"}, "c": set()})) == []


def test_no_imports_go_in_a_circle() -> None:
    """Imports within functions count, those for types only do not."""
    modules = {module_name(path): path for path in MODULES}
    imports = {name: set(imported_modules(path, modules)) - {name} for name, path in modules.items()}
    assert list(circles(imports)) == []


def test_imports_for_types_point_back_in_two_modules_only() -> None:
    modules = {module_name(path): path for path in MODULES}
    compiled = {name: path for name, path in modules.items() if room(path) in COMPILED}
    imports = {name: set(imported_modules(path, modules, with_types=True)) for name, path in compiled.items()}
    for name, backwards in BACK_REFERENCES.items():
        assert backwards == imports[name] - set(imported_modules(compiled[name], modules)), name
        imports[name] -= backwards
    assert list(circles({name: used - {name} for name, used in imports.items()})) == []


def names_before(tree: ast.Module, line: int) -> set[str]:
    """What a module has imported, not for types only, or defined before this line."""
    skipped = {id(node) for node in for_types_only(tree)}
    found = {"bool", "bytes", "float", "int", "str"}
    for node in tree.body:
        if id(node) in skipped or node.lineno >= line:
            continue
        match node:
            case ast.ImportFrom(names=aliases) | ast.Import(names=aliases):
                found |= {alias.asname or alias.name for alias in aliases}
            case ast.ClassDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                found.add(name)
    return found


def plain_fields(tree: ast.Module, kind: str) -> Iterator[tuple[ast.ClassDef, set[str]]]:
    """Named tuples or dataclasses, and the classes that are the whole annotation of a field, unlike ``X | None``."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(kind in ast.unparse(at) for at in node.bases + node.decorator_list):
            fields = [one.annotation for one in node.body if isinstance(one, ast.AnnAssign)]
            yield node, {annotation.id for annotation in fields if isinstance(annotation, ast.Name)}


def test_fields_name_classes_that_exist_when_theirs_is_compiled() -> None:
    """Otherwise the process crashes when it imports the compiled module."""
    for path in MODULES:
        if room(path) in COMPILED:
            tree = parsed(path)
            for node, names in plain_fields(tree, "NamedTuple"):
                assert names <= names_before(tree, node.lineno), (path, node.name)
            imports = [node for node in for_types_only(tree) if isinstance(node, ast.ImportFrom)]
            for_types = {alias.name for node in imports for alias in node.names}
            for node, names in plain_fields(tree, "dataclass"):
                assert not names & for_types, (path, node.name)


def test_patterns_with_surrogates_are_raw() -> None:
    """mypyc refuses surrogates in literals, but a raw pattern may have their escapes."""
    for path in MODULES:
        if room(path) in COMPILED:
            literals = [
                node.value
                for node in ast.walk(parsed(path))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            ]
            assert [text for text in literals if re.search("[\ud800-\udfff]", text)] == [], path


def test_nothing_awaits_inside() -> None:
    kinds = (ast.Await, ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith)
    for path in MODULES:
        if room(path) in NO_AWAIT:
            assert not [node.lineno for node in ast.walk(parsed(path)) if isinstance(node, kinds)], path


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


def test_functions_are_short() -> None:
    functions = [
        (f"{path.relative_to(ROOT)}:{node.lineno}", (node.end_lineno or 0) - node.lineno + 1)
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [place for place, lines in functions if lines > 45] == []
    assert median(lines for _, lines in functions) <= 7


# What tests reach for although it is private, and why.
PRIVATE = {
    # The SDK offers no way to close its connections.
    "_client",
    # Nothing that a program may do lets the server's thread die, or blocks it.
    "_bridge",
    # What the standard library keeps functions in, and calls what it offers for named tuples and processes.
    "_lru_cache_wrapper",
    "_replace",
    "_exit",
}


PATCHING = ("setattr", "setitem", "delattr", "patch", "object")


def reached_into(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Private names of others: attributes that the file itself does not have, and imports."""
    nodes = list(ast.walk(tree))
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            own.add(node.attr)
    for node in nodes:
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own:
            yield node.lineno, node.attr
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qstash_dev"):
            yield from ((node.lineno, alias.name) for alias in node.names if is_private(alias.name))


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def patched(tree: ast.Module) -> Iterator[int]:
    """Where something of the package is replaced: of an object that was made for the test it may be."""
    ours = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and "qstash_dev" in ast.unparse(node)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PATCHING:
            target = node.args[0] if node.args else node
            if (isinstance(target, ast.Name) and target.id in ours) or "qstash_dev." in ast.unparse(target):
                yield node.lineno


def test_no_test_reaches_into_what_is_private() -> None:
    found = [
        f"{path}:{line} {name}" for path in TESTS for line, name in reached_into(parsed(path)) if name not in PRIVATE
    ]
    assert found == []


def test_no_test_patches_the_package() -> None:
    """What a test needs to be different is a value in ``Config``, or an argument."""
    assert [f"{path}:{line}" for path in TESTS for line in patched(parsed(path))] == []


def test_what_tests_must_not_do_is_found() -> None:
    bad = """
from qstash_dev.delivery import pool as pool_module
from qstash_dev.cli.serve import _why_not
from qstash_dev.state.message import Message
def test_it(server, monkeypatch):
    server._runner.stop()
    monkeypatch.setattr(pool_module, "_MAX", 2)
    monkeypatch.setattr(Message, "ended", True)
    monkeypatch.setattr("qstash_dev.dev.arguments.TIMEOUT_S", 1)
    monkeypatch.setattr(server.dispatcher, "drain", None)
"""
    assert sorted(reached_into(ast.parse(bad))) == [(3, "_why_not"), (6, "_runner")]
    assert list(patched(ast.parse(bad))) == [7, 8, 9]


def test_no_test_sleeps() -> None:
    for path in TESTS:
        for node in ast.walk(parsed(path)):
            # The `context` of a workflow sleeps on the server's clock, and `sleep(0)` is one pass of the loop.
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "sleep"
                and ast.unparse(node) != "asyncio.sleep(0)"
                and ast.unparse(node.func) != "context.sleep"
            ):
                raise AssertionError(f"{path}:{node.lineno} sleeps: travel the clock or wait for an event")
