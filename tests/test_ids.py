"""Identifiers: their forms, and that each is unique."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable

import pytest

from qstash_dev import ids

MANY = 2_000


@pytest.mark.parametrize(
    ("make", "form"),
    [
        (ids.message_id, "msg_%s{28}"),
        (ids.schedule_id, "scd_%s{28}"),
        (ids.run_id, "wfr_%s{21}"),
        (ids.token_id, "jwt_%s{28}"),
        (ids.signing_key, "sig_%s{28}"),
    ],
)
def test_every_identifier_has_its_form(make: Callable[[], str], form: str) -> None:
    base58 = "[1-9A-HJ-NP-Za-km-z]"
    made = [make() for _ in range(MANY)]
    assert all(re.fullmatch(form % base58, id) for id in made)
    assert len(set(made)) == MANY


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_a_forked_process_makes_other_identifiers() -> None:
    ids.message_id()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, ids.message_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 100).decode()
    os.close(reading)
    os.close(writing)
    assert theirs.startswith("msg_")
    assert theirs != ids.message_id()
