"""The requests that an SDK sends for a workflow whose endpoint is a destination of the test."""

from __future__ import annotations

import json
from typing import Any

from tests.conftest import Client

FEATURES = "LazyFetch,InitialBody,WF_DetectTrigger,WF_TriggerOnConfig"
SDK = {"Upstash-Workflow-Sdk-Version": "1", "Upstash-Workflow-Sdk": "v1.3.2"}
NON_RETRYABLE = {"Upstash-NonRetryable-Error": "true", "Upstash-Workflow-Sdk": "v1.3.2"}
Answered = tuple[int, Any]


class Workflow:
    """Submits what the SDK of the endpoint at ``url`` and its client would; answers are (status, parsed JSON)."""

    def __init__(self, client: Client, url: str) -> None:
        self.client = client
        self.url = url

    def headers(self, id: str, init: str = "false", **more: str) -> dict[str, str]:
        """The headers of a step; ``Upstash_Retries`` stands for the header with a dash."""
        return {
            "Content-Type": "application/json",
            "Upstash-Feature-Set": FEATURES,
            "Upstash-Workflow-Sdk-Version": "1",
            "Upstash-Workflow-Url": self.url,
            "Upstash-Workflow-Init": init,
            "Upstash-Workflow-RunId": id,
            "Upstash-Forward-Upstash-Workflow-Sdk-Version": "1",
        } | {name.replace("_", "-"): value for name, value in more.items()}

    def item(self, headers: dict[str, str], body: str | None, destination: str | None = None) -> dict[str, Any]:
        """An item of a batch."""
        return {"destination": destination or self.url, "headers": headers} | ({} if body is None else {"body": body})

    async def batch(self, *items: dict[str, Any]) -> Answered:
        return await self.client.call("POST", "/v2/batch", json=list(items))

    async def one(self, *item: Any) -> dict[str, Any]:
        """Submit one item that is accepted; its receipt."""
        status, payload = await self.batch(self.item(*item))
        assert status in (201, 202), payload
        [receipt] = payload
        return dict(receipt)

    async def trigger(self, id: str = "wfr_1", body: str | None = '{"name":"bob"}', **more: str) -> dict[str, Any]:
        headers = self.headers(id, "true", **({"Upstash_Forward_X_User": "uv"} | more))
        return await self.one(headers, body)

    def step_body(self, number: int, **fields: Any) -> str:
        step = {"stepId": number, "stepName": f"step-{number}", "stepType": "Run", "concurrent": 1}
        return json.dumps(step | {"out": f'"{number}"'} | fields)

    async def step(self, id: str, number: int, fields: dict[str, Any] | None = None, **more: str) -> dict[str, Any]:
        return await self.one(self.headers(id, **more), self.step_body(number, **(fields or {})))

    async def plan(self, id: str, target: int, concurrent: int, **more: str) -> dict[str, Any]:
        step = {
            "stepId": 0,
            "stepName": f"step-{target}",
            "stepType": "Run",
            "concurrent": concurrent,
            "targetStep": target,
        }
        return await self.one(self.headers(id, **more), json.dumps(step))

    def call_headers(self, id: str, number: int, **more: str) -> dict[str, str]:
        back = {"Callback": "true", "StepId": str(number), "StepName": f"step-{number}", "StepType": "Call"}
        forwarded = {f"Upstash-Callback-Forward-Upstash-Workflow-{name}": value for name, value in back.items()}
        return {
            "Upstash-Method": "PUT",
            "Upstash-Retries": "0",
            "Upstash-Feature-Set": "WF_NoDelete,InitialBody",
            "Upstash-Forward-X-Call": "v",
            "Upstash-Workflow-Init": "false",
            "Upstash-Workflow-RunId": id,
            "Upstash-Workflow-Url": self.url,
            "Upstash-Workflow-CallType": "toCallback",
            "Upstash-Callback": self.url,
            "Upstash-Callback-Feature-Set": FEATURES,
            "Upstash-Callback-Forward-Upstash-Workflow-Concurrent": "1",
            **forwarded,
        } | {name.replace("_", "-"): value for name, value in more.items()}

    async def call(self, id: str, number: int, third: str, body: str = "question", **more: str) -> dict[str, Any]:
        return await self.one(self.call_headers(id, number, **more), body, third)

    def wait_body(self, number: int, lasts: str = "20s", **fields: Any) -> dict[str, Any]:
        return {
            "url": self.url,
            "timeout": lasts,
            "timeoutUrl": self.url,
            "timeoutHeaders": {name: [value] for name, value in self.headers("wfr_1").items()},
            "step": {"stepId": number, "stepName": f"wait-{number}", "stepType": "Wait", "concurrent": 1} | fields,
        }

    async def wait(self, id: str, number: int, event: str, lasts: str = "20s", **fields: Any) -> Answered:
        body = self.wait_body(number, lasts, **fields)
        return await self.client.call("POST", f"/v2/wait/{event}", json=body, headers=self.headers(id))

    def invoke_body(self, parent: dict[str, Any], number: int, **change: Any) -> str:
        wrapper = {
            "body": '{"in":1}',
            "headers": {name: [value] for name, value in self.headers(parent["workflowRunId"]).items()},
            "workflowRunId": parent["workflowRunId"],
            "workflowRunCreatedAt": parent["workflowCreatedAt"],
            "workflowUrl": self.url,
            "step": {"stepId": number, "stepName": f"invoke-{number}", "stepType": "Invoke", "concurrent": 1},
        }
        return json.dumps(wrapper | change)

    async def invoke(self, parent: dict[str, Any], number: int, child: str = "wfr_child", **more: str) -> Answered:
        headers = self.headers(child, "true", **({"Upstash_Workflow_Invoke": "true"} | more))
        body = self.invoke_body(parent, number)
        return await self.client.call("POST", f"/v2/publish/{self.url}/child", data=body, headers=headers)

    async def end(self, id: str, result: str = "", cancel: str = "false") -> Answered:
        return await self.client.call("DELETE", f"/v2/workflows/runs/{id}?cancel={cancel}", data=result)

    async def log(self, query: str = "") -> list[dict[str, Any]]:
        """The log of all runs, or of those that the query means."""
        found: list[dict[str, Any]] = (await self.client.get(f"/v2/workflows/logs?{query}"))["runs"]
        return found

    async def run(self, id: str = "wfr_1") -> dict[str, Any]:
        """The log of the latest run of this id."""
        return (await self.log(f"workflowRunId={id}"))[0]
