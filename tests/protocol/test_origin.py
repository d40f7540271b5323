"""Host names and origins, as developers write them and as browsers send them."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.origin import (
    host_name,
    parse_allowed_host,
    parse_origin,
    recommended_host,
    recommended_origin,
)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("qstash", "qstash"),
        ("qstash:8080", "qstash"),
        ("QStash:", "qstash"),
        ("my_service.internal", "my_service.internal"),
        ("192.168.0.7:8080", "192.168.0.7"),
        ("[fe80::1]:8080", "fe80::1"),
        ("fe80::1", "fe80::1"),
        ("*", "*"),
    ],
)
def test_a_host_is_allowed_by_its_name(given: str, name: str) -> None:
    assert parse_allowed_host(given) == name
    assert parse_allowed_host(name) == name


@pytest.mark.parametrize("text", ["", "http://qstash:8080", "qstash/", "a b", "$(reboot)", "user@host", "[", "a:b:c"])
def test_what_is_no_host_is_refused_with_the_right_form(text: str) -> None:
    with pytest.raises(ValueError, match="use one such as qstash, without http:// and path"):
        parse_allowed_host(text)


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("HTTPS://App.Example", "https://app.example"),
        ("https://app.example:443", "https://app.example"),
        ("http://app.example:80", "http://app.example"),
        ("http://app.example:443", "http://app.example:443"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("chrome-extension://abcdefgh", "chrome-extension://abcdefgh"),
    ],
)
def test_an_origin_is_allowed_as_browsers_send_it(given: str, origin: str) -> None:
    assert parse_origin(given) == origin
    assert parse_origin(origin) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "null",
        "localhost:3000",
        "http://",
        "http://a/b",
        "http://a b",
        "file://x",
        "http://u@h",
        "http://[",
        "//a",
    ],
)
def test_what_is_no_origin_is_refused_with_the_right_form(text: str) -> None:
    with pytest.raises(ValueError, match="such as http://localhost:3000"):
        parse_origin(text)


def test_nothing_is_recommended_that_could_do_harm_where_it_is_pasted() -> None:
    for host in ("$(reboot)", "a;reboot", "`reboot`", "[", "", "a&b"):
        assert recommended_host(host) is None
        assert recommended_origin(f"http://{host}") is None
    assert recommended_host("QStash:8080") == "qstash"
    assert recommended_origin("http://web:3000") == "http://web:3000"
    assert host_name("a:b:c") == ""
