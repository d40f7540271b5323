"""``qstash-dev verify``: the check that fails is named, and what it should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from qstash_dev.clock import Clock
from qstash_dev.protocol.signature import body_hash, sign
from qstash_dev.state.user import USERS
from tests.cli.commands.support import Shell, output, refusal, run
from tests.conftest import Client
from tests.destination import Destination

URL, BODY, AT = "http://localhost:3000/api", b'{"a":1}', "2026-01-01T12:00:00Z"
AT_S = 1_767_268_800


def signed(key: str = USERS[0].current_signing_key, url: str = URL, body: bytes = BODY, issued_s: int = AT_S) -> str:
    return sign(key, url, body, issued_s=issued_s, token_id="jwt_1")


def claiming(key: str = USERS[0].current_signing_key, algorithm: str = "HS256", **claims: Any) -> str:
    right = {"iss": "Upstash", "sub": URL, "exp": AT_S + 300, "nbf": 0, "iat": AT_S, "body": body_hash(BODY)}
    return jwt.encode({**right, **claims}, key, algorithm=algorithm)


@pytest.fixture
def offline(tmp_path: Path) -> Any:
    def verify(token: str, *args: str, body: bytes = BODY, url: str = URL) -> tuple[int, dict[str, tuple[bool, str]]]:
        file = tmp_path / "body"
        file.write_bytes(body)
        done = run("verify", "--url", url, "--body", str(file), "--signature", token, "--at", AT, "--json", *args)
        told = json.loads(done.stdout)
        assert told["valid"] is (done.exit_code == 0)
        return done.exit_code, {one["name"]: (one["ok"], one["text"]) for one in told["checks"]}

    return verify


@pytest.mark.parametrize("user", USERS)
def test_valid_signature_tells_whose_key_made_it(user: Any, offline: Any) -> None:
    code, checks = offline(signed(user.current_signing_key))
    assert (code, checks["key"]) == (0, (True, f"current key of {user.id}"))
    code, checks = offline(signed(user.next_signing_key))
    assert (code, checks["key"]) == (0, (True, f"next key of {user.id}"))
    assert all(ok for ok, _ in checks.values())


@pytest.mark.parametrize(
    ("token", "name", "text"),
    [
        (signed("sig_other"), "key", "none of these made it: current key of defaultUser, "),
        (signed(issued_s=AT_S - 301), "time", "its time ended 1 s ago"),
        (signed(issued_s=AT_S - 300), "time", "its time ended 0 s ago"),
        (claiming(nbf=AT_S + 5), "time", "valid only in 5 s"),
        (claiming(exp="soon"), "time", "must be numbers of seconds"),
        (signed(url="https://localhost:3000/api"), "subject", "not for http://localhost:3000/api: another scheme"),
        (signed(url=URL + "/"), "subject", ": another path"),
        (signed(url="http://127.0.0.1:3000/api?a"), "subject", ": another host and query"),
        (claiming(sub=None), "subject", "it is for missing"),
        (signed(body=b""), "body", "an empty body was signed"),
        (signed(body=b"other"), "body", "that of another body"),
        (claiming(body=[1]), "body", "the claim is a list"),
        (claiming(iss="Other"), "issuer", "Other, but it must be Upstash"),
    ],
)
def test_one_check_that_fails_is_named(token: str, name: str, text: str, offline: Any) -> None:
    code, checks = offline(token)
    assert code == 1
    assert [one for one, (ok, _) in checks.items() if not ok] == [name]
    assert text in checks[name][1]


def test_other_algorithm(offline: Any) -> None:
    _, checks = offline(claiming("k" * 64, algorithm="HS512"))
    assert checks["algorithm"] == (False, "HS512, but it must be HS256")
    assert checks["key"][0] is False


@pytest.mark.parametrize(
    ("came", "text"),
    [
        (BODY + b"\n", "without the line break at the end"),
        (b'{ "a": 1 }', "the same JSON without white space"),
    ],
)
def test_body_that_was_changed_on_its_way(came: bytes, text: str, offline: Any) -> None:
    _, checks = offline(signed(), body=came)
    assert checks["body"][0] is False
    assert text in checks["body"][1]


def test_further_key(offline: Any) -> None:
    assert offline(signed("sig_other"), "--key", "sig_a", "--key", "sig_other")[1]["key"] == (True, "--key 2")


def test_keys_of_the_environment() -> None:
    env = {"QSTASH_NEXT_SIGNING_KEY": "sig_mine"}
    told = output("verify", "--url", URL, "--signature", signed("sig_mine", body=b""), "--at", AT, env=env)
    assert "ok      key        QSTASH_NEXT_SIGNING_KEY of this environment\n" in told


def test_time_is_now_unless_told_otherwise() -> None:
    token = signed(body=b"", issued_s=Clock.wall_ms() // 1_000)
    assert output("verify", "--url", URL, "--signature", token).endswith("\nvalid\n")


def test_failure_is_printed_for_people() -> None:
    done = run("verify", "--url", URL, "--body", "-", "--signature", signed(), "--at", AT, given="other")
    assert (done.exit_code, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-2:] == ["FAILED  body       the SHA-256 is that of another body", "not valid"]


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "é.é.é", "W10.W10.W10", "e30.bnVsbA.e30"])
def test_text_that_is_no_jwt(token: str) -> None:
    assert "The signature is no JWT: " in refusal("verify", "--url", URL, "--signature", token, code=1)


@pytest.mark.parametrize(
    "args", [[], ["--url", URL], ["--signature", "x"], ["msg_1", "--signature", "x"], ["msg_1", "--at", AT]]
)
def test_wrong_usage(args: list[str]) -> None:
    assert "the ID of a message" in refusal("verify", *args)


async def test_server_tells_of_a_message(shell: Shell, client: Client, destination: Destination) -> None:
    id = await client.publish(destination.url, b"hello")
    await client.call("POST", "/_dev/idle")
    told = await shell.json("verify", id)
    assert told["valid"]
    checks = {one["name"]: one["text"] for one in told["checks"]}
    assert checks["subject"].startswith(destination.url)
    assert checks["key"] == "made with the current signing key of this user (defaultUser)"
    assert (await shell.output("verify", id)).endswith("\nvalid\n")


async def test_message_that_was_not_sent_yet(shell: Shell, client: Client, destination: Destination) -> None:
    id = await client.publish(destination.url, Upstash_Delay="1h")
    assert "has sent a signature yet" in await shell.refusal("verify", id, code=1)
    assert "msg_none" in await shell.refusal("verify", "msg_none", code=1)


def test_no_server(nowhere: str) -> None:
    told = refusal("verify", "msg_1", "--url", nowhere, code=4)
    advice = "start a server with 'qstash-dev dev', or name another one with --url."
    assert told == f"Error: No server answers at {nowhere}: {advice}\n"
