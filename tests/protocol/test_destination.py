"""Destinations: URLs byte for byte, names of URL groups, and error texts for everything else."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qstash_dev.api.v2.publication import split_query
from qstash_dev.protocol.destination import MAX_LENGTH, check_destination, destination_from_target, is_url, url_fault
from qstash_dev.protocol.errors import Rejection
from tests.fuzz import urls
from tests.protocol.properties import ANY_TEXT, PROPERTY, answer_or_rejection

URL_BYTES = string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@%/"


@pytest.mark.parametrize(
    ("path", "query", "url"),
    [
        ("https://example.com/x", "foo=bar", "https://example.com/x?foo=bar"),
        ("https%3A%2F%2Fexample.com%2Fx%3Ffoo%3Dbar", "", "https://example.com/x?foo=bar"),
        ("https%3a%2f%2fexample.com%2fx", "foo=bar", "https://example.com/x?foo=bar"),
        ("https%3A%2F%2Fexample.com%2Fx%3Fa%3D1", "b=2", "https://example.com/x?a=1&b=2"),
        ("https%3A//example.com/x", "", "https://example.com/x"),
        ("https:%2F%2Fexample.com%2Fx", "", "https://example.com/x"),
        ("https:/%2Fexample.com/x", "", "https://example.com/x"),
        ("https:/example.com/x", "", "https://example.com/x"),
        ("http:/localhost:3000/x", "a=b", "http://localhost:3000/x?a=b"),
        ("http://example.com", "", "http://example.com"),
        ("http://example.com/", "", "http://example.com/"),
        ("http://example.com//a//b/", "", "http://example.com//a//b/"),
        ("http://example.com/a%20b%2Fc", "x=%7Ea&&y", "http://example.com/a%20b%2Fc?x=%7Ea&&y"),
        ("HTTP://Example.COM/", "", "HTTP://Example.COM/"),
        ("http://user:secret@example.com:8080/", "", "http://user:secret@example.com:8080/"),
        ("http://[::1]:3000/x", "", "http://[::1]:3000/x"),
        ("http://example.com/https:/x", "u=http:/y", "http://example.com/https:/x?u=http:/y"),
        ("http:/example.com/https:/x", "u=http:/y", "http://example.com/https:/x?u=http:/y"),
    ],
)
def test_a_url_is_kept_as_it_was_written(path: str, query: str, url: str) -> None:
    assert destination_from_target(path, query) == url
    assert is_url(url)


@pytest.mark.parametrize(
    "url",
    ["http://localhost:3000", "http://web:8000/hook", "http://127.0.0.1", "http://10.0.0.1/", "http://no.such.host/"],
)
def test_local_private_and_unresolvable_hosts_are_accepted(url: str) -> None:
    assert check_destination(url) == url


@pytest.mark.parametrize("name", ["my-group", "a", "-dash", "_under", "v1.2", "example.com", "localhost", "G" * 256])
def test_a_legal_name_is_a_url_group(name: str) -> None:
    assert destination_from_target(name, "") == name
    assert destination_from_target(name, "foo=bar") == name
    assert not is_url(name)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("", "a non-empty destination must be provided"),
        ("example.com/x", "invalid destination url: endpoint has invalid scheme, add http:// or https://"),
        ("localhost:3000", "invalid destination url: endpoint has invalid scheme"),
        ("ftp://example.com", "invalid destination url: endpoint has invalid scheme"),
        ("my group", "invalid destination url: endpoint has invalid scheme"),
        ("my%20group", "invalid destination url: endpoint has invalid scheme"),
        ("grüppe", "invalid destination url: endpoint has invalid scheme"),
        ("G" * 257, "invalid destination url: endpoint has invalid scheme"),
        ("http://", "invalid destination url: the host is missing or malformed"),
        ("https:///x", "invalid destination url: the host is missing or malformed"),
        ("http://:3000/x", "invalid destination url: the host is missing or malformed"),
        ("http://my host/", "invalid destination url: the host is missing or malformed"),
        ("http://a\\b/", "invalid destination url: the host is missing or malformed"),
        ("http://a%0d%0aX:y.localhost/", "invalid destination url: "),
        ("http://{id}/", "invalid destination url: the host is missing or malformed"),
        ("http://" + "a." * 127 + "test/", "invalid destination url: the host is missing or malformed"),
        ("http://" + "ü" * 70 + "/", "invalid destination url: the host is missing or malformed"),
        ("http://example.com:0/", "invalid destination url: port 0 cannot be called"),
        ("http://example.com:65536/", "invalid destination url: the host or the port is malformed"),
        ("http://example.com:port/", "invalid destination url: the host or the port is malformed"),
        ("http://[::1/", "invalid destination url: the host or the port is malformed"),
        ("http://example.com/\x00", "invalid destination url: control characters"),
        ("http%3A%2F%2Fexample.com%2F%0D%0AX", "invalid destination url: control characters"),
        ("http://example.com/\udcff", "invalid destination url: control characters and bytes that are not UTF-8"),
        (
            "http%3A%2F%2Fexample.com%2F%FF",
            "invalid destination url: control characters and bytes that are not UTF-8",
        ),
        ("http://example.com/" + "x" * MAX_LENGTH, "invalid destination url: use at most"),
        ("api/llm", "destination 'api/llm' names a discontinued hosted API"),
        (
            "http://localhost:8080/v2/publish/https://example.com",
            "invalid destination url: endpoint has invalid scheme, add http:// or https://: 'http://localhost:8080/v2",
        ),
    ],
)
def test_anything_else_is_refused_with_400_and_a_reason(path: str, text: str) -> None:
    with pytest.raises(Rejection) as refused:
        destination_from_target(path, "")
    assert refused.value.status == 400
    assert refused.value.text.startswith(text)
    assert len(refused.value.text) < 600


@pytest.mark.parametrize("url", ["mailto:me@example.com", "//example.com", "example.com", "http:example.com", ""])
def test_what_cannot_be_called_has_a_fault(url: str) -> None:
    assert url_fault(url) is not None


PATHS = st.text(URL_BYTES, max_size=40)
QUERIES = st.text(URL_BYTES + "?", max_size=40)


@PROPERTY
@given(PATHS, QUERIES)
def test_the_bytes_of_a_raw_url_are_kept(path: str, query: str) -> None:
    url = f"https://example.com/{path}"
    assume("/v2/publish/" not in url)
    assert destination_from_target(url, query) == url + (f"?{query}" if query else "")


@PROPERTY
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40))
def test_percent_encoding_the_whole_url_changes_nothing(rest: str) -> None:
    url = f"http://example.com/{rest}"
    assume("/v2/publish/" not in url)
    assert destination_from_target(quote(url, safe=""), "") == check_destination(url)


@PROPERTY
@given(st.lists(st.text(URL_BYTES.replace("&", "") + "?", max_size=20), max_size=6))
def test_taking_options_out_of_a_query_leaves_the_rest_as_it_was(parts: list[str]) -> None:
    assume(not any(part.lower().startswith(("upstash", "qstash", "%")) for part in parts))
    query = "&".join(parts)
    with_options = "&".join(["Upstash-Retries=3", *parts, "qstash_token=t", "UPSTASH-Delay=1%20s"])
    assert split_query(query) == ([], query)
    assert split_query(with_options) == ([("upstash-retries", "3"), ("upstash-delay", "1 s")], query)


@PROPERTY
@given(ANY_TEXT, ANY_TEXT)
def test_arbitrary_targets_are_a_destination_or_rejected(path: str, query: str) -> None:
    for prefix in ("", "http://", "https%3A%2F%2F", "https:/"):
        found = answer_or_rejection(lambda path=prefix + path: destination_from_target(path, query))
        if isinstance(found, Rejection):
            assert found.status == 400
        else:
            assert not is_url(found) or url_fault(found) is None


@PROPERTY
@given(urls.INPUTS)
def test_any_url_that_is_accepted_is_signed_as_it_goes_out(url: str) -> None:
    urls.check(url)
