"""The program ``qstash-dev``, a group of commands that are imported when they are called."""

from __future__ import annotations

import sys

import click

from qstash_dev.cli import one_dash
from qstash_dev.cli.colour import wants_colour
from qstash_dev.version import __version__

# Their help is repeated here, so that the list of commands imports none of them.
COMMANDS = {
    "dev": "Start the development server.",
    "env": "Print the variables with which an application uses the server.",
    "cron": "Print the next runs of a schedule, one a line.",
    "backoff": "Print when a message that fails is tried again.",
    "verify": "Tell which check of a signature fails.",
    "why": "Tell why a thing is as it is, what comes next, and what would unblock it.",
    "show": "Show the whole story of a message, a workflow run, a schedule or a dead letter.",
    "wait": "Wait until the server is ready, or idle, or a message has ended.",
    "clock": "Read or move the clock of the server, delivering on the way.",
    "reset": "Forget everything of one user, or of all users with inboxes, faults and mappings.",
    "cancel": "Cancel a message or a workflow run.",
    "deliver": "Deliver a message now that waits for its delay or its retry.",
    "replay": "Publish a message once more, with another body or other headers if they are given.",
    "completion": "Print a script that lets your shell complete commands, options and ids.",
}


class Commands(one_dash.Group):
    """The group of all commands, in the order in which they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now."""
        from importlib import import_module

        if cmd_name not in COMMANDS:
            return None
        room = "cli" if cmd_name == "dev" else "cli.commands"
        module = import_module(f"qstash_dev.{room}.{cmd_name}")
        command: click.Command = getattr(module, "dev" if cmd_name == "dev" else "command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments begin with, and the rest of them.

        Raises UsageError: there is none of this name; names the nearest.
        """
        name = args[0]
        if name not in COMMANDS and not ctx.resilient_parsing:
            from difflib import get_close_matches

            meant = "".join(f" Did you mean {one!r}?" for one in get_close_matches(name[:40], COMMANDS, 1))
            raise click.UsageError(f"No such command {name[:100]!r}.{meant}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. Ctrl-C ends it with the exit code 130."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(130)


@click.group(cls=Commands, context_settings=one_dash.CONTEXT)
@click.version_option(__version__, prog_name="qstash-dev")
@click.pass_context
def main(ctx: click.Context) -> None:
    """An open development server for QStash that runs on this machine, in memory."""
    ctx.color = sys.stdout is not None and wants_colour(sys.stdout)
