"""No code recognises a situation by a piece of an English sentence: it goes by types, codes, reasons and fields.

Texts of other programs stand in one table, `protocol/foreign_texts.py`, where alone they are looked for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "qstash_dev"
FOREIGN = ROOT / "protocol" / "foreign_texts.py"
PYTHON = sorted(path for path in ROOT.rglob("*.py") if "node_modules" not in path.parts and path != FOREIGN)
TYPESCRIPT = sorted(path for path in (ROOT / "console" / "ui" / "src").rglob("*.ts*") if ".test." not in path.name)

SENTENCE = re.compile(r"[A-Za-z']{2,}[,:;]? [A-Za-z']{2,}")
SEARCHES = {
    *("startswith", "endswith", "find", "rfind", "index", "rindex", "count", "partition", "rpartition"),
    *("split", "rsplit", "removeprefix", "removesuffix", "replace"),
    *("match", "search", "fullmatch", "findall", "finditer", "sub", "compile"),
}
# What holds a sentence about something that went wrong.
ERROR_TEXTS = {"error", "fault", "reason", "strerror", "verify_message", "args", "error_text"}
ERRORS = {"error", "exc", "exception", "rejection", "refused", "problem"}


def constants(tree: ast.AST) -> dict[str, ast.expr]:
    """What the names of a module stand for, from all its assignments."""
    found: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
    return found


def imported(tree: ast.AST) -> dict[str, ast.expr]:
    """The same of what it imports from the package."""
    found: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qstash_dev."):
            path = ROOT.parent / ((node.module or "").replace(".", "/") + ".py")
            if path.exists():
                known = constants(ast.parse(path.read_text()))
                found |= {alias.name: known[alias.name] for alias in node.names if alias.name in known}
    return found


def loops(tree: ast.AST) -> dict[str, ast.expr]:
    """What the variables of loops run through."""
    found: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.comprehension | ast.For):
            found |= {name.id: node.iter for name in ast.walk(node.target) if isinstance(name, ast.Name)}
    return found


class Reader:
    """Finds in one module what is compared with, or searched for, sentences."""

    def __init__(self, source: str) -> None:
        self.tree = ast.parse(source)
        self.names = loops(self.tree) | imported(self.tree) | constants(self.tree)

    def findings(self) -> Iterator[int]:
        """The lines."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Compare):
                wrong = any(map(self.is_sentence, [node.left, *node.comparators])) or any(
                    isinstance(operator, ast.In | ast.NotIn) and is_error_text(right)
                    for operator, right in zip(node.ops, node.comparators, strict=True)
                )
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SEARCHES:
                wrong = any(map(self.is_sentence, node.args)) or is_error_text(node.func.value)
            else:
                wrong = isinstance(node, ast.MatchValue) and self.is_sentence(node.value)
            if wrong:
                yield node.lineno

    def is_sentence(self, node: ast.expr, seen: frozenset[str] = frozenset()) -> bool:
        """Whether it is a sentence, a part of one, or a table of them, by itself or by the name of a constant."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            return SENTENCE.search(text) is not None
        if isinstance(node, ast.Name) and node.id in self.names and node.id not in seen:
            return self.is_sentence(self.names[node.id], seen | {node.id})
        if isinstance(node, ast.JoinedStr):
            return any(self.is_sentence(part, seen) for part in node.values)
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            return any(self.is_sentence(part, seen) for part in node.elts)
        if isinstance(node, ast.Dict):
            return any(self.is_sentence(key, seen) for key in node.keys if key is not None)
        return False


def is_error_text(node: ast.expr) -> bool:
    """Whether it is what an error says: `result.error`, `str(error)`, `rejection.text`."""
    if isinstance(node, ast.Attribute):
        of_error = isinstance(node.value, ast.Name) and node.value.id in ERRORS
        return node.attr in ERROR_TEXTS or (of_error and node.attr in ("text", "message", "template"))
    if isinstance(node, ast.Subscript):
        return is_error_text(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("str", "repr"):
        return any(isinstance(part, ast.Name) and part.id in ERRORS for part in node.args)
    # As in `str(error).lower()`.
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_error_text(node.func.value)


COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)
QUOTED = r"""(?:"[^"\n]*"|'[^'\n]*'|`[^`]*`)"""
PATTERN = re.compile(
    r"(?:(?<=[(,=:\[!&|?{};])|(?<=return))\s*/((?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n\[*>])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n\[])*)/"
)
COMPARED = re.compile(rf"(?:[!=]==?\s*({QUOTED})|({QUOTED})\s*[!=]==?|\bcase\s+({QUOTED}))")
SEARCHED = re.compile(
    rf"\.(?:includes|startsWith|endsWith|indexOf|lastIndexOf|split|replace|replaceAll|match|matchAll|search)\(\s*({QUOTED})"
)


def in_typescript(source: str) -> list[str]:
    """The sentences that a module compares with or searches for. Patterns are there for nothing else."""
    code = COMMENT.sub("", source)
    found = [match[1] for match in PATTERN.finditer(code)]
    for pattern in (COMPARED, SEARCHED):
        found += [next(filter(None, match.groups())) for match in pattern.finditer(code)]
    return [text for text in found if SENTENCE.search(text)]


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_goes_by_a_sentence(path: Path) -> None:
    assert list(Reader(path.read_text()).findings()) == []


@pytest.mark.parametrize("path", TYPESCRIPT, ids=lambda path: path.name)
def test_no_module_of_the_console_goes_by_a_sentence(path: Path) -> None:
    assert in_typescript(path.read_text()) == []


def test_there_is_one_table_of_foreign_texts() -> None:
    assert list(Reader(FOREIGN.read_text()).findings()) != []


@pytest.mark.parametrize(
    "source",
    [
        # As it was done here once.
        """
_BY_ERROR = (("connection refused", "start the app"), ("cannot resolve", "use --map"))
def hint(result):
    return next((text for sign, text in _BY_ERROR if sign in result.error), None)
""",
        """
def hint(result):
    if result.status == 400 and b"body hash does not match" in result.body[:4_000]:
        return "the body"
""",
        """
OLD_SDK = "trigger rest api is only usable with sdk versions after v1.0.0"
def why(result):
    return result.fault == OLD_SDK
""",
        "from qstash_dev.protocol.workflow import OLD_SDK\ndef why(result):\n    return result.fault == OLD_SDK",
        'if "Data after" in str(error): pass',
        'if str(error).lower().startswith("data"): pass',
        'if error.args[0] in ("x",) or "header" in error.args[0]: pass',
        'if rejection.text.startswith("invalid"): pass',
        'wrong = text.removeprefix("invalid field ") != text or text.startswith("invalid field name")',
        'import re\nFIELD = re.compile("invalid field ([a-z]+)")',
        'match text:\n    case "no such route": pass',
        'REASONS = {"no such route": 1, "bad gateway": 2}\nif text in REASONS: pass',
        'if text == f"message {id} not found": pass',
    ],
)
def test_code_that_goes_by_a_sentence_is_found(source: str) -> None:
    assert list(Reader(source).findings()) != []


@pytest.mark.parametrize(
    "source",
    [
        'if result.reason is FailureReason.NOT_HTTP: return "it did not answer in HTTP"',
        'if fault.error == "timeout": raise ValueError("no answer came")',
        'fields["error"] = result.error',
        'kind, _, rest = text.partition(" ")',
        'if rest.startswith("@every "): pass',
    ],
)
def test_code_that_only_writes_sentences_is_not(source: str) -> None:
    assert list(Reader(source).findings()) == []


@pytest.mark.parametrize(
    "source",
    [
        # As it was done here once.
        r"const ITEM = /^item (\d+) of the batch: /;",
        r"const [, name] = /^invalid field (\w+): ([\s\S]*)$/.exec(message) ?? [];",
        r"  [/^deduplicationId cannot contain/i, 'deduplicationId'],",
        r"  [/^(topic .* not found|invalid destination url|destination ')/s, 'destination'],",
        r'if (text.startsWith("Upstash-Flow-Control-Value should be")) return "";',
        'if (error.message === "The server does not answer.") return;',
        "switch (text) { case 'no such route': break; }",
    ],
)
def test_typescript_that_goes_by_a_sentence_is_found(source: str) -> None:
    assert in_typescript(source) != []


@pytest.mark.parametrize(
    "source",
    [
        'throw new Error("The server does not answer.");',
        '// `/^invalid field (name)/` was here, and === "no such route"',
        'const url = "https://example.com/a b c";',
        r"const plain = /^[\x21-\x7e]+$/.test(destination);",
        'return <p class="faint">Failures in place of delivery attempts / none of them.</p>;',
    ],
)
def test_typescript_that_only_writes_sentences_is_not(source: str) -> None:
    assert in_typescript(source) == []
