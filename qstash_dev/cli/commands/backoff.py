"""The command ``backoff``: the attempts of a message that fails (https://upstash.com/docs/qstash/features/retry)."""

from __future__ import annotations

from typing import NamedTuple

import click

from qstash_dev.cli.options import JSON, as_command
from qstash_dev.cli.printing import print_json, print_line
from qstash_dev.clock import Clock
from qstash_dev.protocol.duration import shown_duration
from qstash_dev.protocol.expression import parse_expression
from qstash_dev.protocol.publication import DeliveryOptions, Headers
from qstash_dev.protocol.result import Responded
from qstash_dev.protocol.retry import requested_wait_ms, retry_at

MAX_RETRIES = 1_000


class _Attempt(NamedTuple):
    number: int  #: 1 for the first
    delay_ms: int  #: since the attempt before
    total_ms: int  #: since the first one


def _headers(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> Headers:
    pairs = [value.partition(":") for value in values]
    if wrong := [name for name, colon, _ in pairs if not colon or not name.strip()]:
        raise click.BadParameter(f"{wrong[0]!r} is no header such as 'Retry-After: 6m'.")
    return tuple((name.strip().title(), value.strip()) for name, _, value in pairs)


@as_command(
    click.Argument(["expression"], metavar="EXPR", required=False),
    click.Option(
        ["--retries"], type=click.IntRange(0, MAX_RETRIES), default=3, show_default=True, help="As Upstash-Retries."
    ),
    click.Option(
        ["--header", "headers"],
        metavar="'NAME: VALUE'",
        multiple=True,
        callback=_headers,
        help="A header of every answer, such as Retry-After. Repeatable.",
    ),
    JSON,
    example="qstash-dev backoff --retries 5\n"
    "qstash-dev backoff '1000 * pow(2, retried)'\n"
    "qstash-dev backoff --header 'Retry-After: 6m'",
)
def command(expression: str | None, retries: int, headers: Headers, as_json: bool) -> None:
    """Print when a message that fails is tried again.

    EXPR is what Upstash-Retry-Delay takes: milliseconds, with retried as the number of retries before. Without it
    the delays are those of QStash: 12 s, 2 m 28 s, 30 m, and so on up to a day.
    """
    if expression is not None:
        try:
            parse_expression(expression)
        except ValueError as error:
            raise click.UsageError(f"{expression!r} is no expression: {error}.") from None
    now_ms = Clock.wall_ms()
    if headers and requested_wait_ms(headers, now_ms) is None:
        print_line("note: QStash finds no wait of at most a day in these headers, and passes them over", err=True)
    attempts = _attempts(DeliveryOptions(retries=retries, retry_delay=expression), headers, now_ms)
    if as_json:
        shown = [{"number": one.number, "delayMs": one.delay_ms, "totalMs": one.total_ms} for one in attempts]
        print_json({"expression": expression, "retries": retries, "attempts": shown})
        return
    _print(attempts)


def _attempts(options: DeliveryOptions, headers: Headers, now_ms: int) -> list[_Attempt]:
    """All attempts, if each is answered at once with these headers and a status that is an error."""
    failed, at_ms, found = Responded(500, headers, b"", 0), now_ms, [_Attempt(1, 0, 0)]
    while (next_ms := retry_at(failed, options, len(found) - 1, at_ms)) is not None:
        found.append(_Attempt(len(found) + 1, next_ms - at_ms, next_ms - now_ms))
        at_ms = next_ms
    return found


def _print(attempts: list[_Attempt]) -> None:
    rows = [(f"attempt {one.number}", f"after {shown_duration(one.delay_ms)}", one) for one in attempts[1:]]
    first = max([len("attempt 1"), *(len(row[0]) for row in rows)])
    second = max((len(row[1]) for row in rows), default=0)
    print_line(f"{'attempt 1':{first}}  at once")
    for name, after, one in rows:
        print_line(f"{name:{first}}  {after:{second}}  {shown_duration(one.total_ms)} after the first")
    print_line("then it has failed, and goes to the dead letter queue")
