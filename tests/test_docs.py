"""The documents name everything that there is, and nothing that there is not."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click
import pytest

from qstash_dev import __version__, pytest_plugin
from qstash_dev.api.app import ROUTES
from qstash_dev.cli.dev import dev
from qstash_dev.cli.main import main
from qstash_dev.protocol.headers import OPTION_NAMES, schedule_fields
from tests.conftest import Client
from tests.docs.pages import PAGES, README, ROOT, page, quoted

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CLI, ARCHITECTURE = page("cli"), page("architecture")
OPTIONS = [option for option in dev.params if isinstance(option, click.Option)]


def long_names(cell: str) -> list[str]:
    return [text.split()[0] for text in quoted(cell)]


def test_every_option_is_told_with_its_variable_and_nothing_else() -> None:
    documented = {
        name: quoted(variable) for option, variable, _ in CLI.table("Options") for name in long_names(option)
    }
    assert documented == {option.opts[-1]: [option.envvar] if option.envvar else [] for option in OPTIONS}


def test_defaults_that_are_told_are_those_of_the_options() -> None:
    meanings = {name: meaning for option, _, meaning in CLI.table("Options") for name in long_names(option)}
    for option in OPTIONS:
        if option.show_default:
            meaning = meanings[option.opts[-1]].replace("`", "").replace("10,000", "10000")
            assert f"{option.default} unless given" in meaning


def test_every_variable_that_is_told_is_read() -> None:
    read = {option.envvar for option in OPTIONS if option.envvar}
    told = {name for one in PAGES for name in re.findall(r"QSTASH_DEV_\w+", one.text)}
    assert told == read


async def test_served_document_names_every_option_header_and_every_group_of_routes(client: Client) -> None:
    document = await client.get("/openapi.json")
    headers = {
        parameter["name"].lower()
        for operations in document["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "header"
    }
    of_schedules = [("Upstash-Cron", "* * * * *"), ("Upstash-Schedule-Id", "id")]
    assert {f"upstash-{name}" for name in OPTION_NAMES | schedule_fields(of_schedules).keys()} <= headers
    groups = {path.split("/")[2].replace("{_:[Ss]}chedules", "schedules") for _, path, *_ in ROUTES}
    assert groups == {path.split("/")[2] for path in document["paths"] if path.startswith("/v2/")}
    assert document["info"]["version"] == __version__


def test_first_entry_of_the_changelog_is_this_version() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0].split()[0] == __version__
    assert len(headings) == len(set(headings))


def test_every_dependency_is_told_with_its_reason() -> None:
    explained = [name for name, reason in ARCHITECTURE.table("Dependencies") if reason]
    assert sorted(explained) == sorted(map(bare_name, PROJECT["project"]["dependencies"]))


def test_every_development_dependency_is_told() -> None:
    paragraph = re.search(r"^For development: .*?(\n\n|\Z)", ARCHITECTURE.text, re.MULTILINE | re.DOTALL)
    assert paragraph
    named = paragraph[0].replace("-xdist", "pytest-xdist").replace("-timeout", "pytest-timeout")
    for group in PROJECT["dependency-groups"].values():
        for name in map(bare_name, group):
            assert re.search(rf"\b{name}\b", named), name


def bare_name(requirement: str) -> str:
    return re.split(r"[<>=~!; \[]", requirement)[0].lower()


@pytest.mark.parametrize(
    ("group", "name", "target"),
    [("console_scripts", "qstash-dev", main), ("pytest11", "qstash_dev", pytest_plugin)],
)
def test_entry_point(group: str, name: str, target: object) -> None:
    (found,) = entry_points(group=group, name=name)
    assert isinstance(found, EntryPoint)
    assert found.load() is target


def test_supported_versions_of_python_agree() -> None:
    versions = [
        text.rpartition(" ")[2]
        for text in PROJECT["project"]["classifiers"]
        if re.fullmatch(r"Programming Language :: Python :: \d\.\d+", text)
    ]
    assert PROJECT["project"]["requires-python"] == f">={versions[0]}"
    assert f"Python {versions[0]} or newer" in README.text
