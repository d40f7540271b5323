"""Mappings (``--map``): destinations that are delivered to another URL."""

from __future__ import annotations

import pytest
from hypothesis import given

from qstash_dev.dev.mappings import Mappings
from qstash_dev.protocol.mapping import Mapping, parse_mapping
from tests.protocol.properties import ANY_TEXT, PROPERTY, value_or_refusal

LOCAL = "http://localhost:3000"


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
        (f"https://*={LOCAL}", "https://anything.com/x", f"{LOCAL}/anything.com/x"),
    ],
)
def test_a_url_that_fits_goes_to_the_target(mapping: str, url: str, target: str) -> None:
    assert Mappings((parse_mapping(mapping),)).target_url(url) == target


@pytest.mark.parametrize(
    ("mapping", "url"),
    [
        (f"https://myapp.com/*={LOCAL}", "http://myapp.com/api"),
        (f"https://myapp.com/*={LOCAL}", "https://myapp.com.evil.org/api"),
        (f"https://myapp.com/*={LOCAL}", "https://other.com/"),
        (f"https://myapp.com/hook={LOCAL}", "https://myapp.com/hook/more"),
        (f"https://myapp.com/hook={LOCAL}", "https://myapp.com/hook?a=1"),
    ],
)
def test_a_url_that_does_not_fit_stays(mapping: str, url: str) -> None:
    assert Mappings((parse_mapping(mapping),)).target_url(url) == url


def test_the_first_mapping_that_fits_decides() -> None:
    mappings = (parse_mapping("https://a.com/x*=http://first"), parse_mapping("https://a.com/*=http://second"))
    assert Mappings(mappings).target_url("https://a.com/x1") == "http://first/1"
    assert Mappings(mappings).target_url("https://a.com/y") == "http://second/y"
    assert Mappings(()).target_url("https://a.com/y") == "https://a.com/y"


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
