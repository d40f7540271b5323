"""Refused API calls in the test kit, most of which the application swallows."""

from __future__ import annotations

import urllib.error
import urllib.parse
from datetime import UTC, datetime, timedelta

import pytest
import qstash

from qstash_dev.testing import QStashDev, QStashDevError
from qstash_dev.testing.timeline import timeline
from tests.testing.support import NOWHERE, call, publish

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
at_new_year = pytest.mark.qstash_dev(start="2026-01-01")


def refuse(dev: QStashDev, path: str = "/v2/publish/localhost:3000", method: str = "POST", **headers: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        call(dev, method, path, b"", **headers)
    refused.value.close()


@at_new_year
def test_a_refused_call_is_shown_whole(qstash_dev: QStashDev) -> None:
    refuse(qstash_dev)
    qstash_dev.advance(3)
    refuse(qstash_dev)
    one = qstash_dev.refusals.one("/v2/publish/localhost:3000")
    assert (one.method, one.status, one.field, one.user) == ("POST", 400, "destination", "defaultUser")
    assert (one.count, one.time, one.last_time) == (2, NEW_YEAR, NEW_YEAR + timedelta(seconds=3))
    assert (one.run_id, one.credential) == (None, None)
    assert "endpoint has invalid scheme" in one.error
    assert str(one) == f"400 POST /v2/publish/localhost:3000 ×2: {one.error}"


def test_what_an_application_swallows_is_found(qstash_dev: QStashDev) -> None:
    client = qstash.QStash("wrong-token-of-the-app", base_url=qstash_dev.url, retry=False)
    with pytest.raises(qstash.errors.QStashError):
        client.message.publish_json(url=NOWHERE, body={})
    client.http._client.close()
    [one] = qstash_dev.refusals.filter(user="unknown")
    assert (one.status, one.credential) == (401, "other")
    assert "wrong-token" not in one.error


def test_refused_calls_are_filtered_and_forgotten(qstash_dev: QStashDev) -> None:
    refuse(qstash_dev)
    refuse(qstash_dev, "/v2/publish/x", Upstash_Workflow_RunId="wfr_1")
    assert [one.path for one in qstash_dev.refusals] == ["/v2/publish/localhost:3000", "/v2/publish/x"]
    assert qstash_dev.refusals.filter(run_id="wfr_1").one().path == "/v2/publish/x"
    assert len(qstash_dev.refusals.filter(status=412)) == 0
    with pytest.raises(QStashDevError, match="refusals have no field id"):
        qstash_dev.refusals.filter(id="x")
    qstash_dev.reset()
    assert len(qstash_dev.refusals) == 0


@at_new_year
def test_refused_calls_are_in_the_timeline(qstash_dev: QStashDev) -> None:
    id = publish(qstash_dev, NOWHERE, Upstash_Delay="1h")
    qstash_dev.advance(1)
    refuse(qstash_dev)
    refuse(qstash_dev)
    qstash_dev.advance(1)
    later = publish(qstash_dev, NOWHERE, Upstash_Delay="1h")
    first, second, third, *_ = timeline(qstash_dev, 30).splitlines()
    assert first.startswith(f"2026-01-01 00:00:00 CREATED   {id} ")
    start = "2026-01-01 00:00:01 REFUSED   400 POST /v2/publish/localhost:3000 ×2: invalid destination url: "
    assert second.startswith(start)
    assert third.startswith(f"2026-01-01 00:00:02 CREATED   {later} ")
    assert timeline(qstash_dev, 1).splitlines()[:2] == ["2 earlier events are left out", third]


def test_a_test_whose_only_call_was_refused_is_told_so(qstash_dev: QStashDev) -> None:
    refuse(qstash_dev, "/v2/publish/" + urllib.parse.quote("\u202eabc"))
    shown = timeline(qstash_dev, 30)
    assert " REFUSED   400 POST /v2/publish/" in shown
    assert "nothing was published" not in shown
    assert "\u202e" not in shown
