"""What to look at when a delivery attempt has failed: one sentence for a person, beside the error itself."""

from __future__ import annotations

import json

from qstash_dev.protocol.result import DeliveryResult, Responded

_SIGNING_KEYS = (
    "if the app checks signatures, its QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY must be those of this "
    "user (the sig_7RvL… and sig_7W3Z… on a page of the Workflow documentation are nobody's any more), and the URL "
    "and body that it checks must be those that were sent"
)
# As @upstash/qstash 2.12 has it: the body is put into quotes before its hash is compared, and a refusal is returned
# where h3 takes it for the answer.
_H3 = (
    "verifySignatureH3 of @upstash/qstash refuses every request that has a body: check what readRawBody(event) gives "
    "with a Receiver instead"
)
_H3_REFUSED = f"the app refused this request, although its answer says 200: {_H3}"
_H3_REFUSALS = ("`Upstash-Signature` header is missing", "invalid signature")
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
        return _H3_REFUSED if isinstance(result, Responded) and _is_refusal_of_h3(result.body) else None
    if not isinstance(result, Responded):
        return next((text for sign, text in _BY_ERROR if sign in result.error), None)
    if result.fault is not None:
        return None
    if 300 <= result.status < 400:
        return _redirected(result)
    # These are the texts of the official receivers.
    if result.status in (400, 500) and b"body hash does not match" in result.body[:4_000]:
        return f"the app checked another body than was sent: give it the body as it came. {_H3}"
    if result.status in (400, 500) and b"ignature" in result.body[:2_000]:
        return _SIGNING_KEYS
    if result.status in _BY_STATUS:
        return _BY_STATUS[result.status]
    return "the app failed: its own output may hold the error" if result.status >= 500 else None


def _is_refusal_of_h3(body: bytes) -> bool:
    if len(body) > 200 or not body.startswith(b"{"):
        return False
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return fields.get("status") == 403 and fields.get("body") in _H3_REFUSALS


def _redirected(result: Responded) -> str:
    to = next((value for name, value in result.headers if name == "Location"), "")
    return "redirects are not followed: publish to the final address" + (f", {to[:500]}" if to else "")
