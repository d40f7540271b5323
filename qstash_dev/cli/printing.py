"""Output of the commands that end: JSON, and text that no byte from elsewhere can turn into control characters."""

from __future__ import annotations

import sys
from typing import Any

import click

from qstash_dev.protocol.wording import printable


def print_json(value: Any) -> None:
    """Print a value as JSON. Text is not escaped unless the output cannot take it."""
    import json

    text = json.dumps(value, ensure_ascii=False, indent=2)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    click.echo(text)


def print_line(text: str = "", *, err: bool = False, fg: str | None = None, bold: bool = False) -> None:
    """Print a line, in the colour ``fg`` if the output takes colours. Control characters are replaced."""
    stream = sys.stderr if err else sys.stdout
    encoding = stream.encoding or "utf-8"
    shown = printable(text).encode(encoding, "replace").decode(encoding)
    click.echo(click.style(shown, fg=fg, bold=bold) if fg or bold else shown, err=err)
