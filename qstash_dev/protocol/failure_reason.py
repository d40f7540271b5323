"""Reasons why a delivery attempt fails, and what to look at for each, in one table.

What counts as a failure: https://upstash.com/docs/qstash/features/retry. The sentences about a failure are written
where it is noticed; programs, and hints, go by the reason.
"""

from __future__ import annotations

from enum import StrEnum


class FailureReason(StrEnum):
    """Why an attempt failed, for programs."""

    CONNECTION_REFUSED = "connection-refused"  #: nothing listens on the port
    OTHER_ADDRESS = "other-address"  #: nothing listens there, but something does on the other loopback address
    HOST_NOT_FOUND = "host-not-found"  #: the name of the host stands for no address
    CANNOT_CONNECT = "cannot-connect"  #: the operating system could not connect, for another reason
    TOO_MANY_OPEN_FILES = "too-many-open-files"  #: this process may open no more sockets
    CONNECT_TIMEOUT = "connect-timeout"  #: there was no connection within the time that the attempt may take
    ANSWER_TIMEOUT = "answer-timeout"  #: the request was sent, and no answer began in time
    BODY_TIMEOUT = "body-timeout"  #: the answer began, and did not end in time
    CONNECTION_RESET = "connection-reset"  #: the destination reset the connection
    CLOSED_WHILE_SENDING = "closed-while-sending"  #: the destination closed the connection before all was sent
    CLOSED_WITHOUT_ANSWER = "closed-without-answer"  #: the destination closed the connection without a word
    ANSWER_BROKEN_OFF = "answer-broken-off"  #: the connection ended in the middle of the answer
    NOT_HTTP = "not-http"  #: what came is no HTTP
    HTTPS_EXPECTED = "https-expected"  #: the URL says http, and the port speaks https
    HTTP_EXPECTED = "http-expected"  #: the URL says https, and the port speaks no TLS
    HEADERS_TOO_LARGE = "headers-too-large"  #: the head of the answer has too many headers, or too many bytes
    TOO_MUCH_FRAMING = "too-much-framing"  #: the answer is sizes of chunks or trailers rather than body
    BODY_TOO_LARGE = "body-too-large"  #: the body of the answer is larger than the server keeps
    ANSWER_DROPPED = "answer-dropped"  #: there was no room to hand the answer on to a workflow run
    TLS_WRONG_HOST = "tls-wrong-host"  #: the TLS certificate is that of another host
    TLS_EXPIRED = "tls-expired"  #: the TLS certificate has expired
    TLS_NOT_TRUSTED = "tls-not-trusted"  #: its issuer is an authority that this machine does not trust
    TLS_FAILED = "tls-failed"  #: the TLS handshake failed otherwise
    ABORTED = "aborted"  #: the call was ended by hand before there was an answer
    INJECTED_FAULT = "injected-fault"  #: a fault of this server took the place of the answer
    CANNOT_BE_SENT = "cannot-be-sent"  #: the request could not be made for this URL
    NOT_MAPPED = "not-mapped"  #: the host is not this machine, no mapping catches it, and nothing may leave
    INTERNAL_ERROR = "internal-error"  #: this server failed
    HTTP_STATUS = "http-status"  #: the answer has a status that is no success, and nothing more is known
    REDIRECT = "redirect"  #: the destination answered with a redirect, which is not followed
    HOST_NOT_ALLOWED = "host-not-allowed"  #: the destination does not answer for the name of its host in the URL
    OWN_SERVER = "own-server"  #: the URL is that of this server, which serves no application
    WRONG_KEYS = "wrong-keys"  #: the destination checked the signature with other keys
    SIGNATURE_REFUSED = "signature-refused"  #: the destination did not accept the signature
    BODY_CHANGED = "body-changed"  #: the destination checked the signature against another body
    URL_CHANGED = "url-changed"  #: the destination checked the signature against another URL
    REFUSED_IN_BODY = "refused-in-body"  #: a refusal of the signature, in an answer whose status is a success
    NOT_A_WORKFLOW = "not-a-workflow"  #: a workflow run was started at a URL that serves no workflow
    SDK_TOO_OLD = "sdk-too-old"  #: a run was started without an SDK at a route whose SDK does not support that
    ROUTE_ENDED_EARLY = "route-ended-early"  #: the route of a workflow ended before its first step
    WORKFLOW_ERROR = "workflow-error"  #: the code of a workflow threw an error, in a step or between steps
    STEP_REFUSED = "step-refused"  #: this server refused what a step of a workflow submitted


_KEYS = (
    "QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY must be those of this user (the sig_7RvL… and sig_7W3Z… "
    "on a page of the Workflow documentation belong to no user any more)"
)
_SIGNING_KEYS = (
    f"if the app checks signatures, its {_KEYS}, and the URL and body that it checks must be those that were sent"
)
# As @upstash/qstash 2.12 has it: the body is put into quotes before its hash is compared, and a refusal is returned
# where h3 takes it for the answer.
_H3 = (
    "verifySignatureH3 of @upstash/qstash refuses every request that has a body: check what readRawBody(event) gives "
    "with a Receiver instead"
)
_CRASHED = "the app closed the connection: it may have crashed, so look at its own output"

# `{url}` is the origin of the destination, as in `https://example.com`; `{other}` has the other scheme, and
# `{localhost}` the name instead of an address.
HINTS: dict[FailureReason | int, str] = {
    FailureReason.CONNECTION_REFUSED: (
        "start the app, which qstash-dev dev --retry-when-up calls as soon as it listens, or deliver somewhere else: "
        "--map 'PATTERN=URL'"
    ),
    FailureReason.OTHER_ADDRESS: (
        "the app listens on one of the two loopback addresses only: publish to {localhost}, which tries both, or let "
        "the app listen on this one too"
    ),
    FailureReason.HOST_NOT_FOUND: "for a host that only exists in production: qstash-dev dev --map '{url}/*=http://…'",
    FailureReason.CANNOT_CONNECT: "compare the address with the one that the app listens on",
    FailureReason.TOO_MANY_OPEN_FILES: "raise the limit with 'ulimit -n' before the server is started",
    FailureReason.CONNECT_TIMEOUT: "nothing answers at this address: is it right, and does a firewall drop packets?",
    FailureReason.ANSWER_TIMEOUT: "answer first and do long work afterwards, or allow more time with Upstash-Timeout",
    FailureReason.BODY_TIMEOUT: "the answer began in time: end it as well, or allow more time with Upstash-Timeout",
    FailureReason.CONNECTION_RESET: (
        "the app closed the connection without reading all of the request: it may have crashed or refuse bodies of "
        "this size, so look at its own output"
    ),
    FailureReason.CLOSED_WHILE_SENDING: (
        "the app takes no body of this size, or crashed: raise its limit, send a reference instead of the data, or "
        "look at its own output"
    ),
    FailureReason.CLOSED_WITHOUT_ANSWER: f"{_CRASHED}; or is what listens on this port no web server?",
    FailureReason.ANSWER_BROKEN_OFF: _CRASHED,
    FailureReason.NOT_HTTP: "something else may listen on this port: publish to the port of the app",
    FailureReason.HTTPS_EXPECTED: (
        "publish to {other} instead; for a certificate of your own start with --ca-file or --insecure"
    ),
    FailureReason.HTTP_EXPECTED: "the port speaks plain http: publish to {other} instead",
    FailureReason.HEADERS_TOO_LARGE: "answer with fewer or shorter headers",
    FailureReason.TOO_MUCH_FRAMING: "answer in larger chunks, or with a Content-Length",
    FailureReason.BODY_TOO_LARGE: "answer with less: a reference to the data instead of the data",
    FailureReason.ANSWER_DROPPED: "let messages that wait be delivered or cancelled first, to make room",
    FailureReason.TLS_WRONG_HOST: "publish to a host that the certificate names; only for development: --insecure",
    FailureReason.TLS_EXPIRED: "renew the certificate; only for development: start with --insecure",
    FailureReason.TLS_NOT_TRUSTED: (
        "only for development: start with --insecure, or trust the certificate with --ca-file"
    ),
    FailureReason.TLS_FAILED: "the port may speak plain http: publish to {other} instead",
    FailureReason.INJECTED_FAULT: "a fault of this server did this: remove it, and the destination is asked again",
    FailureReason.ABORTED: "the call was ended before the app answered: if the app hangs, its output may say where",
    FailureReason.CANNOT_BE_SENT: "compare the URL with the address of the app",
    FailureReason.NOT_MAPPED: (
        "--local-only lets nothing leave this machine, and no retry changes that: add the mapping, also while the "
        "server runs (POST /_dev/mappings)"
    ),
    FailureReason.INTERNAL_ERROR: "please report it with the server's output",
    FailureReason.REDIRECT: "redirects are not followed: publish to the final address",
    FailureReason.HOST_NOT_ALLOWED: (
        "the app is there, but does not answer for this host: add its name to server.allowedHosts (Vite), "
        "ALLOWED_HOSTS (Django) or allowed_hosts (Starlette), or publish to the app at localhost; with a mapping, "
        "--map-host target sends the host of the app"
    ),
    FailureReason.OWN_SERVER: (
        "this is the address of qstash-dev itself: publish to the port of the app, or to /_dev/inbox/NAME for an "
        "inbox"
    ),
    FailureReason.WRONG_KEYS: f"the app checks signatures with other keys: its {_KEYS}",
    FailureReason.SIGNATURE_REFUSED: _SIGNING_KEYS,
    FailureReason.BODY_CHANGED: (
        "the app checked another body than was sent: verify the raw body as it came, before anything parses it "
        f"(await request.text(), express.raw(), request.get_data()). {_H3}"
    ),
    FailureReason.URL_CHANGED: (
        "the app checked the signature against another URL than was signed: give its receiver the published one, "
        "also behind a proxy. If a mapping delivers here, --map-host published sends the app its published host, and "
        "--map-sign target signs the URL that is called"
    ),
    FailureReason.REFUSED_IN_BODY: f"the app refused this request, although its answer says 200: {_H3}",
    FailureReason.NOT_A_WORKFLOW: "publish to the route that serves the workflow",
    FailureReason.SDK_TOO_OLD: "is a workflow served under this path at all, and by which version of the SDK?",
    FailureReason.ROUTE_ENDED_EARLY: (
        "the route returned or threw before its first step, which the SDK takes for a failed authentication: put "
        "what it does before into a step (context.run)"
    ),
    FailureReason.WORKFLOW_ERROR: "the code of the workflow threw this error: its stack is in the answer",
    FailureReason.STEP_REFUSED: (
        "the app only passes on what this server has refused: change what the step submits, or start the server with "
        "a larger --quota if that is in its way"
    ),
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
"""What to look at, for each reason but ``HTTP_STATUS``, and for statuses of answers of which no more is known."""
SERVER_ERROR_HINT = "the app failed: its own output may hold the error"
"""What to look at after a status of 500 or more that has no hint of its own."""

CLIENT_ERROR_HINT = "the app refused the request: its answer may say why"
"""What to look at after a status of 400 to 499 that has no hint of its own."""
THROWN_HINT = (
    "{app} failed, and its answer does not say why: look at its own output. If that has a SignatureError, "
    f"{_KEYS}, and the URL and body that it checks must be those that were sent"
)
"""What to look at after a status of 500 whose answer is empty, as when a receiver of Next.js refuses a signature."""

DOCKER_HOST = "host.docker.internal"
DOCKER_HOST_HINT = (
    "host.docker.internal is the machine of a container as seen from inside. If qstash-dev runs on that machine, "
    "publish to http://localhost:{port}; if it runs in a container, start that with --add-host "
    "host.docker.internal:host-gateway, and let the app listen on 0.0.0.0"
)
CONTAINER_HINT = (
    "a name without dots is often that of a container, which only containers of its network know: run qstash-dev in "
    "that network, or publish the port of the container and start with --map '{url}/*=http://localhost:PORT/*'"
)
REFUSED_ELSEWHERE_HINT = (
    "An app that listens on 127.0.0.1 or localhost is not reached at this address: let it use 0.0.0.0"
)
PROGRAMS = {
    22: "SSH",
    25: "a mail server",
    1025: "a mail server",
    3306: "MySQL",
    5432: "PostgreSQL",
    5672: "RabbitMQ",
    6379: "Redis",
    9092: "Kafka",
    11211: "memcached",
    27017: "MongoDB",
}
"""Ports on which a program listens that is no web server, by default."""
