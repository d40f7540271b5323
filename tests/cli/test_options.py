"""Every form of every option and its environment variable gives the same configuration."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from qstash_dev.cli.main import main
from qstash_dev.config import PAYG, PRO, Config, Retention
from qstash_dev.protocol.mapping import Side
from tests.delivery.test_tls import make_certificate

Start = Callable[..., "Started"]


@dataclass(frozen=True)
class Started:
    """What the command would have run."""

    config: Config
    level: int
    as_json: bool
    open_console: bool


@pytest.fixture
def start() -> Start:
    """Gives the command its arguments and stands in for the server."""
    started: list[Started] = []

    def run(config: Config, *, level: int, as_json: bool, open_console: bool) -> int:
        started.append(Started(config, level, as_json, open_console))
        return 0

    def start(*args: str, env: Mapping[str, str] | None = None) -> Started:
        inherited = dict.fromkeys(name for name in os.environ if name.startswith("QSTASH_"))
        outcome = CliRunner().invoke(main, ["dev", *args], obj=run, env={**inherited, **(env or {})})
        assert outcome.exit_code == 0, outcome.output
        return started.pop()

    return start


def spellings(name: str, value: str) -> list[list[str]]:
    return [[f"-{name}", value], [f"-{name}={value}"], [f"--{name}", value], [f"--{name}={value}"]]


@pytest.mark.parametrize("args", spellings("port", "9123"), ids=" ".join)
def test_port(start: Start, args: list[str]) -> None:
    assert start(*args).config.port == 9123


@pytest.mark.parametrize("args", spellings("log-port", "9124"), ids=" ".join)
def test_log_port(start: Start, args: list[str]) -> None:
    assert start(*args).config.log_port == 9124


@pytest.mark.parametrize("args", spellings("quota", "pro"), ids=" ".join)
def test_quota(start: Start, args: list[str]) -> None:
    assert start(*args).config.quota is PRO


@pytest.mark.parametrize("args", spellings("region", "us-east-1"), ids=" ".join)
def test_region(start: Start, args: list[str]) -> None:
    assert start(*args).config.region == "us-east-1"


@pytest.mark.parametrize("address", ["0.0.0.0", "::1", "::", "localhost"])
@pytest.mark.parametrize("spelling", range(4))
def test_host(start: Start, address: str, spelling: int) -> None:
    assert start(*spellings("host", address)[spelling]).config.host == address


def test_defaults_are_those_of_the_official_server(start: Start) -> None:
    assert start() == Started(
        Config(port=8080, log_port=8081, host=None, quota=PAYG), level=0, as_json=False, open_console=False
    )


def test_environment_says_what_no_option_says(start: Start) -> None:
    variables = {
        "QSTASH_DEV_PORT": "9001",
        "QSTASH_DEV_LOG_PORT": "9009",
        "QSTASH_DEV_HOST": "::1",
        "QSTASH_DEV_QUOTA": "pro",
        "QSTASH_DEV_REGION": "us-east-1",
        "QSTASH_DEV_ALLOW_HOST": "qstash other.test",
        "QSTASH_DEV_ALLOW_ORIGIN": "http://localhost:3000 https://app.test",
        "QSTASH_DEV_MAP": "https://a.test/*=http://localhost:1 *=http://localhost:2",
        "QSTASH_DEV_MAP_HOST": "published",
        "QSTASH_DEV_MAP_SIGN": "target",
        "QSTASH_DEV_LOCAL_ONLY": "1",
    }
    config = start(env=variables).config
    assert config.region == "us-east-1"
    assert (config.port, config.log_port, config.host, config.quota) == (9001, 9009, "::1", PRO)
    assert config.allow_hosts == ("qstash", "other.test")
    assert config.allow_origins == ("http://localhost:3000", "https://app.test")
    assert [mapping.pattern for mapping in config.mappings] == ["https://a.test/*", "*"]
    assert (config.map_host, config.map_sign, config.local_only) == (Side.PUBLISHED, Side.TARGET, True)


@pytest.mark.parametrize("side", ["target", "published"])
@pytest.mark.parametrize("spelling", range(4))
def test_sides_of_mappings(start: Start, side: str, spelling: int) -> None:
    assert start(*spellings("map-host", side)[spelling]).config.map_host == side
    assert start(*spellings("map-sign", side)[spelling]).config.map_sign == side


@pytest.mark.parametrize("flag", ["-local-only", "--local-only"])
def test_local_only(start: Start, flag: str) -> None:
    assert start(flag).config.local_only
    assert not start().config.local_only


def test_option_beats_environment(start: Start) -> None:
    variables = {
        "QSTASH_DEV_PORT": "9001",
        "QSTASH_DEV_LOG_PORT": "9009",
        "QSTASH_DEV_HOST": "::1",
        "QSTASH_DEV_QUOTA": "pro",
        "QSTASH_DEV_ALLOW_HOST": "qstash",
    }
    args = ["-port=1", "-log-port=2", "-host=127.0.0.1", "-quota=payg", "-allow-host=mine"]
    config = start(*args, env=variables).config
    assert (config.port, config.log_port, config.host, config.quota) == (1, 2, "127.0.0.1", PAYG)
    assert config.allow_hosts == ("mine",)


def test_empty_variable_is_no_variable(start: Start) -> None:
    names = ["PORT", "LOG_PORT", "HOST", "QUOTA", "ALLOW_HOST", "ALLOW_ORIGIN"]
    names += ["MAP", "MAP_HOST", "MAP_SIGN", "LOCAL_ONLY"]
    assert start(env={f"QSTASH_DEV_{name}": "" for name in names}) == start()


@pytest.mark.parametrize(
    ("args", "log_port"),
    [(["-port=9000"], 9001), (["-port=65534"], 65_535), (["-port=65535"], None), (["-port=0"], None)],
)
def test_log_port_is_the_next_port_if_there_is_one(start: Start, args: list[str], log_port: int | None) -> None:
    assert start(*args).config.log_port == log_port


def test_port_that_the_system_chooses_may_have_a_log_port(start: Start) -> None:
    assert start("-port=0", "-log-port=0").config.log_port == 0


def test_repeatable_options_keep_their_order(start: Start) -> None:
    config = start(
        *("--map", "https://a.test/*=http://localhost:1", "-map=https://a.test/?q=1=http://localhost:2/x"),
        *("--allow-host", "one", "-allow-host=two"),
    ).config
    assert [(mapping.pattern, mapping.target) for mapping in config.mappings] == [
        ("https://a.test/*", "http://localhost:1"),
        ("https://a.test/?q=1", "http://localhost:2/x"),
    ]
    assert config.allow_hosts == ("one", "two")


def test_what_is_allowed_is_read_in_every_form_that_is_meant(start: Start) -> None:
    config = start("--allow-host=qstash:8080", "--allow-host=*", "--allow-origin=HTTP://LocalHost:3000/").config
    assert config.allow_hosts == ("qstash", "*")
    assert config.allow_origins == ("http://localhost:3000",)


@pytest.mark.parametrize("args", ["--allow-host=http://qstash", "--allow-origin=*", "--allow-origin=localhost:3000"])
def test_what_cannot_be_allowed_is_refused_with_the_right_form(args: str) -> None:
    outcome = CliRunner().invoke(main, ["dev", args])
    assert outcome.exit_code == 2
    assert "such as qstash" in outcome.output or "such as http://localhost:3000" in outcome.output


def test_retention(start: Start) -> None:
    config = start("--retain-events", "5", "-retain-messages=7").config
    assert config.retention == Retention(events=5, finished_messages=7)


@pytest.mark.parametrize("flag", ["-insecure", "--insecure"])
def test_insecure(start: Start, flag: str) -> None:
    assert not start(flag).config.verify_tls
    assert start().config.verify_tls


@pytest.mark.parametrize("spelling", range(4))
def test_certificates(start: Start, tmp_path: Path, spelling: int) -> None:
    file = str(make_certificate(tmp_path, "local", "DNS:localhost").file)
    assert start(*spellings("ca-file", file)[spelling]).config.ca_file == file


@pytest.mark.parametrize(
    ("args", "level", "as_json"),
    [
        (["-q"], -1, False),
        (["-quiet"], -1, False),
        (["--quiet", "--json"], -1, True),
        (["-v"], 1, False),
        (["--verbose"], 1, False),
        (["-verbose", "-json"], 1, True),
    ],
)
def test_output(start: Start, args: list[str], level: int, as_json: bool) -> None:
    started = start(*args)
    assert (started.level, started.as_json) == (level, as_json)


@pytest.mark.parametrize(("args", "opens"), [([], False), (["--open"], True), (["-open"], True)])
def test_open(start: Start, args: list[str], opens: bool) -> None:
    assert start(*args).open_console is opens
