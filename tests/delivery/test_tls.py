"""Certificates of destinations: checked by default, and refused with a hint."""

from __future__ import annotations

import re
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from qstash_dev.server import Server
from tests.conftest import Client
from tests.delivery.conftest import Serve, failure
from tests.delivery.rogue import Rogue, answers_every_request, greets_with, is_silent

# Makes its certificates with openssl.
pytestmark = pytest.mark.programs


@dataclass
class Certificate:
    """A self-signed certificate and its key, as files."""

    file: Path
    key: Path

    @property
    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


def make_certificate(folder: Path, name: str, alternatives: str, *options: str) -> Certificate:
    certificate = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(certificate.key), "-out", str(certificate.file), "-subj", f"/CN={name}"]
    command += ["-addext", f"subjectAltName={alternatives}", *options]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return certificate


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "local", "DNS:localhost,IP:127.0.0.1", "-days", "2")


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "elsewhere", "DNS:elsewhere.test", "-days", "2")


async def delivered(server: Server, client: Client, url: str) -> bool:
    id = await client.publish(url, b"secret", Upstash_Retries="0")
    await server.idle()
    return await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_self_signed_certificate_is_refused_and_the_options_are_named(
    server: Server, client: Client, local: Certificate
) -> None:
    async with Rogue(answers_every_request, tls=local.context) as rogue:
        error = (await failure(server, client, rogue.url))["error"]
        assert error.startswith(f"the TLS certificate of {rogue.where} is not trusted")
        assert "--ca-file" in error
        assert "--insecure" in error
        assert rogue.requests == []


async def test_self_signed_certificate_is_accepted_when_it_is_the_ca_file(serve: Serve, local: Certificate) -> None:
    server, client = await serve(ca_file=str(local.file))
    async with Rogue(answers_every_request, tls=local.context) as rogue:
        assert await delivered(server, client, f"{rogue.url}/hook")
        assert await delivered(server, client, f"https://localhost:{rogue.port}/hook")
        assert [request.body for request in rogue.requests] == [b"secret"] * 2


async def test_every_certificate_is_accepted_when_none_is_checked(
    serve: Serve, local: Certificate, elsewhere: Certificate
) -> None:
    server, client = await serve(verify_tls=False)
    for certificate in (local, elsewhere):
        async with Rogue(answers_every_request, tls=certificate.context) as rogue:
            assert await delivered(server, client, rogue.url)
            assert len(rogue.requests) == 1


async def test_ca_file_does_not_make_others_trusted(serve: Serve, local: Certificate, elsewhere: Certificate) -> None:
    server, client = await serve(ca_file=str(elsewhere.file))
    async with Rogue(answers_every_request, tls=local.context) as rogue:
        assert "is not trusted" in (await failure(server, client, rogue.url))["error"]
        assert rogue.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_trusted_certificate_of_another_host_is_refused_and_the_reason_named(
    serve: Serve, elsewhere: Certificate, host: str
) -> None:
    server, client = await serve(ca_file=str(elsewhere.file))
    async with Rogue(answers_every_request, tls=elsewhere.context) as rogue:
        error = (await failure(server, client, f"https://{host}:{rogue.port}"))["error"]
        assert error.startswith(f"the TLS certificate of {host}:{rogue.port}")
        # The file is given already: naming the option again would send the reader the wrong way.
        assert "is not trusted" not in error
        assert re.search(r"\b(host ?name|name|mismatch)\b", error)
        assert rogue.requests == []


async def test_https_to_a_port_without_tls_is_told_as_such(server: Server, client: Client) -> None:
    async with Rogue(greets_with(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")) as rogue:
        error = (await failure(server, client, f"https://{rogue.where}"))["error"]
        assert error == f"{rogue.where} speaks no TLS: it answered the handshake with something else"


async def test_http_to_a_port_with_tls_is_a_clear_failure(server: Server, client: Client, local: Certificate) -> None:
    async with Rogue(answers_every_request, tls=local.context) as rogue:
        error = (await failure(server, client, f"http://{rogue.where}"))["error"]
        assert error == f"{rogue.where} speaks https, and was sent plain http"


async def test_handshake_that_never_ends_is_a_timeout(server: Server, client: Client) -> None:
    async with Rogue(is_silent) as rogue:
        error = (await failure(server, client, f"https://{rogue.where}", Upstash_Timeout="100ms"))["error"]
        assert error == f"no answer from {rogue.where} within 0.1 s"
        await rogue.connections_finished(1)


async def test_tls_connection_is_used_again(serve: Serve, local: Certificate) -> None:
    server, client = await serve(ca_file=str(local.file))
    async with Rogue(answers_every_request, tls=local.context) as rogue:
        for _ in range(3):
            assert await delivered(server, client, rogue.url)
        assert rogue.connections == 1
