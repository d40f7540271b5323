"""Mappings (``--map``): destinations that are delivered to another URL."""

from __future__ import annotations

import pytest
from hypothesis import given

from qstash_dev.config import Config
from qstash_dev.delivery.this_machine import ThisMachine
from qstash_dev.dev.mappings import Mappings
from qstash_dev.protocol.mapping import Mapping, Route, Side, parse_mapping
from tests.protocol.properties import ANY_TEXT, PROPERTY, value_or_refusal

LOCAL = "http://localhost:3000"


def route(url: str, *mappings: str, host: Side = Side.TARGET, sign: Side = Side.PUBLISHED) -> Route | None:
    config = Config(mappings=tuple(map(parse_mapping, mappings)), map_host=host, map_sign=sign)
    return Mappings(config, ThisMachine().has).route(url)


def called(url: str, *mappings: str) -> str | None:
    found = route(url, *mappings)
    return None if found is None else found.url


@pytest.mark.parametrize(
    ("mapping", "url", "target"),
    [
        (f"https://myapp.com/*={LOCAL}", "https://myapp.com/api?a=1", f"{LOCAL}/api?a=1"),
        (f"https://myapp.com/*={LOCAL}", "https://myapp.com/", LOCAL),
        (f"https://myapp.com/*={LOCAL}", "https://myapp.com", LOCAL),
        (f"https://myapp.com/*={LOCAL}", "https://myapp.com/?a=1", f"{LOCAL}?a=1"),
        (f"https://myapp.com/*={LOCAL}", "https://myapp.com/a//b/", f"{LOCAL}/a//b/"),
        (f"https://myapp.com/*={LOCAL}/", "https://myapp.com/api", f"{LOCAL}/api"),
        (f"https://myapp.com/*={LOCAL}/base", "https://myapp.com/api", f"{LOCAL}/base/api"),
        (f"https://myapp.com/api*={LOCAL}/v*", "https://myapp.com/api2/x", f"{LOCAL}/v2/x"),
        (f"https://myapp.com/hook={LOCAL}/one", "https://myapp.com/hook", f"{LOCAL}/one"),
        (f"https://myapp.com/?a=b={LOCAL}", "https://myapp.com/?a=b", LOCAL),
        (f"https://myapp.com/*={LOCAL}", "https://myapp.com?a=1", f"{LOCAL}?a=1"),
        (f"https://myapp.com/*={LOCAL}", "https://myapp.com//a", f"{LOCAL}//a"),
        (f"https://myapp.com/api/*={LOCAL}/v1/*", "https://myapp.com/api/x", f"{LOCAL}/v1/x"),
        (f"https://*={LOCAL}", "https://anything.com/x?a=1", f"{LOCAL}/x?a=1"),
        (f"https://*={LOCAL}/*", "HTTPS://user:p@Anything.com:8443/x", f"{LOCAL}/x"),
        (f"https://*={LOCAL}", "https://anything.com?a=1", f"{LOCAL}?a=1"),
        (f"https://*={LOCAL}/base", "https://anything.com", f"{LOCAL}/base"),
        (f"http://*={LOCAL}/base/*", "http://anything.com/x", f"{LOCAL}/base/x"),
        (f"*={LOCAL}", "https://anything.com/x", f"{LOCAL}/x"),
        (f"*={LOCAL}", "http://anything.com:81/x", f"{LOCAL}/x"),
    ],
)
def test_a_url_that_fits_goes_to_the_target(mapping: str, url: str, target: str) -> None:
    assert called(url, mapping) == target


@pytest.mark.parametrize(
    ("mapping", "url"),
    [
        (f"https://myapp.com/*={LOCAL}", "http://myapp.com/api"),
        (f"https://myapp.com/*={LOCAL}", "https://myapp.com.evil.org/api"),
        (f"https://myapp.com/*={LOCAL}", "https://other.com/"),
        (f"https://myapp.com/hook={LOCAL}", "https://myapp.com/hook/more"),
        (f"https://myapp.com/hook={LOCAL}", "https://myapp.com/hook?a=1"),
        (f"https://myapp.com/*={LOCAL}", "https://myapp.com.evil.org?a=1"),
        (f"https://*={LOCAL}", "http://anything.com/x"),
        (f"*={LOCAL}", "http://localhost:8080/_dev/inbox/a"),
        (f"*={LOCAL}", "http://127.1:5000/"),
    ],
)
def test_a_url_that_does_not_fit_stays(mapping: str, url: str) -> None:
    assert called(url, mapping) is None


def test_the_first_mapping_that_fits_decides() -> None:
    mappings = ("https://a.com/x/*=http://first", "https://a.com/*=http://second")
    assert called("https://a.com/x/1", *mappings) == "http://first/1"
    assert called("https://a.com/y", *mappings) == "http://second/y"
    assert called("https://a.com/y") is None


def test_what_a_proxy_would_tell_is_that_of_the_published_url() -> None:
    found = route("http://user:pw@MyApp.com:81/x#y", f"*={LOCAL}/base")
    forwarded = {"X-Forwarded-Host": "myapp.com:81", "X-Forwarded-Proto": "http", "X-Forwarded-Port": "81"}
    assert found == Route(f"{LOCAL}/base/x#y", "http://myapp.com:81/x", None, forwarded)
    secure = route("https://myapp.com", f"*={LOCAL}", host=Side.PUBLISHED, sign=Side.TARGET)
    forwarded = {"X-Forwarded-Host": "myapp.com", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"}
    assert secure == Route(LOCAL, f"{LOCAL}/", b"myapp.com", forwarded)


@pytest.mark.parametrize("url", ["https://myapp.com", "https://myapp.com?a=1", "https://myapp.com/?a=1"])
def test_a_published_url_is_signed_as_it_was_written(url: str) -> None:
    found = route(url, f"*={LOCAL}")
    assert found is not None
    assert found.subject == url


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (f"https://myapp.com*={LOCAL}", "use 'https://myapp.com/*'"),
        (f"https://myapp.com/*={LOCAL}*", "use 'http://localhost:3000/*'"),
        (f"https://myapp.com/hook={LOCAL}/*", "end the pattern in '/*' as well"),
        (f"https://myapp.com/api*={LOCAL}", "use 'https://myapp.com/api/*'"),
        (f"https://myapp.com/api*={LOCAL}/v/*", "end both in '/*', or neither"),
        (f"https://myapp.com/*={LOCAL}/v*", "end both in '/*', or neither"),
        (f"https://*={LOCAL}/v*", "end both in '/*', or neither"),
        (f"https://myapp.com/*={LOCAL}/hook?a=1", "use a URL without query and fragment"),
        (f"*={LOCAL}/#a", "use a URL without query and fragment"),
        (f"https://*.myapp.com/*={LOCAL}", "map each host, or every host with 'https://*'"),
    ],
)
def test_what_would_garble_hosts_or_paths_is_refused_with_the_right_form(text: str, right: str) -> None:
    with pytest.raises(ValueError, match=r"\*|query") as refused:
        parse_mapping(text)
    assert str(refused.value).endswith(right)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://a.com",
        "https://a.com=localhost:3000",
        f"a.com={LOCAL}",
        f"https://a.*/b={LOCAL}",
        "https://a.com/*=http://b.com/*/c",
        f"={LOCAL}",
        "https://a.com/*=http://",
        "https://a.com/*=ftp://b.com",
        "**=http://b.com",
        "*=http://*",
        "http*=http://b.com",
    ],
)
def test_what_is_not_a_mapping_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"PATTERN=URL|may only stand at the end|is not a URL"):
        parse_mapping(text)


@PROPERTY
@given(ANY_TEXT)
def test_arbitrary_text_is_a_mapping_or_refused(text: str) -> None:
    for whole in (text, f"https://{text}=http://localhost", f"https://a.com/*=http://{text}"):
        mapping = value_or_refusal(parse_mapping, whole)
        assert mapping is None or isinstance(mapping, Mapping)
