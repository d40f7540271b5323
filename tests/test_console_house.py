"""The structure of the console's TypeScript: which folder may import which, and no import circles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "qstash_dev" / "console" / "ui" / "src"
MODULES = sorted(
    path for pattern in ("*.ts", "*.tsx") for path in SOURCE.rglob(pattern) if not path.name.endswith(".d.ts")
)

# A folder imports itself and those above it in this list; imports of types count as well.
FOLDERS = ["lib", "router", "api", "store", "publish", "components", "pages", "shell", "main"]
ENTRY_POINTS = {"theme-early": "lib"}

# What `npm run types` makes of the OpenAPI document; it is not in version control, and holds types only.
GENERATED = SOURCE / "api" / "schema"

# `import … from "…"`, `export … from "…"`, `import "…"` and `import("…")`.
IMPORT = re.compile(r"""(?:\bfrom\s+|\bimport\s+|\bimport\s*\(\s*)["'](\.[^"']*)["']""")


def folder(path: Path) -> str:
    """The name of its folder below ``src``, or of the file itself if it lies in none."""
    first = path.relative_to(SOURCE).parts[0]
    return first.split(".")[0]


def page(path: Path) -> str:
    """The page whose folder the file lies in; empty for every other file."""
    parts = path.relative_to(SOURCE).parts
    return parts[1] if parts[0] == "pages" and len(parts) > 2 else ""


def resolved(importer: Path, specifier: str) -> Path:
    """The file that an import means. Raises ValueError if there is none."""
    target = (importer.parent / specifier).resolve()
    names = (f"{target}.ts", f"{target}.tsx", target / "index.ts", target / "index.tsx", target)
    for candidate in map(Path, names):
        if candidate.is_file():
            return candidate
    raise ValueError(f"{importer.relative_to(SOURCE)} imports {specifier}, which is not there")


def imports(path: Path) -> Iterator[Path]:
    """The modules that a module imports; style sheets are none."""
    for specifier in IMPORT.findall(path.read_text()):
        if (path.parent / specifier).resolve() == GENERATED:
            continue
        target = resolved(path, specifier)
        if target.suffix in {".ts", ".tsx"}:
            yield target


def circle(graph: dict[Path, set[Path]]) -> list[Path]:
    """One circle of imports, as the modules along it; empty if there is none."""
    done: set[Path] = set()
    way: list[Path] = []

    def visit(module: Path) -> list[Path]:
        if module in way:
            return [*way[way.index(module) :], module]
        if module in done:
            return []
        way.append(module)
        for target in sorted(graph[module]):
            if found := visit(target):
                return found
        way.pop()
        done.add(module)
        return []

    return next(filter(None, map(visit, graph)), [])


@pytest.mark.parametrize(
    ("graph", "found"),
    [({"a": "b", "b": "c", "c": ""}, ""), ({"a": "b", "b": "c", "c": "b"}, "bcb"), ({"a": "a"}, "aa")],
    ids=["none", "of two", "of one"],
)
def test_a_circle_is_found(graph: dict[str, str], found: str) -> None:
    paths = {Path(name): {Path(target) for target in targets} for name, targets in graph.items()}
    assert circle(paths) == [Path(name) for name in found]


def test_no_module_imports_itself_through_others() -> None:
    graph = {path: set(imports(path)) for path in MODULES}
    assert sum(map(len, graph.values())) > len(MODULES), "hardly any import was found"
    assert [str(path.relative_to(SOURCE)) for path in circle(graph)] == []


def test_folders_import_only_what_is_above_them() -> None:
    wrong = []
    for path in MODULES:
        here = ENTRY_POINTS.get(folder(path), folder(path))
        allowed = FOLDERS[: FOLDERS.index(here) + 1]
        wrong += [
            f"{path.relative_to(SOURCE)} imports {it.relative_to(SOURCE)}"
            for it in imports(path)
            if folder(it) not in allowed
        ]
    assert wrong == []


def test_pages_do_not_import_each_other() -> None:
    index = SOURCE / "pages" / "index.ts"
    for path in MODULES:
        for target in imports(path):
            if not page(target) or page(target) == page(path):
                continue
            assert path == index, f"{path.relative_to(SOURCE)} imports {target.relative_to(SOURCE)}"
            assert target.stem == "index", f"the list of pages imports {target.relative_to(SOURCE)}"


def test_modules_open_with_what_they_hold() -> None:
    bare = [
        str(path.relative_to(SOURCE))
        for path in MODULES
        if not re.match(r"/\*\*\s*\**\s*[A-Z`]", path.read_text()) and not path.name.endswith(".test.ts")
    ]
    assert bare == []
