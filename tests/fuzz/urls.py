"""URLs: each that is accepted is signed as it is sent, and does not change when it is parsed again."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from qstash_dev.protocol.destination import MAX_LENGTH, url_fault, url_in_filter, wire_url
from qstash_dev.protocol.target import target_of

PIECES = (
    *("http://", "HTTPS://", "http:/", "//", "/", "?", "#", "@", ":", ";", "&", "=", "+", "%", "%2F", "%41"),
    *("a", "localhost", "app.localhost", "127.0.0.1", "[::1]", "[fe80::1%25eth0]", "[", "]", "Bücher.test", "%0d%0a"),
    *("xn--bcher-kva", "ß", "\u0130", "user", "pass", "3000", "80", "0", "65536", "²", "٣", "{id}", "|^`\\", '"<>'),
    *("upstash-delay=1s", "/v2/publish/", "..", "\u00a0", "\u3000", "\u3002", "\u2028", " ", "\t", "\r\n", "\x7f"),
    *("\ud800", "\udcff", "1" * 5_000),
)
INPUTS = st.tuples(
    st.sampled_from(
        ["", "http://", "HTTPS://", "http://a", "http://localhost:3000/", "https://user:p%40ss@a.test:80"]
    ),
    st.lists(st.sampled_from(PIECES) | st.text(st.characters(), max_size=6), max_size=12).map("".join),
    st.sampled_from([1, 1, 1, 100]),
).map(lambda parts: parts[0] + parts[1] * parts[2])

_PRINTABLE = re.compile("[!-~]+")


def check(url: str) -> None:
    """What a URL is signed as equals scheme, host and path as they go out, and writing it again changes nothing.

    Raises:
        AssertionError: it is not so.
    """
    fault = url_fault(url)
    if fault is not None:
        assert fault.strip(), "a fault without a word"
        assert len(fault) <= MAX_LENGTH + 200, "a fault that repeats too much"
        url_in_filter(url)
        return
    written = wire_url(url)
    assert _PRINTABLE.fullmatch(written), "it cannot stand on the wire"
    assert (url_fault(written), wire_url(written), url_in_filter(url)) == (None, written, written), "not written once"
    if url.isascii() and " " not in url:
        assert written == url, "it was changed without need"
    _check_target(written)


def _check_target(url: str) -> None:
    target = target_of(url)
    host, path = target.host_header.decode("ascii"), target.path.decode("ascii")
    scheme = "https" if target.origin.tls else "http"
    assert target.subject == f"{scheme}://{host}{path}", "not signed as it goes out"
    assert path.startswith("/")
    assert "#" not in path
    assert not re.search(r"[/?#@\\ ]", host), "a host that is none"
    end = url.partition("#")[0]
    assert end.endswith((path, path[1:])), "the bytes of the path were not kept"
    assert 0 < target.origin.port < 65_536
    again = target_of(target.subject)
    assert again == target._replace(authorization=None) or "%" in target.origin.host, "signed for another place"
