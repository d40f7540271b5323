"""What a person sees at start-up, and what a program reads there with ``--json``."""

from __future__ import annotations

import io
import os
import sys

from qstash_dev.cli.event_lines import json_object
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS, Tenant
from qstash_dev.version import __version__


def ready_line(server: Server) -> str:
    """All that a program may want to know, as a JSON object."""
    users = [
        {
            "name": tenant.user.id,
            "env": tenant.environment(server.url),
            "readOnlyToken": tenant.user.read_only_token,
        }
        for tenant in server.broker.tenants.all()
    ]
    return json_object(
        event="ready",
        version=__version__,
        url=server.url,
        port=server.port,
        logPort=server.log_port,
        console=f"{server.url}/",
        env=users[0]["env"],
        users=users,
    )


def ready_text(server: Server, *, colour: bool) -> str:
    """The start-up text. The JavaScript SDK waits for a line with ``running at`` in it."""
    return _rich_ready_text(server) if colour else _plain_ready_text(server)


def _plain_ready_text(server: Server) -> str:
    lines = [f"qstash-dev {__version__} is running at {server.url}", f"Console: {server.url}/", ""]
    for tenant in server.broker.tenants.all():
        lines += [f"# {tenant.user.id}", *_environment_lines(tenant, server.url), ""]
    return "\n".join([*lines, "Sample request:", _sample(server), ""])


def _rich_ready_text(server: Server) -> str:
    from rich.console import Console
    from rich.panel import Panel

    text = io.StringIO()
    console = Console(file=text, force_terminal=True, highlight=False, width=_width())
    console.print(
        Panel.fit(f"qstash-dev {__version__} is running at [bold cyan]{server.url}[/]", border_style="green")
    )
    console.print(f"Console: [bold cyan]{server.url}/[/]")
    for tenant in server.broker.tenants.all():
        console.print(f"\n[dim]#[/] [bold]{tenant.user.id}[/]")
        for line in _environment_lines(tenant, server.url):
            # Wrapping would break what people copy.
            console.print(line, style="cyan", markup=False, soft_wrap=True)
    console.print("\n[bold]Sample request:[/]")
    console.print(_sample(server), markup=False, soft_wrap=True)
    return text.getvalue()


def _width() -> int:
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    # Terminals that were never told their size say 0.
    return columns or 80


def _environment_lines(tenant: Tenant, url: str) -> list[str]:
    # Shells need the `export`, and files such as `.env` may have it.
    return [f'export {name}="{value}"' for name, value in tenant.environment(url).items()]


def _sample(server: Server) -> str:
    return (
        f'curl -X POST "{server.url}/v2/publish/http://localhost:3000/api" '
        f'-H "Authorization: Bearer {USERS[0].token}" -H "Content-Type: application/json" -d \'{{"hello":"world"}}\''
    )
