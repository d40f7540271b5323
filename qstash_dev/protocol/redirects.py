"""Redirects as answers to deliveries, which are not followed (RFC 9110, 15.4): what to do about each."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

_MOST, _SHOWN = 2_000, 300
_LOGIN = re.compile(r"/(?:[a-z]{2}/)?(?:api/auth/|auth/|account/|accounts/|users/)?(?:log-?in|sign-?in|auth)\b", re.I)


def redirect_hint(url: str, location: str) -> str:
    """What to do about a redirect from this URL to this ``Location``, which may be relative, empty or malformed."""
    url, location = url[:_MOST], "".join(letter for letter in location[:_MOST] if letter.isprintable()).strip()
    if not location:
        return "redirects are not followed: publish to the address that answers"
    try:
        final = urljoin(url, location)
        here, there = urlsplit(url), urlsplit(final)
    except ValueError:
        return f"redirects are not followed, and this one leads nowhere: {location[:_SHOWN]}"
    to, path = final[:_SHOWN], here.path[:_SHOWN] or "/"
    if here.netloc == there.netloc and here.path != there.path:
        if here.path.rstrip("/") == there.path.rstrip("/"):
            return f"only the slash at the end differs: publish to the final address, {to}"
        if _LOGIN.match(there.path):
            return (
                f"a login or a middleware of the app sent the caller to {there.path[:_SHOWN]}: let requests to "
                f"{path} through, which their Upstash-Signature authenticates"
            )
    if here.path == there.path and here.scheme != there.scheme:
        return f"the app wants {there.scheme}: publish to {to}"
    return (
        f"redirects are not followed: publish to the final address, {to}, or, if a middleware of the app sends "
        f"callers there, let requests to {path} through"
    )
