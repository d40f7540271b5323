"""Texts from clients: headers, expressions, durations, URLs, queries and everything else that is parsed by hand."""

from __future__ import annotations

from urllib.parse import parse_qsl

from qstash_dev.api.v2.publication import split_query
from qstash_dev.config import Retention
from qstash_dev.dev.faults import fits
from qstash_dev.protocol import cron as crons
from qstash_dev.protocol import duration, expression, filters, headers, mapping, redaction, retry, workflow
from qstash_dev.protocol.destination import check_destination, destination_from_target, is_url, url_fault
from qstash_dev.protocol.errors import Rejection
from qstash_dev.protocol.fingerprint import content_fingerprint
from qstash_dev.protocol.hints import hint, reason_of
from qstash_dev.protocol.masking import without_credentials
from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.protocol.quoted import first_line
from qstash_dev.protocol.result import Responded
from qstash_dev.protocol.step_refusal import workflow_error
from qstash_dev.protocol.wording import printable
from qstash_dev.state.message import Message
from qstash_dev.state.tenant import Tenants
from tests.fuzz.target import Target, refusal, text_target

NOW_MS = 1_767_268_800_000  # 2026-01-01T12:00:00Z
_TENANT = Tenants(Retention()).all()[0]
_UNITS = ("ns", "us", "µs", "μs", "ms", "s", "m", "h", "d", "w", "mo", "y", "S")
_OPTION_NAMES = tuple(f"\nUpstash-{name}:" for name in sorted(headers.OPTION_NAMES))
_WORKFLOW_NAMES = ("RunId", "Init", "Url", "CallType", "Invoke", "CreatedAt", "Trigger-By-Sdk", "Invoke-Count")


def pairs_of(text: str) -> tuple[tuple[str, str], ...]:
    """The text as lines of headers."""
    lines = (line.partition(":") for line in text.split("\n") if line)
    return tuple((name, value.strip(" \t")) for name, _, value in lines)


def options(text: str) -> None:
    """Headers become options, or are refused; what is accepted is safe to deliver and to read again."""
    pairs = pairs_of(text)
    headers.schedule_fields(pairs)
    headers.option_pairs(pairs[:2], pairs)
    try:
        read = headers.parse_options(pairs)
        overridden = headers.parse_overrides(pairs, DeliveryOptions())
    except Rejection as error:
        return refusal(error)
    for name, value in (*read.headers, *overridden.headers):
        assert name.isascii()
        assert not set(value) & set("\r\n\x00"), "it would split the request"
        assert name.lower() not in headers.NEVER_FORWARDED
    assert read.due_ms(NOW_MS) >= NOW_MS
    assert read.retries >= 0
    assert content_fingerprint(Publication("http://a", b"", read)).startswith("content:")


def workflow_options(text: str) -> None:
    """Headers of workflows are read or ignored, and never fail."""
    pairs = pairs_of(text)
    read = workflow.workflow_headers(pairs)
    try:
        asked = headers.parse_options(pairs)
    except Rejection as error:
        return refusal(error)
    assert workflow.invoke_depth(asked) >= 0
    if read is not None:
        run = workflow.run_settings(asked, read)
        part = workflow.run_message_options(asked, run, read.settings)
        assert any(name == "Content-Type" for name, _ in part.headers)


def cron(text: str) -> None:
    """An accepted expression fires, again and again, and always later."""
    try:
        read = crons.parse_cron(text)
    except ValueError as error:
        return refusal(error)
    at_ms: int | None = NOW_MS
    for _ in range(3):
        assert at_ms is not None
        next_ms = read.next_fire_ms(at_ms)
        assert next_ms is None or next_ms > at_ms
        if next_ms is None:
            return None
        at_ms = next_ms
    return None


def retry_delay(text: str) -> None:
    """An accepted expression has a delay of 0 or more for any retry."""
    try:
        expression.parse_expression(text)
    except ValueError as error:
        return refusal(error)
    for retried in (0, 1, 7, 100, 10**9):
        delay_ms = expression.evaluate_ms(text, retried)
        assert delay_ms >= 0
        assert 0 <= int(min(delay_ms, retry.DAY_MS)) <= retry.DAY_MS
    return None


def durations(text: str) -> None:
    """An accepted duration is bounded."""
    try:
        milliseconds = duration.parse_duration_ms(text)
    except ValueError as error:
        return refusal(error)
    assert isinstance(milliseconds, int)
    assert 0 <= milliseconds <= duration.MAX_MS


def wait_headers(text: str) -> None:
    """Whatever a destination asks to wait for: at most a day."""
    pairs = tuple((headers.canonical_name(name), value) for name, value in pairs_of(text))
    at_ms = retry.retry_at(Responded(503, pairs, b"", 1), DeliveryOptions(), 0, NOW_MS)
    assert at_ms is not None
    assert NOW_MS <= at_ms <= NOW_MS + retry.DAY_MS


def destination(text: str) -> None:
    """An accepted target is a name or a URL, and stays accepted."""
    raw_path, _, raw_query = text.partition("?")
    try:
        read = destination_from_target(raw_path, raw_query)
    except Rejection as error:
        return refusal(error)
    assert check_destination(read) == read
    assert url_fault(read) is None if is_url(read) else read.isascii()


def query(text: str) -> None:
    """Any query is a filter, or refused."""
    own, rest = split_query(text)
    assert all(name.startswith("upstash-") for name, _ in own)
    assert "upstash-a=" not in rest
    message = Message("msg_1", _TENANT, Publication("http://a/b", b"", DeliveryOptions()), "http://a/b", 1, 1)
    try:
        read = filters.parse_query(parse_qsl(text, keep_blank_values=True, errors="replace"))
        matches = filters.message_filter(read)
        assert 1 <= filters.count_of(read, 100) <= 100
        filters.cursor_of(read)
        filters.latest_first(read, default=True)
    except Rejection as error:
        return refusal(error)
    assert matches(message, NOW_MS) in (True, False)


def mappings(text: str) -> None:
    """An accepted mapping leads to a URL."""
    try:
        read = mapping.parse_mapping(text)
    except ValueError as error:
        return refusal(error)
    for url in (read.pattern, read.pattern.rstrip("*") + "x/y?z", "http://other"):
        assert read.apply(url) is None or read.apply(url)
    return None


def redact_fields(text: str) -> None:
    """What is to be hidden is known, or refused."""
    try:
        read = redaction.parse_redaction(text)
    except ValueError as error:
        return refusal(error)
    redaction.shown_headers((("A", "b"),), read)


def wildcards(text: str) -> None:
    """A pattern of a fault fits what it was made from."""
    pattern, _, url = text.partition("\n")
    assert fits(pattern, url) in (True, False)
    assert fits(pattern.replace("*", "") + "*", pattern.replace("*", "") + url)


def terminal(text: str) -> None:
    """Nothing that is printed steers a terminal."""
    assert printable(text).isprintable()
    assert len(printable(text)) == len(text)


def credentials(text: str) -> None:
    """No password is shown, whatever stands beside it."""
    shown = without_credentials(f"{text}/http://user:hunter2@a.b/{text}", 500)
    assert "hunter2" not in shown
    assert len(shown) <= 500


def failed_answers(text: str) -> None:
    """A failed answer has a reason and a hint, which quote it within bounds and cannot steer a terminal."""
    body = text.encode("utf-8", "surrogatepass")
    if (error := workflow_error(body)) is not None:
        assert first_line(str(error)).isprintable()
        assert error.refusal_text is None or isinstance(error.refusal_text, str)
    location = (("Location", text),)
    for status, answered in ((500, ()), (400, ()), (302, location)):
        result = Responded(status, answered, body, 1, url="http://a/b")
        assert reason_of(result) is not None
        said = hint(result)
        assert said is not None
        assert len(said) < 2_000
        assert said.isprintable()


TARGETS: list[Target] = [
    text_target(
        "failed answers",
        failed_answers,
        *("{", "}", '"message":', '"error":', '"a"', "<title>", "</title>", "<pre>", "</pre>", "&lt;", "\n"),
        *("/login", "//", "http://", "[", "invalid subject: ", ", want: ", "Traceback (most recent call last):"),
    ),
    text_target(
        "headers",
        options,
        *_OPTION_NAMES,
        *(
            f"\nUpstash-{kind}{name}:"
            for kind in ("Callback-", "Failure-Callback-")
            for name in ("Retries", "Callback")
        ),
        *("\nUpstash-Forward-X:", "\nContent-Type:", "\nConnection:", "\nX-Own:", "\nUpstash-Forward-:"),
        *(
            "http://a",
            "true",
            "a,b",
            "rate=1",
            "parallelism=",
            "period=",
            "body",
            "header[",
            "]",
            "10s",
            "GET",
            "=",
            ",",
        ),
    ),
    text_target(
        "workflow headers",
        workflow_options,
        *(f"\nUpstash-Workflow-{name}:" for name in _WORKFLOW_NAMES),
        *("\nUpstash-Forward-Upstash-Workflow-Invoke-Count:", "\nUpstash-Feature-Set:", "\nUpstash-Retries:"),
        *("LazyFetch", "WF_TriggerOnConfig", ",", "true", "wfr_1", "http://a"),
    ),
    text_target(
        "cron",
        cron,
        *(
            "*",
            "?",
            "/",
            "-",
            ",",
            " ",
            " * * * *",
            "* * *",
            "@every ",
            "@hourly",
            "@",
            "TZ=",
            "CRON_TZ=",
            "jan",
            "sun",
        ),
        *(
            "Europe/Berlin",
            "America/New_York",
            "Australia/Lord_Howe",
            "UTC",
            "../",
            "Asia",
            "29 2 ",
            "31 2 ",
            "0 2 ",
            "L",
        ),
        # A search of croniter may go through decades.
        steps_at_all=3_000_000,
    ),
    text_target(
        "retry delay",
        retry_delay,
        *(
            "retried",
            "+",
            "-",
            "*",
            "/",
            "(",
            ")",
            ",",
            "pow(",
            "exp(",
            "sqrt(",
            "min(",
            "max(",
            "floor(",
            "round(",
            "e",
        ),
    ),
    text_target("duration", durations, *_UNITS),
    text_target(
        "waits that answers ask for",
        wait_headers,
        *("\nRetry-After:", "\nX-RateLimit-Reset:", "\nx-ratelimit-reset-tokens:", *_UNITS),
        *(
            "Wed, 21 Oct 2015 07:28:00 GMT",
            "Thu, 01 Jan 2026 13:00:00 ",
            "+0000",
            "-0000",
            "+9999",
            "Jan",
            ":",
            ",",
            "9999",
        ),
    ),
    text_target(
        "destination",
        destination,
        *(
            "http://",
            "https://",
            "http:/",
            "HTTP:",
            "https%3A%2F%2F",
            "http%3a//",
            "a.com",
            "[::1]",
            "[",
            "]",
            ":80",
            ":",
        ),
        *("/v2/publish/", "?", "#", "@", "%", "%20", "%zz", "%ff", "é", "{", "api/", "group", "℀", "//", "/./", "\\"),
    ),
    text_target(
        "query",
        query,
        *(
            "&",
            "=",
            ",",
            "%2C",
            "+",
            "url=",
            "&host=",
            "&messageIds=",
            "&fromDate=",
            "&count=",
            "&cursor=",
            "&order=",
        ),
        *(
            "earliestFirst",
            "1-1",
            "http://a",
            ",http://b",
            ",/",
            "upstash-delay=",
            "Upstash-%52etries=",
            "%ff",
            "label=",
        ),
        # Its check reads the text twice, as options and as filters: empty pairs take 118.
        steps_per_character=200,
    ),
    text_target("mapping", mappings, "http://", "https://", "=http://", "=https://", "a", "*", "/", "?", "=", ":80"),
    text_target("redacted fields", redact_fields, "body", "header", "headers", "[", "]", ",", "X-A"),
    text_target("wildcards", wildcards, "*", "a", "ab", "http://", "/", "\n"),
    text_target(
        "credentials",
        credentials,
        *("@", ":", "//", "%2F%2F", "%40", "%3A", "?token=", "&key=", "Bearer ", "eyJ"),
    ),
    text_target("terminal", terminal, "\x1b[31m", "\x9b", "\u202e", "a"),
]
