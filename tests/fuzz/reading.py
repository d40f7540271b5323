"""Requests and answers, byte by byte."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any

from hypothesis import strategies as st

from qstash_dev.api.http.json_decoder import Decoder
from tests.fuzz.target import ODD_TEXT, Target, json_values

_MOST = 10_000
_PARTS = (
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    '"',
    "\\",
    "\\u",
    "d83d",
    "\\ude00",
    "0",
    "-",
    "1.5",
    "e9",
    " ",
    "true",
    "NaN",
    "é",
)


def gradual(body: bytes) -> None:
    """What is decoded in slices is what a decoder makes of it in one go, or refused by both."""
    decoder = Decoder(body, _MOST)
    try:
        for _ in decoder.slices():
            pass
    except ValueError:
        decoded = None
    else:
        decoded = json.dumps(decoder.value)
    try:
        # UTF-8 only: what is left open by the older standard of JSON is not worth slices.
        value = json.loads(body.decode("utf-8-sig", "surrogatepass"))
    except ValueError:
        assert decoded is None, "only one of them accepts it"
        return
    assert decoded == json.dumps(value)


def _written(value: Any, ascii_only: bool, indent: int | None) -> bytes:
    return json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")


_LONG = st.builds(
    lambda parts, times: list(chain(*([part] * times for part in parts))),
    st.lists(ODD_TEXT, max_size=3),
    st.integers(1, 400),
).map("".join)
_VALID = st.builds(_written, json_values() | _LONG | st.lists(_LONG), st.booleans(), st.none() | st.integers(0, 3))
_NEARLY = st.lists(st.sampled_from(_PARTS) | ODD_TEXT).map(
    lambda parts: "".join(parts).encode("utf-8", "surrogatepass")
)

TARGETS: list[Target] = [Target("JSON in slices", gradual, _VALID | _NEARLY | st.binary(max_size=20))]
