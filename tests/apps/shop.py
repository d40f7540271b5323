"""A shop in Flask that charges and reminds customers through QStash. It has no code for tests."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask, Response, abort, jsonify, request
from qstash import QStash, Receiver
from qstash.receiver import SignatureError


class Declined(Exception):
    """The payment provider did not take the money."""


def create_app(charge: Any, base_url: str) -> Flask:
    """``charge(order)`` asks the payment provider; ``base_url`` is where QStash reaches the shop."""
    app = Flask("shop")
    qstash = QStash(os.environ["QSTASH_TOKEN"])
    receiver = Receiver(
        current_signing_key=os.environ["QSTASH_CURRENT_SIGNING_KEY"],
        next_signing_key=os.environ["QSTASH_NEXT_SIGNING_KEY"],
    )
    app.extensions["qstash"] = qstash
    orders: dict[str, str] = {}

    @app.post("/orders")
    def order() -> tuple[Response, int]:
        number = str(len(orders) + 1)
        orders[number] = "ordered"
        qstash.message.publish_json(
            url=f"{base_url}/jobs/charge",
            body={"order": number, "amount": request.get_json()["amount"]},
            retries=3,
            failure_callback=f"{base_url}/jobs/charge-failed",
        )
        qstash.message.publish_json(url=f"{base_url}/jobs/remind", body={"order": number}, delay="7d")
        return jsonify(order=number), 202

    @app.get("/orders/<number>")
    def show(number: str) -> Response:
        return jsonify(state=orders[number])

    @app.post("/jobs/charge")
    def do_charge() -> str:
        task = verified(receiver, base_url)
        charge(task)
        orders[task["order"]] = "paid"
        return "charged"

    @app.post("/jobs/charge-failed")
    def charge_failed() -> str:
        verified(receiver, base_url)
        for number, state in orders.items():
            orders[number] = "given up" if state == "ordered" else state
        return "noted"

    @app.post("/jobs/remind")
    def remind() -> str:
        task = verified(receiver, base_url)
        if orders[task["order"]] == "paid":
            orders[task["order"]] = "reviewed"
        return "reminded"

    app.register_error_handler(Declined, lambda error: (str(error), 502))
    return app


def verified(receiver: Receiver, base_url: str) -> Any:
    """The body of a request that QStash has sent; others end here with 401."""
    try:
        receiver.verify(
            signature=request.headers.get("Upstash-Signature", ""),
            body=request.get_data(as_text=True),
            url=base_url + request.path,
        )
    except SignatureError as error:
        abort(401, str(error))
    return request.get_json()
