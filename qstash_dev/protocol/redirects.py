"""Redirects as answers to deliveries, which are not followed (RFC 9110, 15.4): what to do about each."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

_MOST = 2_000
_LOGIN = re.compile(r"/(?:[a-z]{2}/)?(?:api/auth/|auth/|account/|accounts/|users/)?(?:log-?in|sign-?in|auth)\b", re.I)


def redirect_hint(url: str, location: str) -> str:
    """What to do about a redirect from this URL to this ``Location``, which may be relative or empty."""
    final = _final(url[:_MOST], location[:_MOST])
    if final is None:
        return "redirects are not followed: publish to the address that answers"
    to = final[:500]
    here, there = urlsplit(url[:_MOST]), urlsplit(final)
    if here.netloc == there.netloc and here.path != there.path:
        if here.path.rstrip("/") == there.path.rstrip("/"):
            return f"only the slash at the end differs: publish to the final address, {to}"
        if _LOGIN.match(there.path):
            return (
                f"a login or a middleware of the app sent the caller to {there.path[:200]}: let requests to "
                f"{here.path[:200]} through, which their Upstash-Signature authenticates"
            )
    if here.path == there.path and here.scheme != there.scheme:
        return f"the app wants {there.scheme}: publish to {to}"
    return (
        f"redirects are not followed: publish to the final address, {to}, or, if a middleware of the app sends "
        f"callers there, let requests to {here.path[:200] or '/'} through"
    )


def _final(url: str, location: str) -> str | None:
    location = "".join(letter for letter in location if letter.isprintable()).strip()
    try:
        final = urljoin(url, location)
        urlsplit(final)
    except ValueError:
        return location or None
    return final if location else None
