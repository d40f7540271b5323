"""Which server the commands talk to, and what they say if it is none."""

from __future__ import annotations

import json
import socket

import pytest

from tests.cli.commands.support import output, refusal


def url_of(env: dict[str, str]) -> str:
    told = json.loads(output("env", "--json", env=env))
    return str(told["QSTASH_URL"])


@pytest.mark.parametrize(
    ("env", "url"),
    [
        ({"QSTASH_DEV_PORT": "19"}, "http://127.0.0.1:19"),
        ({"QSTASH_URL": "http://localhost:19/", "QSTASH_DEV_PORT": "20"}, "http://localhost:19"),
        ({"QSTASH_URL": "http://[::1]:19"}, "http://[::1]:19"),
        ({"QSTASH_URL": "http://qstash:19"}, "http://qstash:19"),
        ({"QSTASH_URL": "https://qstash.upstash.io", "QSTASH_DEV_PORT": "19"}, "http://127.0.0.1:19"),
        ({"QSTASH_URL": "http://qstash.example.com:19", "QSTASH_DEV_PORT": "19"}, "http://127.0.0.1:19"),
        ({"QSTASH_URL": "nonsense", "QSTASH_DEV_PORT": "19"}, "http://127.0.0.1:19"),
    ],
)
def test_variables_name_the_server_unless_it_is_hosted(
    env: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The compose service is not known here, and must not be asked for.
    monkeypatch.setattr(socket, "getaddrinfo", _unknown)
    assert url_of(env) == url


def _unknown(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "unknown")


@pytest.mark.parametrize("port", ["abc", "0", "99999", "-1"])
def test_wrong_port_in_the_environment_is_named(port: str) -> None:
    assert f"QSTASH_DEV_PORT is '{port}'" in refusal("env", env={"QSTASH_DEV_PORT": port})
