"""Workflow runs in the test kit. An inbox is the endpoint, and the test sends what the SDK would."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from qstash_dev.testing import Inbox, QStashDev, QStashDevError
from tests.testing.support import NOWHERE, call

RUN = {"Upstash_Workflow_RunId": "wfr_order", "Upstash_Feature_Set": "WF_DetectTrigger,WF_TriggerOnConfig"}
SDK = {"status": 200, "headers": {"Upstash-Workflow-Sdk-Version": "1"}}


@pytest.fixture
def dev() -> Iterator[QStashDev]:
    with QStashDev(start="2026-01-01T12:00:00Z") as server:
        yield server


@pytest.fixture
def endpoint(dev: QStashDev) -> Inbox:
    return dev.inbox("workflow").respond(SDK)


def start(dev: QStashDev, url: str, **headers: str) -> None:
    call(dev, "POST", f"/v2/publish/{url}", b'{"order":42}', Upstash_Workflow_Init="true", **RUN, **headers)
    dev.wait_idle()


def step(dev: QStashDev, url: str, number: int, name: str, kind: str = "Run", **more: Any) -> None:
    fields = {"stepId": number, "stepName": name, "stepType": kind, "concurrent": 1, **more}
    headers = {"Upstash_Delay": f"{more['sleepFor']}s"} if "sleepFor" in more else {}
    body = json.dumps(fields).encode()
    call(dev, "POST", f"/v2/publish/{url}", body, Upstash_Workflow_Init="false", **RUN, **headers)
    dev.wait_idle()


def wait_for_event(dev: QStashDev, url: str, number: int, event: str) -> None:
    fields = {"stepId": number, "stepName": "paid?", "stepType": "Wait", "concurrent": 1}
    body = json.dumps({"url": url, "timeout": "7d", "timeoutUrl": url, "step": fields}).encode()
    call(dev, "POST", f"/v2/wait/{event}", body, Upstash_Workflow_Init="false", **RUN)


def delivered(endpoint: Inbox) -> list[dict[str, Any]]:
    """The log of the run as the endpoint was sent it last, bodies decoded."""
    return [json.loads(base64.b64decode(entry["body"])) for entry in endpoint.requests[-1].json]


def test_a_run_is_seen_with_its_steps_and_its_result(dev: QStashDev, endpoint: Inbox) -> None:
    start(dev, endpoint.url, Upstash_Label="shop")
    step(dev, endpoint.url, 1, "reserve", out='"reserved"')
    assert dev.runs.one("wfr_order").state == "RUN_STARTED"
    call(dev, "DELETE", "/v2/workflows/runs/wfr_order?cancel=false", b'{"sent":true}')
    run = dev.runs.filter(label="shop").one()
    assert (run.state, run.result, run.url) == ("RUN_SUCCESS", {"sent": True}, endpoint.url)
    assert [(one.name, one.type, one.state, one.out) for one in run.steps] == [
        ("init", "Initial", "STEP_SUCCESS", '{"order":42}'),
        ("reserve", "Run", "STEP_SUCCESS", '"reserved"'),
    ]
    assert run.step("reserve") == run.steps[1]
    assert run.completed_at == dev.now


def test_seven_days_of_sleep_pass_at_once(dev: QStashDev, endpoint: Inbox) -> None:
    start(dev, endpoint.url)
    step(dev, endpoint.url, 1, "nap", "SleepFor", sleepFor=7 * 86_400)
    assert len(endpoint.requests) == 1
    dev.advance("7d")
    assert [one.get("sleepFor") for one in delivered(endpoint)] == [None, 7 * 86_400]
    assert endpoint.requests[-1].signature_ok


def test_a_run_that_waits_is_notified(dev: QStashDev, endpoint: Inbox) -> None:
    start(dev, endpoint.url)
    wait_for_event(dev, endpoint.url, 1, "paid")
    assert "wfr_order to " in dev.pending()
    assert "event paid" in dev.pending()
    assert dev.notify("unpaid") == 0
    assert dev.notify("paid", {"cents": 999}) == 1
    dev.wait_idle()
    last = delivered(endpoint)[-1]
    assert (last["waitTimeout"], json.loads(base64.b64decode(last["out"]))) == (False, {"cents": 999})
    assert dev.notify("paid") == 0


def test_an_event_may_come_before_the_run_waits_for_it(dev: QStashDev, endpoint: Inbox) -> None:
    start(dev, endpoint.url)
    assert dev.notify("paid", 1, run_id="wfr_order") == 0
    wait_for_event(dev, endpoint.url, 1, "paid")
    dev.wait_idle()
    assert delivered(endpoint)[-1]["waitTimeout"] is False


def test_waiting_ends_when_its_time_is_up(dev: QStashDev, endpoint: Inbox) -> None:
    start(dev, endpoint.url)
    wait_for_event(dev, endpoint.url, 1, "paid")
    dev.advance("7d")
    assert delivered(endpoint)[-1]["waitTimeout"] is True


def test_a_run_that_goes_on_no_more_cannot_be_notified(dev: QStashDev, endpoint: Inbox) -> None:
    with pytest.raises(QStashDevError, match="there is no run wfr_order that has not ended; there are: none"):
        dev.notify("paid", run_id="wfr_order")
    start(dev, endpoint.url)
    with pytest.raises(QStashDevError, match="there is no run wfr_other that has not ended; there are: wfr_order"):
        dev.notify("paid", run_id="wfr_other")


def test_a_failed_run_says_why(dev: QStashDev) -> None:
    start(dev, NOWHERE, Upstash_Retries="0")
    run = dev.runs.one()
    assert (run.state, run.failure_reason) == ("RUN_FAILED", "connection-refused")
    assert "connection refused by 127.0.0.1:1" in run.notes[0]
    assert "no failure callback" in run.notes[1]
    assert "connection refused" in str(run)


def test_what_is_no_workflow_is_told_so(dev: QStashDev) -> None:
    start(dev, dev.inbox("plain").url)
    run = dev.runs.one()
    assert (run.state, len(dev.inbox("plain").requests)) == ("RUN_FAILED", 1)
    assert "detected a non-workflow destination" in run.notes[0]
    assert run.failure_reason == "not-a-workflow"
