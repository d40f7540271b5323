"""Help, version, and messages for a wrong command line."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from click.testing import CliRunner

from qstash_dev import __version__
from qstash_dev.cli.main import COMMANDS, main
from tests.cli.program import everything_before_exit

HEAVY = {"aiohttp", "asyncio", "croniter", "httptools", "jwt", "rich", "ssl"}


def refused(*args: str, env: Mapping[str, str] | None = None) -> str:
    """The error text of a command line that is refused as wrong usage."""
    outcome = CliRunner().invoke(main, args, env=env)
    assert outcome.exit_code == 2, outcome.output
    assert outcome.stdout == ""
    return outcome.stderr


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["dev", "-port", "abc"], "'abc' is not a whole number from 0 to 65535"),
        (["dev", "-port=65536"], "'65536' is not a whole number from 0 to 65535"),
        (["dev", "--port=-1"], "'-1' is not a whole number from 0 to 65535"),
        (["dev", "--port="], "'' is not a whole number from 0 to 65535"),
        (["dev", "-log-port", "8e3"], "'8e3' is not a whole number from 0 to 65535"),
        (["dev", "--retain-events", "0"], "'0' is not a whole number from 1 to 10000000"),
        (["dev", "--retain-messages", "many"], "'many' is not a whole number from 1 to 10000000"),
        (["dev", "-quota", "none"], "'none' is not one of 'free', 'payg', 'pro'"),
        (["dev", "--host", " "], "Invalid value for '--host' (env var: 'QSTASH_DEV_HOST'): it is empty"),
        (["dev", "--map", "https://a.test"], "use PATTERN=URL such as"),
        (["dev", "--map", "https://*.test=http://localhost"], "'*' may only stand at the end of 'https://*.test'"),
        (["dev", "--ca-file", "missing.pem"], "File 'missing.pem' does not exist"),
        (["dev", "--ca-file", __file__], f"'{__file__}' holds no certificates in PEM form"),
        (["dev", "-q", "-v"], "--quiet and --verbose contradict each other"),
        (["dev", "-prot", "1"], "No such option '--prot'"),
        (["dev", "-port", "1", "extra"], "unexpected extra argument (extra)"),
        (["dve"], "Did you mean 'dev'?"),
        (["-port", "9000"], "Options come after the command: "),
    ],
    ids=" ".join,
)
def test_wrong_usage_says_what_is_right(args: list[str], text: str) -> None:
    complaint = refused(*args)
    assert text in complaint
    assert re.search(r"^Try '.* --help' for help\.$", complaint, re.MULTILINE)


def test_option_without_its_value() -> None:
    assert "Option '--port' requires an argument" in refused("dev", "-port")


def test_option_before_the_command_is_shown_where_it_belongs() -> None:
    assert refused("--port", "9000").rstrip().endswith(" dev --port 9000")


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "abc"), ("LOG_PORT", "-1"), ("QUOTA", "none"), ("HOST", "  ")],
)
def test_wrong_variable_is_named(name: str, value: str) -> None:
    assert f"QSTASH_DEV_{name}" in refused("dev", env={f"QSTASH_DEV_{name}": value})


@pytest.mark.parametrize("spelling", ["-h", "-help", "--help"])
@pytest.mark.parametrize("command", [[], ["dev"]])
def test_help(command: list[str], spelling: str) -> None:
    outcome = CliRunner().invoke(main, [*command, spelling])
    assert outcome.exit_code == 0
    assert outcome.stdout.startswith("Usage: ")
    assert outcome.stderr == ""


def test_help_is_shown_to_those_who_ask_nothing() -> None:
    assert "Usage: " in refused()


@pytest.mark.parametrize("spelling", ["-version", "--version"])
def test_version(spelling: str) -> None:
    outcome = CliRunner().invoke(main, [spelling])
    assert (outcome.exit_code, outcome.stdout) == (0, f"qstash-dev, version {__version__}\n")


def test_module_is_the_same_program() -> None:
    assert everything_before_exit("--version") == (0, f"qstash-dev, version {__version__}\n", "")


def test_installed_command_is_the_same_program() -> None:
    code, output, _ = everything_before_exit("--version", command=("qstash-dev",))
    assert (code, output) == (0, f"qstash-dev, version {__version__}\n")


def test_help_imports_nothing_that_only_a_server_needs() -> None:
    code = "import sys; from qstash_dev.cli.main import main; main(['dev', '--help'], standalone_mode=False)"
    code += f"; print(sorted({HEAVY!r} & sys.modules.keys()), file=sys.stderr)"
    exit_code, output, imported = everything_before_exit("-c", code, command=("python",))
    assert (exit_code, imported) == (0, "[]\n")
    assert "--log-port N" in output


def test_server_starts_without_importing_time_zones() -> None:
    code = "import sys, qstash_dev.cli.serve; print('zoneinfo' in sys.modules)"
    assert everything_before_exit("-c", code, command=("python",)) == (0, "False\n", "")


def test_no_command_but_dev_imports_the_server() -> None:
    code = "import sys, importlib; from qstash_dev.cli.main import COMMANDS; COMMANDS.pop('dev')"
    code += "; [importlib.import_module('qstash_dev.cli.commands.' + one) for one in COMMANDS]"
    code += f"; print(sorted({HEAVY | {'qstash_dev.server', 'http.client'}!r} & sys.modules.keys()), len(COMMANDS))"
    exit_code, output, _ = everything_before_exit("-c", code, command=("python",))
    assert exit_code == 0
    assert output.split()[0] == "[]"
    assert int(output.split()[1]) == len(COMMANDS) - 1


@pytest.mark.parametrize("args", [["env", "-x"], ["-x", "env"]])
def test_options_of_other_commands_have_two_dashes(args: list[str]) -> None:
    assert "No such option '-x'" in refused(*args)
