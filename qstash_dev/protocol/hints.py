"""What to look at when a delivery attempt has failed: one sentence for a person, beside the error itself."""

from __future__ import annotations

from qstash_dev.protocol.result import DeliveryResult, Responded

_SIGNING_KEYS = (
    "if the app checks signatures, its QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY must be those of this "
    "user, and the URL and body that it checks must be those that were sent"
)
_BY_STATUS = {
    400: "the app did not accept the request: its answer may say why",
    401: f"the app refused the caller: {_SIGNING_KEYS}",
    403: "something refused the caller: let requests with a valid Upstash-Signature through login and CSRF checks",
    404: "nothing is served under this path: compare it with the routes of the app, a base path included",
    405: "the route is there, but not for this method: publish with Upstash-Method, or serve POST",
    408: "the app gave up waiting: answer first and do long work afterwards",
    413: "the body is larger than the app takes: raise its limit, or send a reference instead of the data",
    415: "the app wants another content type: publish with a Content-Type header, for none is invented",
    422: "the body is not what the route expects: check its form, and that Content-Type is application/json for JSON",
    429: "the app asks for fewer calls: a flow control key with a rate keeps to its limit, and Retry-After is obeyed",
    489: "the app said that retrying cannot help (Upstash-NonRetryable-Error)",
    502: "a proxy answered, but the app behind it did not: is it running?",
    503: "the app says that it is not ready: is it still starting?",
    504: "a proxy gave up waiting for the app: answer first and do long work afterwards",
}
_BY_ERROR = (
    ("injected by", "a fault of this server did this: remove it, and the destination is asked again"),
    ("connection refused", "start the app, or deliver somewhere else: qstash-dev dev --map 'PATTERN=URL'"),
    ("cannot resolve", "for a host that only exists in production: qstash-dev dev --map 'https://HOST/*=http://…'"),
    ("no answer", "answer first and do long work afterwards, or allow more time with Upstash-Timeout"),
    ("is not trusted", "only for development: start with --insecure, or trust the certificate with --ca-file"),
    ("does it speak https", "the port may speak plain http: publish to http:// instead"),
    ("did not answer in HTTP", "something else may listen on this port: is it the right one?"),
    ("without answering", "the app closed the connection: it may have crashed, so look at its own output"),
    ("broke off its answer", "the app closed the connection: it may have crashed, so look at its own output"),
    ("reset the connection", "the app closed the connection: it may have crashed, so look at its own output"),
)


def hint(result: DeliveryResult) -> str | None:
    """What to look at; ``None`` after a success, or if there is nothing to add."""
    if result.succeeded:
        return None
    if not isinstance(result, Responded):
        return next((text for sign, text in _BY_ERROR if sign in result.error), None)
    if result.fault is not None:
        return None
    if 300 <= result.status < 400:
        return _redirected(result)
    if result.status in (400, 500) and b"ignature" in result.body[:2_000]:
        return _SIGNING_KEYS
    if result.status in _BY_STATUS:
        return _BY_STATUS[result.status]
    return "the app failed: its own output may hold the error" if result.status >= 500 else None


def _redirected(result: Responded) -> str:
    to = next((value for name, value in result.headers if name == "Location"), "")
    return "redirects are not followed: publish to the final address" + (f", {to[:500]}" if to else "")
