"""The pretend shop as a Flask app: the GraphQL endpoint, pictures, and the control surface."""

from __future__ import annotations

import json
import time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, cast

from flask import Flask, Response, abort, jsonify, request

from integrations.sandbox.hooks import control as hooks_control
from integrations.sandbox.keys import CLIENT_ID, CLIENT_SECRET, TOKEN
from integrations.sandbox.seed import kept_now, load, svg
from integrations.sandbox.serving import hang_up

from .addresses import Addresses
from .admin import add_admin
from .amounts import text
from .annotations import Annotations
from .book import STORE_CREDIT
from .bulk import Bulk
from .bulk_views import BulkFields, add_files
from .cancels import Cancels, Runner
from .control import add_changes, add_people
from .costs import Bucket
from .discounts import Discounts
from .drafts import Drafts
from .executor import (
    Answer,
    Invalid,
    Operation,
    execute,
    mutations,
    prepared,
    requested_cost,
    throttled,
)
from .faults import Fault, Switchboard, UnknownFault
from .gateway import Gateway
from .grants import Grants
from .hooks import Hooks
from .idempotency import Keys
from .ids import gid, loose_number, number
from .mutations import Refunds
from .oauth import add_grant_control, add_oauth
from .reads import Reads, installation
from .recent import Recent
from .records import RefundRecord
from .refunding import refund_elsewhere
from .scene import Scene
from .suggestion import Refused
from .world import World

VERSION = "2026-10"
_PATH = f"/admin/api/{VERSION}/graphql.json"
_SMALL = Decimal("1")

Drawn = dict[str, Fault]


class Shop:
    """What one process holds."""

    def __init__(
        self, state: Path | None, gateway: str, bucket: Bucket, hooks: tuple[str, str]
    ) -> None:
        self.world = World(load(kept_now(state)), state)
        self.gateway = Gateway(gateway)
        self.keys = Keys(self.world)
        self.jobs = Runner(self.world, self.gateway)
        self.bucket = bucket
        self.faults = Switchboard()
        self.hooks = Hooks(self.world, self.faults, *hooks)
        self.grants = Grants(state, CLIENT_ID, hooks[1] or CLIENT_SECRET)
        self.bulk = Bulk(self.hooks.tell)

    def answer(self, operation: Operation, base: str, *, everything: bool) -> Answer:
        """`everything`: the app may read orders of any age."""
        scene = Scene(self.world if everything else cast(World, Recent(self.world)), base)
        reads = Reads(scene)
        refunds = Refunds(scene, self.keys, self.gateway)
        root = {
            **reads.fields(),
            **BulkFields(self.bulk, reads, base).fields(),
            "currentAppInstallation": installation(self.grants.state.scopes),
            "refundCreate": refunds.create,
            **Addresses(scene).fields(),
            **Cancels(scene, self.jobs).fields(),
            **Discounts(scene).fields(),
            **Drafts(scene).fields(),
            **Annotations(scene).fields(),
        }
        return execute(operation, root, self.bucket)

    def change(self, operation: Operation) -> None:
        """Somebody else refunds a little of the order that is about to be read."""
        ids = [value for value in operation.variables.values() if isinstance(value, str)]
        order = next((number(value, "Order") for value in ids if number(value, "Order")), 0)
        book = self.world.book(order)
        if book is not None and book.refundable > 0:
            amount = min(_SMALL, book.refundable)
            refund_elsewhere(self.world, self.gateway, order, amount)


def create_app(
    state: Path | None = None,
    gateway: str = "",
    maximum: int = 2000,
    restore: int = 100,
    hooks: str = "",
    secret: str = "",
    app_url: str = "",
) -> Flask:
    """`gateway` is its base URL; `maximum` and `restore` are the bucket of the shop's plan;
    `hooks` is where the app hears webhooks, signed with `secret`; `app_url` is the app's own."""
    app = Flask(__name__)
    shop = Shop(state, gateway, Bucket(maximum, restore), (hooks, secret))
    app.extensions["hooks"] = shop.hooks
    app.extensions["world"] = shop.world
    app.register_blueprint(hooks_control(shop.hooks.courier))

    @app.post(_PATH)
    def graphql() -> Response:
        return _graphql(shop)

    @app.get("/images/<sku>.svg")
    def image(sku: str) -> Response:
        return Response(svg(sku), mimetype="image/svg+xml")

    @app.errorhandler(404)
    def missing(_error: Exception) -> tuple[Response, int]:
        return jsonify(errors="Not Found"), 404

    add_oauth(app, shop.grants, shop.faults)
    add_grant_control(app, shop.grants, shop.hooks.tell)
    shop.grants.app_url = app_url
    add_admin(app, shop.grants, shop.hooks.tell)
    _add_control(app, shop)
    add_changes(app, shop.world, shop.hooks)
    add_people(app, shop.world, shop.hooks)
    add_files(app, shop.bulk)
    return app


def _graphql(shop: Shop) -> Response:
    body = request.get_json(silent=True)
    operation, problem = _operation(body)
    drawn = _draw(shop, operation)
    refused = _before(shop, drawn, operation)
    if refused is not None:
        return refused
    token = request.headers.get("X-Shopify-Access-Token", "")
    if token != TOKEN and not shop.grants.accepts(token):
        return _unauthorised()
    if not isinstance(body, dict) or not body.get("query"):
        return _json({"errors": {"query": "Required parameter missing or invalid"}}, 400)
    if operation is None:
        return _json({"errors": [error.formatted for error in problem.errors]})
    everything = token == TOKEN or "read_all_orders" in shop.grants.state.scopes
    answer = shop.answer(operation, request.host_url.rstrip("/"), everything=everything)
    return _after(drawn) or _json(answer)


def _operation(body: Any) -> tuple[Operation | None, Invalid]:
    if not isinstance(body, dict):
        return None, Invalid()
    try:
        return prepared(body), Invalid()
    except Invalid as error:
        return None, error


def _draw(shop: Shop, operation: Operation | None) -> Drawn:
    names = operation.roots if operation else frozenset()
    changes = names & mutations()
    kind = "read" if not changes else "refund" if "refundCreate" in changes else min(changes)
    return shop.faults.draw(kind, reads_order="order" in names)


def _before(shop: Shop, drawn: Drawn, operation: Operation | None) -> Response | None:
    """The faults that answer before anything is done."""
    if "latency" in drawn:
        time.sleep(drawn["latency"].seconds)
    if "down" in drawn or "drop_before" in drawn:
        return _nothing()
    if "error_before" in drawn:
        return _broken()
    if "html" in drawn:
        page = "<!doctype html><title>Attention required</title><h1>Checking your browser</h1>"
        return Response(page, 403, mimetype="text/html")
    if "bad_token" in drawn:
        return _unauthorised()
    if "throttled" in drawn:
        cost = requested_cost(operation) if operation else 1
        return _json(throttled(shop.bucket, cost))
    if "changed" in drawn and operation is not None:
        shop.change(operation)
    return None


def _after(drawn: Drawn) -> Response | None:
    """The faults that hide or keep back an answer that is already true."""
    if "late_answer" in drawn:
        time.sleep(drawn["late_answer"].seconds)
    if "drop_after" in drawn:
        return _nothing()
    return _broken() if "error_after" in drawn else None


def _nothing() -> Response:
    hang_up(request.environ)
    return Response()


def _broken() -> Response:
    return _json({"errors": "Internal Server Error"}, 502)


def _unauthorised() -> Response:
    reason = "[API] Invalid API key or access token (unrecognized login or wrong password)"
    return _json({"errors": reason}, 401)


def _json(content: Any, status: int = 200) -> Response:
    answer = Response(json.dumps(content), status, mimetype="application/json")
    answer.headers["X-Shopify-API-Version"] = VERSION
    return answer


# -- control, outside Shopify's protocol


def _add_control(app: Flask, shop: Shop) -> None:
    @app.get("/_control/faults")
    def faults() -> Response:
        return jsonify(shop.faults.listed())

    @app.post("/_control/faults")
    def add_fault() -> Response:
        try:
            shop.faults.add(request.get_json())
        except UnknownFault as error:
            return _json({"error": str(error)}, 400)
        return jsonify(shop.faults.listed())

    @app.delete("/_control/faults")
    def clear_faults() -> Response:
        shop.faults.clear()
        return jsonify([])

    @app.post("/_control/refund")
    def refund() -> Response:
        wanted = request.get_json()
        try:
            order, amount = loose_number(str(wanted["order"])), Decimal(str(wanted["amount"]))
            record = refund_elsewhere(shop.world, shop.gateway, order, amount)
        except (Refused, InvalidOperation) as error:
            return _json({"error": str(error)}, 409)
        return jsonify(_shown(shop, record))

    @app.get("/_control/refunds")
    def refunds() -> Response:
        book = shop.world.book(loose_number(request.args.get("order", "")))
        if book is None:
            abort(404)
        return jsonify([_shown(shop, record) for record in book.refunds])


def _shown(shop: Shop, record: RefundRecord) -> dict[str, Any]:
    book = shop.world.book(record.order_id)
    return {
        "id": gid("Refund", record.id),
        "order": gid("Order", record.order_id),
        "amount": text(record.total),
        "currency": book.order.currency if book else "",
        "note": record.note,
        "created_at": record.created_at.isoformat(),
        "transactions": [
            {
                "payment": item.parent_id or STORE_CREDIT,
                "status": item.status,
                "amount": text(item.amount),
            }
            for item in record.transactions
        ],
    }
