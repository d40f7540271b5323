"""The program ``qstash-dev``, a group of commands."""

from __future__ import annotations

import click

from qstash_dev.cli import one_dash
from qstash_dev.cli.dev import dev
from qstash_dev.version import __version__


@click.group(cls=one_dash.Group, context_settings=one_dash.CONTEXT)
@click.version_option(__version__, prog_name="qstash-dev")
def main() -> None:
    """An open development server for QStash that runs on this machine, in memory."""


main.add_command(dev)
