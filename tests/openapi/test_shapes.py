"""Shapes say what each of their fields is, are nothing but shapes, and become JSON as they say."""

from __future__ import annotations

import ast
import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct, StructMeta
from msgspec.json import schema_components
from multidict import istr

from qstash_dev.api.request import encoded
from qstash_dev.api.shapes.logs import Event
from qstash_dev.state.message import State
from tests.test_house import MODULES, ROOT, SHAPES, module_name, room

SHAPE_MODULES = [path for path in MODULES if room(path) == SHAPES and path.name != "fields.py"]


def shapes(path: Path) -> list[type[Struct]]:
    """The structs that a module defines."""
    module = importlib.import_module(f"qstash_dev.{module_name(path)}")
    return [one for one in vars(module).values() if isinstance(one, StructMeta) and one.__module__ == module.__name__]


SCHEMAS: dict[str, dict[str, Any]] = schema_components([one for path in SHAPE_MODULES for one in shapes(path)])[1]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_field_is_described(name: str) -> None:
    schema = SCHEMAS[name]
    assert schema.get("description"), name
    assert [field for field, about in schema.get("properties", {}).items() if not _described(about)] == []


def _described(about: dict[str, Any]) -> bool:
    # The tag of a union is told by its value.
    return bool(about.get("description")) or about.keys() == {"enum"}


def test_names_of_shapes_are_unique() -> None:
    # msgspec would put the name of the module before those that are not.
    assert [name for name in SCHEMAS if "." in name] == []


@pytest.mark.parametrize("path", SHAPE_MODULES, ids=name_of)
def test_modules_of_shapes_hold_nothing_else(path: Path) -> None:
    """Other folders may be compiled, these must not: a compiled struct would forget how its fields are called."""
    nodes = ast.parse(path.read_text()).body
    kinds = (ast.Expr, ast.ImportFrom, ast.ClassDef, ast.Assign, ast.AnnAssign)
    assert [node.lineno for node in nodes if not isinstance(node, kinds)] == []
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    inside = [part for node in classes for part in node.body]
    assert [part.lineno for part in inside if not isinstance(part, ast.Expr | ast.AnnAssign)] == []


def event(**fields: Any) -> Event:
    return Event(
        **{"message_id": "msg_1", "url": "http://a.example", "method": "POST", "max_retries": 3},
        **{"time": 1, "state": State.ACTIVE, "retried": 0},
        **fields,
    )


def test_fields_that_are_not_set_are_left_out() -> None:
    assert json.loads(encoded([event()])) == [
        {
            "messageId": "msg_1",
            "url": "http://a.example",
            "method": "POST",
            "maxRetries": 3,
            "time": 1,
            "state": "ACTIVE",
            "retried": 0,
        }
    ]


def test_names_of_headers_are_texts_like_others() -> None:
    assert encoded({istr("a"): [istr("b")]}) == b'{"a":["b"]}'
    assert encoded({istr("a"): [istr("b"), "\udcff"]}) == b'{"a":["b","?"]}'


def test_bytes_that_are_no_text_do_not_change_the_rest_of_a_shape() -> None:
    """A header may hold bytes that are not UTF-8, which Python keeps as lone surrogates."""
    plain, odd = event(error="x?y", body=b"\xff"), event(error="x\udcffy", body=b"\xff")
    assert encoded(odd) == encoded(plain)
    assert encoded({"\ud800": odd, "n": 1 << 70}) == b'{"?":%s,"n":%d}' % (encoded(plain), 1 << 70)
