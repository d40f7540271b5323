"""The command ``completion``: scripts that let shells complete commands, options and ids."""

from __future__ import annotations

import os
from pathlib import PurePath

import click

from qstash_dev.cli.options import as_command

SHELLS = ("bash", "zsh", "fish")
_PROGRAM = "qstash-dev"


@as_command(
    click.Argument(["shell"], type=click.Choice(SHELLS), required=False),
    example="""qstash-dev completion bash > qstash-dev.bash
qstash-dev completion zsh > _qstash-dev
qstash-dev completion fish > qstash-dev.fish""",
)
def command(shell: str | None) -> None:
    """Print a script that lets your shell complete commands, options and ids.

    Without SHELL it is that of this shell. For bash add eval "$(qstash-dev completion bash)" to ~/.bashrc, for zsh
    eval "$(qstash-dev completion zsh)" to ~/.zshrc behind compinit; for fish write the script to
    ~/.config/fish/completions/qstash-dev.fish. Ids of messages, schedules and queues come from the running server.
    """
    from click.shell_completion import get_completion_class

    shell = shell or PurePath(os.environ.get("SHELL", "")).name
    kind = get_completion_class(shell) if shell in SHELLS else None
    if kind is None:
        raise click.UsageError(f"This shell is not known: give one of {', '.join(SHELLS)}.")
    script = kind(click.Command(_PROGRAM), {}, _PROGRAM, "_QSTASH_DEV_COMPLETE").source()
    click.echo(script)
