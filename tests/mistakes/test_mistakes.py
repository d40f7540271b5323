"""No mistake is silent, none is blamed on somebody else, and each sentence tells what to do."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from qstash_dev.protocol.failure_reason import FailureReason
from tests.mistakes.all import MISTAKES
from tests.mistakes.mistake import Mistake
from tests.mistakes.node import Node, running_node
from tests.mistakes.page import PAGE, heard, row, rows_of, stable, with_tables
from tests.mistakes.parties import OF_ATTEMPT, party
from tests.mistakes.scene import without_certificates
from tests.mistakes.told import Place, shown
from tests.node import installed_node
from tests.sdk.test_node import NODE_TESTS

ROWS = rows_of(PAGE.read_text(encoding="utf-8"))
OF_PYTHON = [
    pytest.param(mistake, id=mistake.said, marks=[pytest.mark.programs] if mistake.programs else [])
    for mistake in MISTAKES
    if not mistake.with_node
]


@pytest.fixture(autouse=True)
def no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "")
    monkeypatch.setenv("SSL_CERT_DIR", "")
    without_certificates()


async def wrong(mistake: Mistake, node: Node | None = None) -> list[str]:
    """What is wrong with what is told of a mistake."""
    found, ports = await mistake.play(node)
    main = mistake.main(found)
    if main is None:
        return [f"{mistake.said}: /_dev says nothing of {mistake.reason}\n{shown(found)}"]
    wrong = []
    if not main.todo:
        wrong.append("it is not told what to do")
    if party(main) is not mistake.fault:
        wrong.append(f"{party(main)} is blamed, not {mistake.fault}")
    if bool(lines := heard(found, ports)) is mistake.says_nothing:
        wrong.append(f"the terminal prints {len(lines)} lines of it")
    todo = stable(main.todo, ports)
    if main.place in (Place.ATTEMPT, Place.REFUSAL, Place.NOTICE) and not any(todo in line for line in lines):
        wrong.append("the terminal does not say what to do")
    if (now := row(mistake, found, ports)) != (on_page := ROWS.get(mistake.said)):
        wrong.append(f"`make mistakes` writes another row to the page:\n  {on_page}\n  {now}")
    return [f"{mistake.said}: {'; '.join(wrong)}\n{shown(found)}"] if wrong else []


@pytest.mark.parametrize("mistake", OF_PYTHON)
async def test_a_mistake_is_told(mistake: Mistake) -> None:
    assert not await wrong(mistake)


@pytest.mark.programs
async def test_mistakes_in_javascript_are_told() -> None:
    installed_node(NODE_TESTS, "workflow-1.3" if shutil.which("node") is None else "@upstash/qstash")
    failures = []
    async with running_node(installed_node(NODE_TESTS, "@upstash/qstash")) as node:
        for mistake in MISTAKES:
            if mistake.with_node:
                failures += await wrong(mistake, node)
    assert not failures, "\n".join(failures)


def test_the_page_has_each_mistake_once_and_in_order() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(MISTAKES) >= 60
    assert [said for said, times in Counter(mistake.said for mistake in MISTAKES).items() if times > 1] == []
    assert with_tables(page, ROWS) == page


def test_each_reason_of_a_failed_attempt_is_somebodys_fault() -> None:
    assert set(OF_ATTEMPT) == set(FailureReason)
