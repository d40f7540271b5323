"""The decoder for large JSON: the same values as Python's decoder, in slices, and limits on their number."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qstash_dev.api.http.json_decoder import MAX_DEPTH, MAX_VALUES, SLICE_BYTES, SLICE_VALUES, Decoder, decoded
from qstash_dev.server import Server
from tests.api.support import NOWHERE, error
from tests.conftest import Client

PLENTY = 10**9
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def slowly(body: bytes, most: int = PLENTY) -> Any:
    decoder = Decoder(body, most)
    for _ in decoder.slices():
        pass
    return decoder.value


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_every_value_is_read_as_always(value: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    body = text.encode("utf-8", "surrogatepass")
    assert repr(slowly(body)) == repr(json.loads(body))


@given(VALUES, st.data())
def test_what_is_no_json_is_refused_as_always(value: Any, data: st.DataObject) -> None:
    body = bytearray(json.dumps(value).encode())
    at = data.draw(st.integers(0, len(body)))
    body[at : at + data.draw(st.integers(0, 2))] = data.draw(
        st.sampled_from([*b'{}[]",:\\0-.eu \n\x00\xff'])
    ).to_bytes()
    try:
        expected = repr(json.loads(bytes(body)))
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            slowly(bytes(body))
    else:
        assert repr(slowly(bytes(body))) == expected


LARGE = {
    "text": b'["' + b"x" * 1_000_000 + b'"]',
    "two bytes each": b'["' + "\u00fc".encode() * 500_000 + b'"]',
    "escapes": b'["' + b'\\"' * 400_000 + b'"]',
    "pairs": b'["' + b"\\ud83d\\ude00" * 80_000 + b'"]',
    "halves": b'["' + b"\\ud83d" * 80_000 + b'"]',
    "objects": b"[" + b'{"a":[1,true]},' * 20_000 + b"{}]",
    "numbers": b"[" + (b"1" * 1_000 + b",") * 400 + b"1]",
    "a name": b'{"' + b"x" * 300_000 + b'": 1}',
}


@pytest.mark.parametrize("body", LARGE.values(), ids=LARGE)
def test_a_slice_is_small(body: bytes) -> None:
    decoder, before = Decoder(body, PLENTY), (0, 0)
    for _ in decoder.slices():
        after = (decoder.at, decoder.values)
        assert after[0] - before[0] <= 3 * SLICE_BYTES
        assert after[1] - before[1] <= SLICE_VALUES + 1
        before = after
    assert before[0] > 0, "it was one slice"
    assert decoder.value == json.loads(body)


@pytest.mark.parametrize(
    ("body", "read", "reason"),
    [
        (b"[" + b"{}," * 10_000_000, 31_000, "more than 10000 items"),
        (b'{"a":[' + b"{}," * 600_000, 3 * MAX_VALUES + 10, f"more than {MAX_VALUES} values"),
        (b"[" * 1_000_000, MAX_DEPTH + 1, f"more than {MAX_DEPTH} deep"),
        (b'{"a":' * 1_000_000, 5 * MAX_DEPTH + 5, f"more than {MAX_DEPTH} deep"),
        (b" " * 1_000_000 + b"1", 0, "less white space"),
        (b"1" * 1_000_000, 0, "a value"),
    ],
    ids=["items", "values", "arrays", "objects", "space", "digits"],
)
def test_too_much_is_refused_before_all_of_it_is_read(body: bytes, read: int, reason: str) -> None:
    decoder = Decoder(body, 10_000)
    with pytest.raises(ValueError, match=reason):
        for _ in decoder.slices():
            pass
    assert decoder.at <= read


@pytest.mark.parametrize("separator", [b",", b", " + b" " * 30])
async def test_an_array_of_too_many_items_is_refused_however_it_is_read(separator: bytes) -> None:
    for count, most in ((100, 99), (30_000, 29_999)):
        body = b"[" + separator.join([b"1"] * count) + b"]"
        with pytest.raises(ValueError, match=f"more than {most} items"):
            await decoded(body, most)
        assert len(await decoded(body, count)) == count


@pytest.mark.parametrize("path", ["/v2/batch", "/v2/batch/trigger"])
async def test_a_batch_of_nothing_but_objects_is_refused_by_their_number(
    server: Server, client: Client, path: str
) -> None:
    body = b"[" + b"{}," * 5_000_000 + b"{}]"
    answer = await error(client, "POST", path, data=BytesIO(body))
    assert answer == (400, "invalid request body: not JSON: the array has more than 10000 items")
    assert server.incoming.bytes == 0


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/_dev/inboxes/a/script", b'{"script":[' + b"{}," * 120_000 + b"{}]}"),
        ("PUT", "/_dev/inboxes/a/script", b'{"script":[' + b"{}," * 600_000 + b"{}]}"),
        ("POST", "/_dev/faults", b'{"match":[' + b"{}," * 120_000 + b"{}]}"),
        ("POST", "/v2/queues", b"[" + b"{}," * 120_000 + b"{}]"),
        ("DELETE", "/v2/messages", b'{"messageIds":[' + b"[]," * 120_000 + b"[]]}"),
        ("POST", "/v2/topics/g/endpoints", b'{"endpoints":[' + b"{}," * 120_000 + b"{}]}"),
    ],
)
async def test_nobody_decodes_much_at_once(
    monkeypatch: pytest.MonkeyPatch, client: Client, method: str, path: str, body: bytes
) -> None:
    sizes = []
    loads = json.loads

    def counted(text: bytes) -> Any:
        sizes.append(len(text))
        return loads(text)

    monkeypatch.setattr(json, "loads", counted)
    status, _ = await error(client, method, path, data=BytesIO(body))
    monkeypatch.undo()
    assert 400 <= status < 500
    assert max(sizes, default=0) < 300_000


async def test_a_large_batch_is_accepted(server: Server, client: Client) -> None:
    items = [
        {"destination": NOWHERE, "headers": {"Upstash-Delay": "1h"}, "body": f'{{"number": "{number}"}}' + "x" * 300}
        for number in range(3_000)
    ]
    status, answers = await client.call("POST", "/v2/batch", data=BytesIO(json.dumps(items).encode()))
    assert (status, len(answers)) == (201, 3_000)
    message = server.broker.tenants.all()[0].messages[answers[-1]["messageId"]]
    assert message.publication.body == items[-1]["body"].encode()  # type: ignore[attr-defined]
