"""The page on the Dev API lists exactly its routes."""

from __future__ import annotations

from qstash_dev.api.dev.routes import DEV_ROUTES
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.notice import NoticeKind
from qstash_dev.protocol.tokens import Credential
from qstash_dev.protocol.verdict_reason import VerdictReason
from tests.docs.pages import page, quoted


def test_the_table_names_every_route() -> None:
    named = [route for row in page("dev-api").table("Routes") for route in quoted(row[0])]
    served = [f"{method} {path.removeprefix('/_dev/')}" for method, path, *_ in DEV_ROUTES]
    assert sorted(named) == sorted(
        one.replace("{id}", "ID").replace("{kind}", "KIND").replace("{name}", "NAME") for one in served
    )


def test_every_kind_of_notice_is_told_once() -> None:
    named = [kind for row in page("dev-api").table("Notices") for kind in quoted(row[0])]
    assert named == list(NoticeKind)


def test_every_reason_is_told_once() -> None:
    named = [reason for row in page("dev-api").table("Failure reasons") for reason in quoted(row[0])]
    assert named == list(FailureReason)


def test_every_credential_is_told_once() -> None:
    named = [credential for row in page("dev-api").table("Refused calls") for credential in quoted(row[0])]
    assert named == list(Credential)


def test_every_reason_of_a_verdict_is_told_once() -> None:
    named = [reason for row in page("dev-api").table("Verdicts") for reason in quoted(row[0])]
    assert named == list(VerdictReason)
