"""A newsletter in FastAPI that publishes one message for each subscriber every morning. It has no code for tests."""

from __future__ import annotations

import os
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from qstash import AsyncQStash, Receiver
from qstash.receiver import SignatureError

CRON = "CRON_TZ=Europe/Berlin 0 7 * * *"


def create_app(public_url: str, sent: list[str]) -> FastAPI:
    """``public_url`` is the address of the newsletter in production; ``sent`` collects who was written to."""
    app = FastAPI()
    qstash = AsyncQStash(os.environ["QSTASH_TOKEN"], base_url=os.environ["QSTASH_URL"])
    receiver = Receiver(
        current_signing_key=os.environ["QSTASH_CURRENT_SIGNING_KEY"],
        next_signing_key=os.environ["QSTASH_NEXT_SIGNING_KEY"],
    )
    app.state.qstash = qstash
    subscribers: list[str] = []

    async def signed(request: Request) -> None:
        """Lets only QStash through."""
        try:
            receiver.verify(
                signature=request.headers.get("upstash-signature", ""),
                body=(await request.body()).decode(),
                url=public_url + request.url.path,
            )
        except SignatureError as error:
            raise HTTPException(401, str(error)) from None

    from_qstash = Depends(signed)

    @app.post("/start")
    async def start() -> None:
        await qstash.schedule.create(schedule_id="digest", destination=f"{public_url}/jobs/digest", cron=CRON)
        await qstash.queue.upsert("mail", parallelism=2)

    @app.post("/subscribers/{name}")
    async def subscribe(name: str) -> None:
        subscribers.append(name)

    @app.post("/jobs/digest", dependencies=[from_qstash])
    async def digest(schedule_id: Annotated[str, Depends(schedule_of)]) -> dict[str, str]:
        for name in subscribers:
            await qstash.message.enqueue_json(queue="mail", url=f"{public_url}/jobs/mail", body={"to": name})
        return {"schedule": schedule_id}

    @app.post("/jobs/mail", dependencies=[from_qstash])
    async def mail(request: Request) -> None:
        body: Any = await request.json()
        sent.append(body["to"])

    return app


def schedule_of(request: Request) -> str:
    """Which schedule has sent a request."""
    return request.headers["upstash-schedule-id"]
