"""``qstash-dev env``: the variables in every form, and in files that keep all else as it is."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from qstash_dev.server import Server
from qstash_dev.state.user import USERS, environment
from tests.cli.commands.support import Shell, output, refusal, run

ENV = environment("http://127.0.0.1:9", USERS[0].token, USERS[0].current_signing_key, USERS[0].next_signing_key)
HOSTED = base64.b64encode(json.dumps({"UserID": "u-1", "Password": "secret"}).encode()).decode()


def printed(form: str, url: str, *args: str) -> str:
    return output("env", "--format", form, "--url", url, *args)


@pytest.mark.parametrize("form", ["shell", "dotenv", "github"])
def test_forms_for_a_shell_set_the_variables(form: str, nowhere: str) -> None:
    script = f"set -a\n{printed(form, nowhere)}printenv {' '.join(ENV)}"
    told = subprocess.run(["sh", "-e", "-c", script], capture_output=True, text=True, timeout=20, check=True)
    assert told.stdout.split() == [*(ENV | {"QSTASH_URL": nowhere}).values()]


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_sets_the_variables(nowhere: str) -> None:
    script = f"{printed('fish', nowhere)}printenv QSTASH_TOKEN"
    told = subprocess.run(["fish", "-c", script], capture_output=True, text=True, timeout=20, check=True)
    assert told.stdout.strip() == ENV["QSTASH_TOKEN"]


def test_forms_of_other_shells(nowhere: str) -> None:
    assert printed("fish", nowhere).splitlines()[1] == f'set -gx QSTASH_TOKEN "{ENV["QSTASH_TOKEN"]}"'
    assert printed("powershell", nowhere).splitlines()[1] == f'$env:QSTASH_TOKEN = "{ENV["QSTASH_TOKEN"]}"'


def test_json(nowhere: str) -> None:
    told = ENV | {"QSTASH_URL": nowhere}
    assert json.loads(printed("json", nowhere)) == json.loads(output("env", "--json", "--url", nowhere)) == told


@pytest.mark.parametrize("form", ["docker", "compose"])
def test_containers_get_the_address_of_their_host(form: str, nowhere: str) -> None:
    done = run("env", "--format", form, "--url", nowhere)
    port = nowhere.rpartition(":")[2]
    assert f"http://host.docker.internal:{port}" in done.stdout
    assert done.exit_code == 0
    assert "--host 0.0.0.0 --allow-host host.docker.internal" in done.stderr


def test_compose_is_yaml_of_one_level(nowhere: str) -> None:
    first, *rest = run("env", "--format", "compose", "--url", nowhere).stdout.splitlines()
    assert first == "environment:"
    assert [line.split(":")[0] for line in rest] == [f"  {name}" for name in ENV]


@pytest.mark.parametrize(("given", "user"), [("1", USERS[0]), ("4", USERS[3]), ("testUser2", USERS[2])])
def test_user(given: str, user: object, nowhere: str) -> None:
    assert isinstance(user, type(USERS[0]))
    assert json.loads(printed("json", nowhere, "--user", given))["QSTASH_TOKEN"] == user.token


async def test_running_server_tells_keys_that_were_rotated(shell: Shell, server: Server) -> None:
    tenant = server.broker.tenants.all()[1]
    server.broker.keys.rotate(tenant)
    told = await shell.json("env", "--user", "2")
    assert told == tenant.environment(server.url)
    assert told["QSTASH_CURRENT_SIGNING_KEY"] == USERS[1].next_signing_key


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b""),
        (b"A=1\n# QSTASH_TOKEN=kept\nQSTASH_TOKEN=old\nB=2", b"A=1\n# QSTASH_TOKEN=kept\nQSTASH_TOKEN=TOKEN\nB=2\n"),
        (b"export  QSTASH_TOKEN = 'old' # why\r\nB=\xff\r\n", b"export  QSTASH_TOKEN = 'TOKEN' # why\r\nB=\xff\r\n"),
        (b'QSTASH_TOKEN="a\\"\nb"\nQSTASH_TOKEN=\n', b'QSTASH_TOKEN="TOKEN"\nQSTASH_TOKEN=TOKEN\n'),
        (b'KEY="one\nQSTASH_TOKEN=inside\n"\n', b'KEY="one\nQSTASH_TOKEN=inside\n"\n'),
        (b"\xef\xbb\xbfQSTASH_TOKEN=a#b\n\n", b"\xef\xbb\xbfQSTASH_TOKEN=TOKEN\n\n"),
        (b"MY_QSTASH_TOKEN=a\nqstash_token=b\n", b"MY_QSTASH_TOKEN=a\nqstash_token=b\n"),
        (b'QSTASH_TOKEN="open\nB=1\n', b"QSTASH_TOKEN=TOKEN\nB=1\n"),
    ],
)
def test_rest_of_a_file_stays_byte_for_byte(before: bytes, after: bytes, tmp_path: Path, nowhere: str) -> None:
    file = tmp_path / ".env.local"
    file.write_bytes(before)
    output("env", "--write", str(file), "--url", nowhere)
    text = file.read_bytes()
    head = after.replace(b"TOKEN=TOKEN", b"TOKEN=" + ENV["QSTASH_TOKEN"].encode())
    for quote in (b"'", b'"'):
        head = head.replace(quote + b"TOKEN" + quote, quote + ENV["QSTASH_TOKEN"].encode() + quote)
    head = head.replace(b"= 'TOKEN'", b"= '" + ENV["QSTASH_TOKEN"].encode() + b"'")
    assert text.startswith(head)
    line_break = b"\r\n" if b"\r\n" in before else b"\n"
    added = text[len(head) :].split(line_break)
    assert added.pop() == b""
    assert {line.split(b"=")[0].decode() for line in added} == ENV.keys() - (
        {"QSTASH_TOKEN"} if ENV["QSTASH_TOKEN"].encode() in head else set()
    )


def test_file_that_is_up_to_date_is_left_alone(tmp_path: Path, nowhere: str) -> None:
    file = tmp_path / "new.env"
    first = output("env", "--write", str(file), "--url", nowhere)
    assert first == f"{file}: added {', '.join(ENV)}\n"
    text = file.read_bytes()
    file.chmod(0o400)
    assert output("env", "--write", str(file), "--url", nowhere) == f"{file}: nothing to change\n"
    assert file.read_bytes() == text


def test_what_was_written_is_told_as_json(tmp_path: Path, nowhere: str) -> None:
    file = tmp_path / "env"
    file.write_text("QSTASH_TOKEN=old\n")
    told = json.loads(output("env", "--write", str(file), "--url", nowhere, "--json", "--format", "github"))
    assert told == {
        "file": str(file),
        "updated": ["QSTASH_TOKEN"],
        "added": [name for name in ENV if "TOKEN" not in name],
    }


@pytest.mark.parametrize("token", [HOSTED, HOSTED.rstrip("="), f'"{HOSTED}"', f"mine\nQSTASH_TOKEN={HOSTED}"])
def test_hosted_token_is_replaced_only_if_that_is_wanted(token: str, tmp_path: Path, nowhere: str) -> None:
    file = tmp_path / ".env"
    file.write_text(f"QSTASH_TOKEN={token}\n")
    told = refusal("env", "--write", str(file), "--url", nowhere)
    assert "give --yes to replace it" in told
    assert HOSTED.rstrip("=") in file.read_text()
    output("env", "--write", str(file), "--url", nowhere, "--yes")
    assert HOSTED.rstrip("=") not in file.read_text()


@pytest.mark.parametrize("token", [USERS[1].token, USERS[1].read_only_token, "x", base64.b64encode(b"[1]").decode()])
def test_other_tokens_are_replaced_without_a_question(token: str, tmp_path: Path, nowhere: str) -> None:
    file = tmp_path / ".env"
    file.write_text(f"QSTASH_TOKEN={token}\n")
    output("env", "--write", str(file), "--url", nowhere)
    assert f"QSTASH_TOKEN={ENV['QSTASH_TOKEN']}\n" in file.read_text()


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["--format", "bash"], "'bash' is not one of 'shell'"),
        (["--format", "fish", "--json"], "--json and --format contradict each other"),
        (["--format", "fish", "--write", "x"], "use --format shell, dotenv, docker, github"),
        (["--user", "5"], "'5' is no user: use 1 to 4, or defaultUser, testUser1"),
        (["--url", "https://qstash.upstash.io"], "is not a URL such as http://127.0.0.1:8080"),
        (["--url", "http://127.0.0.1:99999"], "is not a URL such as"),
        (["--write", "."], "is a directory"),
    ],
)
def test_wrong_usage(args: list[str], text: str) -> None:
    assert text in refusal("env", *args)


def test_file_in_a_folder_that_does_not_exist(nowhere: str, tmp_path: Path) -> None:
    told = refusal("env", "--write", str(tmp_path / "no" / "env"), "--url", nowhere, code=1)
    assert "No such file or directory" in told
