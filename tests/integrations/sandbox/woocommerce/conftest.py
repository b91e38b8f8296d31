"""A recorded shop behind a gateway that waits for the test, each in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import requests
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from integrations.sandbox.serving import in_thread
from integrations.sandbox.woocommerce import create_app
from integrations.sandbox.woocommerce.shop import Shop
from tests.integrations.sandbox.woocommerce.lab import lab
from tests.integrations.sandbox.woocommerce.recordings import ADMIN_KEY, SECRET

Json = dict[str, Any]
PATIENCE = 10


@dataclass(slots=True, kw_only=True)
class Gateway:
    """Keeps what it was asked to pay. While `open` is not set, an answer waits."""

    url: str = ""
    declines: bool = False
    asked: list[Json] = field(default_factory=list)
    reached: threading.Event = field(default_factory=threading.Event)
    open: threading.Event = field(default_factory=threading.Event)

    def app(self) -> Flask:
        app = Flask(__name__)

        @app.post("/refunds")
        def refund() -> ResponseReturnValue:
            self.asked.append(request.get_json())
            self.reached.set()
            assert self.open.wait(PATIENCE)
            if self.declines:
                return jsonify(error="Refund refused by the issuer."), 402
            return jsonify(id="re_1", status="succeeded")

        return app


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The shop on a port, called over pretended https."""

    url: str
    shop: Shop

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        options.setdefault("auth", (ADMIN_KEY, SECRET))
        options.setdefault("timeout", PATIENCE)
        return requests.request(method, f"{self.url}/wp-json/wc/v3/{path}", **options)

    def refund(self, order: int, **body: Any) -> requests.Response:
        return self.call("POST", f"orders/{order}/refunds", json=body)

    def refunds(self, order: int) -> list[Json]:
        found: list[Json] = self.call("GET", f"orders/{order}/refunds").json()
        return found

    def fault(self, **fault: Any) -> None:
        answer = requests.post(f"{self.url}/_control/faults", json=fault, timeout=PATIENCE)
        answer.raise_for_status()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    pretend = Gateway()
    pretend.open.set()
    with in_thread(pretend.app()) as url:
        pretend.url = url
        yield pretend
        pretend.open.set()


@pytest.fixture
def store(gateway: Gateway) -> Iterator[Store]:
    records = lab()
    records = replace(records, site=replace(records.site, home="", https=True))
    app = create_app(gateway=gateway.url, records=records)
    shop: Shop = app.extensions["shop"]
    with in_thread(app) as url:
        yield Store(url=url, shop=shop)
