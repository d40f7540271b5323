"""Error texts for wrong tokens, which help and do not contain the token."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from qstash_dev.protocol import errors
from qstash_dev.protocol.errors import ErrorText
from qstash_dev.protocol.tokens import token_error, token_start
from qstash_dev.state.tenant import USERS

TOKEN = USERS[0].token
KNOWN = {TOKEN}
HOSTED = b64encode(json.dumps({"UserID": "3f1c", "Password": "0b9e"}).encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "row"),
    [
        (None, errors.NO_TOKEN),
        ("", errors.NO_TOKEN),
        ("Bearer", errors.UNSET_TOKEN),
        ("Bearer  ", errors.UNSET_TOKEN),
        ("Bearer undefined", errors.UNSET_TOKEN),
        ("Bearer None", errors.UNSET_TOKEN),
        ("Bearer $QSTASH_TOKEN", errors.UNSET_TOKEN),
        (f'Bearer "{TOKEN}"', errors.QUOTED_TOKEN),
        (f"Bearer '{TOKEN}'", errors.QUOTED_TOKEN),
        (f'Bearer {TOKEN}"', errors.QUOTED_TOKEN),
        (f"Bearer Bearer {TOKEN}", errors.BEARER_TWICE),
        ("bearer bearer", errors.BEARER_TWICE),
        (f"Bearer {USERS[0].current_signing_key}", errors.SIGNING_KEY_AS_TOKEN),
        (f"Bearer {TOKEN.rstrip('=')}", errors.CUT_TOKEN),
        (f"Bearer {TOKEN}=", errors.CUT_TOKEN),
        (f"Bearer {HOSTED}", errors.HOSTED_TOKEN),
        (f"Bearer {HOSTED.rstrip('=')}", errors.HOSTED_TOKEN),
        (TOKEN, errors.NO_BEARER),
        (f"Basic {TOKEN}", errors.NO_BEARER),
        ("Bearer nonsense", errors.UNKNOWN_TOKEN),
        ("Bearer " + b64encode(b"[1]").decode(), errors.UNKNOWN_TOKEN),
        ("Bearer " + b64encode(b'{"UserID": 1}').decode(), errors.UNKNOWN_TOKEN),
        ("Bearer " + b64encode(b"[" * 3_000).decode(), errors.UNKNOWN_TOKEN),
        ("Bearer " + b64encode(b'{"UserID":1,"Password":"' + b"x" * 10_000 + b'"}').decode(), errors.UNKNOWN_TOKEN),
        ("Bearer \u00e9\udcff", errors.UNKNOWN_TOKEN),
    ],
)
def test_what_is_wrong_is_said(authorization: str | None, row: ErrorText) -> None:
    assert token_error(authorization, None, KNOWN) is row
    token = (authorization or "").rpartition(" ")[2].strip("\"'")
    assert len(token) < 10 or token not in row().text


def test_a_token_in_the_query_is_the_one_that_was_meant() -> None:
    assert token_error("Bearer of-the-sender", HOSTED, KNOWN) is errors.HOSTED_TOKEN
    assert token_error(None, "", KNOWN) is errors.UNSET_TOKEN


def test_every_text_begins_as_that_of_hosted_qstash() -> None:
    rows = [row for row in vars(errors).values() if isinstance(row, ErrorText) and row.status == 401]
    assert len(rows) == 9
    assert all(row().text.startswith("unable to authenticate: invalid token: ") for row in rows)


@pytest.mark.parametrize(
    ("authorization", "query_token", "start"),
    [
        (f"Bearer {HOSTED}", None, "eyJVc2Vy"),
        (f'Bearer "{HOSTED}"', None, '"eyJVc2V'),
        ("Bearer short-one", None, "sh"),
        ("Bearer abc", None, ""),
        ("Bearer", None, ""),
        (f"Basic {HOSTED}", None, ""),
        (None, None, ""),
        (None, HOSTED, "eyJVc2Vy"),
    ],
)
def test_little_of_a_token_is_shown(authorization: str | None, query_token: str | None, start: str) -> None:
    assert token_start(authorization, query_token) == start
