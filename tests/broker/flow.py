"""The part of a workflow SDK: the requests that it sends, and the answers of its endpoint."""

from __future__ import annotations

import base64
import json
from typing import Any

from qstash_dev.broker.broker import Broker
from qstash_dev.broker.workflows.events import ResumedRun
from qstash_dev.broker.workflows.runs import RunReceipt
from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.result import DeliveryResult
from qstash_dev.protocol.workflow import workflow_headers
from qstash_dev.state.message import Message
from qstash_dev.state.run import NoteKind, Run
from tests.broker.world import World, answer
from tests.conftest import NOON_MS

WORKFLOW = "https://example.com/workflow"
FAILED = "https://example.com/failed"
THIRD = "https://third.example/api"
FEATURES = "LazyFetch,InitialBody,WF_DetectTrigger,WF_TriggerOnConfig"
STEP = {
    "Content-Type": "application/json",
    "Upstash-Feature-Set": FEATURES,
    "Upstash-Workflow-Sdk-Version": "1",
    "Upstash-Workflow-Url": WORKFLOW,
    "Upstash-Forward-Upstash-Workflow-Sdk-Version": "1",
}
FAILURE = {
    "Upstash-Failure-Callback": FAILED,
    "Upstash-Failure-Callback-Feature-Set": FEATURES,
    "Upstash-Failure-Callback-Forward-X-User": "uv",
    "Upstash-Failure-Callback-Forward-Upstash-Workflow-Is-Failure": "true",
    "Upstash-Failure-Callback-Forward-Upstash-Workflow-Failure-Callback": "true",
}
ACCEPTED = answer(200, Upstash_Workflow_Sdk_Version="1", Upstash_Workflow_Sdk="v1.3.2")
FINAL = answer(489, b'{"message":"no"}', Upstash_Nonretryable_Error="true")
Headers = dict[str, str]


def entries(message: Message) -> list[Any]:
    """What a message delivers, decoded: JSON where it is JSON."""
    return [_decoded(entry["body"]) for entry in json.loads(message.delivered_body)]


def call_types(message: Message) -> list[str]:
    return [entry["callType"] for entry in json.loads(message.delivered_body)]


def headers_of(message: Message) -> Headers:
    return dict(message.publication.options.headers)


def report(message: Message) -> Any:
    """The body of a message that reports on another one."""
    return json.loads(message.delivered_body)


def _decoded(text: str) -> Any:
    body = base64.b64decode(text)
    try:
        return json.loads(body)
    except ValueError:
        return body


class Flow(World):
    """A world with workflows in it."""

    def submit(self, headers: Headers, body: bytes = b"", destination: str = WORKFLOW) -> RunReceipt:
        """Publish something for a run."""
        pairs = list(headers.items())
        workflow = workflow_headers(pairs)
        assert workflow is not None
        publication = Publication(destination, body, parse_options(pairs), "127.0.0.1")
        self.broker.publisher.check(self.tenant, [publication], self.now_ms)
        return self.broker.workflows.prepare(self.tenant, publication, workflow, self.now_ms)()

    def message(self, receipt: RunReceipt) -> Message:
        return self.tenant.messages[receipt.message_id]

    def trigger(self, id: str = "wfr_1", body: bytes = b'{"name":"bob"}', **more: str) -> tuple[Run, Message]:
        """Start a run as the SDK's client does; ``Upstash_Retries`` stands for the header with a dash."""
        receipt = self.submit(self.init(id) | _named(more), body)
        assert not receipt.deduplicated
        return receipt.run, self.message(receipt)

    def init(self, id: str) -> Headers:
        """The headers of a trigger."""
        return STEP | {"Upstash-Workflow-Init": "true", "Upstash-Workflow-RunId": id, "Upstash-Forward-X-User": "uv"}

    def headers(self, run: Run) -> Headers:
        """The headers of a step."""
        return STEP | {"Upstash-Workflow-Init": "false", "Upstash-Workflow-RunId": run.id}

    def step(self, run: Run, id: int, fields: dict[str, Any] | None = None, **more: str) -> Message:
        """Submit a step; its message."""
        return self.message(self.step_receipt(run, id, fields, **more))

    def step_receipt(self, run: Run, id: int, fields: dict[str, Any] | None = None, **more: str) -> RunReceipt:
        body = {"stepId": id, "stepName": f"step-{id}", "stepType": "Run", "concurrent": 1, "out": f'"{id}"'}
        return self.submit(self.headers(run) | _named(more), json.dumps(body | (fields or {})).encode())

    def plan(self, run: Run, target: int, concurrent: int, type: str = "Run", **more: str) -> Message:
        """Announce one branch of a parallel group."""
        fields = {"stepName": f"step-{target}", "stepType": type, "concurrent": concurrent, "targetStep": target}
        return self.step(run, 0, fields, **more)

    def call(self, run: Run, id: int, body: bytes = b"question", **more: str) -> Message:
        """Call a third party; the message that calls it."""
        return self.message(self.call_receipt(run, id, body, **more))

    def call_receipt(self, run: Run, id: int, body: bytes = b"question", **more: str) -> RunReceipt:
        headers = {
            "Content-Type": "text/plain",
            "Upstash-Method": "PUT",
            "Upstash-Retries": "0",
            "Upstash-Feature-Set": "WF_NoDelete,InitialBody",
            "Upstash-Forward-X-Call": "v",
            "Upstash-Workflow-Init": "false",
            "Upstash-Workflow-RunId": run.id,
            "Upstash-Workflow-Url": WORKFLOW,
            "Upstash-Workflow-CallType": "toCallback",
            "Upstash-Callback": WORKFLOW,
            "Upstash-Callback-Feature-Set": FEATURES,
            "Upstash-Callback-Workflow-RunId": run.id,
            "Upstash-Callback-Workflow-CallType": "fromCallback",
            "Upstash-Callback-Forward-Upstash-Workflow-Callback": "true",
            "Upstash-Callback-Forward-Upstash-Workflow-StepId": str(id),
            "Upstash-Callback-Forward-Upstash-Workflow-StepName": f"step-{id}",
            "Upstash-Callback-Forward-Upstash-Workflow-StepType": "Call",
            "Upstash-Callback-Forward-Upstash-Workflow-Concurrent": "1",
        }
        return self.submit(headers | _named(more), body, THIRD)

    def wait(self, run: Run, id: int, event_id: str, timeout: str = "20s", **fields: Any) -> None:
        """Let the run wait for an event."""
        headers = self.headers(run)
        request = {
            "url": WORKFLOW,
            "timeout": timeout,
            "timeoutUrl": WORKFLOW + "/late",
            "timeoutHeaders": {name: [value] for name, value in headers.items()},
            "step": {"stepId": id, "stepName": f"wait-{id}", "stepType": "Wait", "concurrent": 1} | fields,
        }
        secrets = {"Authorization": "Bearer x", "Host": "localhost", "Connection": "close"}
        self.broker.waits.wait(self.tenant, event_id, request, (headers | secrets).items(), self.now_ms)

    def notify(self, event_id: str, data: bytes = b'{"n":1}') -> list[ResumedRun]:
        return self.broker.waits.resume(
            *self.broker.waits.waiting(self.tenant, event_id, data, self.now_ms), self.now_ms
        )

    def invoke(self, parent: Run, id: int, child: str = "wfr_child", **more: str) -> tuple[Run, Message]:
        """Start another run that returns to this one; the child and its first message."""
        receipt = self.invoke_receipt(parent, id, child, **more)
        return receipt.run, self.message(receipt)

    def invoke_receipt(self, parent: Run, id: int, child: str = "wfr_child", **more: str) -> RunReceipt:
        headers = self.init(child) | FAILURE | {"Upstash-Workflow-Invoke": "true"} | _named(more)
        wrapper = {
            "body": '{"in":1}',
            "headers": {name: [value] for name, value in self.headers(parent).items()},
            "workflowRunId": parent.id,
            "workflowRunCreatedAt": parent.created_ms,
            "workflowUrl": WORKFLOW,
            "step": {"stepId": id, "stepName": f"invoke-{id}", "stepType": "Invoke", "concurrent": 1},
        }
        return self.submit(headers, json.dumps(wrapper).encode(), WORKFLOW + "/child")

    def accept(self, *messages: Message) -> None:
        """The endpoint answers as one with the SDK does."""
        for message in messages:
            self.finish(message, ACCEPTED)

    def end(self, run: Run, response: str | None = '"done"') -> None:
        """The route returns."""
        self.broker.finisher.finish(run, response, self.now_ms)

    def give_up(self, message: Message, result: DeliveryResult = FINAL) -> None:
        """The endpoint fails for good."""
        self.finish(message, result)

    def latest(self, run: Run) -> Message:
        """The message of the last entry of a run."""
        return self.message_at(run, -1)

    def message_at(self, run: Run, at: int) -> Message:
        """The message of an entry of a run."""
        message = run.entries[at].message
        assert message is not None
        return message

    def notes(self, run: Run) -> str:
        """The notes of a run, but those which say that it waits."""
        return "\n".join(note.text for note in run.notes if note.kind is not NoteKind.WAITS)


def make_flow(config: Config | None = None) -> Flow:
    """A world of its own, with other settings."""
    broker = Broker(config or Config())
    return Flow(broker, broker.tenants.all()[0], FrozenClock(NOON_MS))


def _named(more: dict[str, str]) -> Headers:
    return {name.replace("_", "-"): value for name, value in more.items()}
