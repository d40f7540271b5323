"""The start-up text, and the JSON object in its place with ``--json``."""

from __future__ import annotations

import io
import os
import sys

from qstash_dev.cli.event_lines import json_object
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS, Tenant
from qstash_dev.version import __version__


def ready_line(server: Server) -> str:
    """The ``ready`` event: addresses, and the environment variables of each user, as a JSON object."""
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
    """The start-up text, formatted with rich if ``colour``. The JavaScript SDK waits for a line that contains
    ``running at``."""
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
            # No wrapping, so that the lines can be copied.
            console.print(line, style="cyan", markup=False, soft_wrap=True)
    console.print("\n[bold]Sample request:[/]")
    console.print(_sample(server), markup=False, soft_wrap=True)
    return text.getvalue()


def _width() -> int:
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    # Some terminals report a width of 0.
    return columns or 80


def _environment_lines(tenant: Tenant, url: str) -> list[str]:
    # Shells need `export`, and readers of `.env` files accept it.
    return [f'export {name}="{value}"' for name, value in tenant.environment(url).items()]


def _sample(server: Server) -> str:
    return (
        f'curl -X POST "{server.url}/v2/publish/http://localhost:3000/api" '
        f'-H "Authorization: Bearer {USERS[0].token}" -H "Content-Type: application/json" -d \'{{"hello":"world"}}\''
    )
