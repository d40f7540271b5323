"""Long options with one dash, such as ``-port 9000``.

The official development server takes them (https://upstash.com/docs/qstash/howto/local-development).
"""

from __future__ import annotations

import re

import click

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
_ONE_DASH = re.compile("-[A-Za-z]{2}")


class Command(click.Command):
    """A command whose long options may have one dash."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments."""
        return super().parse_args(ctx, _two_dashes(args))


class Group(click.Group):
    """A group of commands. For an option before the command it shows the command line with the option after it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments.

        Raises UsageError: the group has no such option.
        """
        command = next((at for at, arg in enumerate(args) if not arg.startswith("-")), len(args))
        try:
            return super().parse_args(ctx, _two_dashes(args[:command]) + args[command:])
        except click.NoSuchOption as error:
            meant = f"{ctx.command_path} dev {' '.join(args)}"
            raise click.UsageError(f"{error.format_message()} Options come after the command: {meant}", ctx) from None


def _two_dashes(args: list[str]) -> list[str]:
    return [f"-{arg}" if _ONE_DASH.match(arg) else arg for arg in args]
