"""Switches outside Shopify's protocol: what people do in the admin, where the app hears of it."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, abort, jsonify, request

from .hooks import Hooks
from .ids import gid, loose_number
from .world import World


def add_changes(app: Flask, world: World, hooks: Hooks) -> None:
    """What people do in the admin, and where the app hears of it."""

    @app.post("/_control/order")
    def order() -> Response:
        wanted = request.get_json()
        number_ = loose_number(str(wanted["order"]))
        if world.book(number_) is None:
            abort(404)
        if wanted.get("delete"):
            world.remove(number_)
        else:
            world.write_note(number_, str(wanted.get("note", "")))
        return jsonify({})

    @app.get("/_control/order")
    def told() -> Response:
        """The shop's own record of an order, and what it keeps beside it."""
        number_ = loose_number(request.args.get("order", ""))
        if world.book(number_) is None:
            abort(404)
        return jsonify(world.record(number_))

    @app.post("/_control/gone")
    def gone() -> Response:
        """A record is deleted for good: {"kind": "customers", "ref": "7"}."""
        wanted = request.get_json()
        world.remove(loose_number(str(wanted["ref"])), str(wanted["kind"]))
        return jsonify({})

    @app.get("/_control/kept/<kind>")
    def kept(kind: str) -> Response:
        return jsonify(world.all_of(kind))

    @app.post("/_control/webhooks")
    def listener() -> Response:
        wanted = request.get_json()
        hooks.url, hooks.secret = wanted["url"], wanted["secret"]
        return jsonify({})


def add_people(app: Flask, world: World, hooks: Hooks) -> None:
    """What becomes of customers."""

    @app.post("/_control/accounts")
    def accounts() -> Response:
        """Which customer accounts the merchant has switched on: {"version": "CLASSIC"}."""
        world.keep("setting", "accounts", {"version": str(request.get_json()["version"])})
        return jsonify({})

    @app.post("/_control/merge")
    def merge() -> Response:
        """Two customers become one: {"kept": "7", "lost": "8"}."""
        wanted = request.get_json()
        kept, lost = loose_number(str(wanted["kept"])), loose_number(str(wanted["lost"]))
        world.merge(kept, lost)
        told: dict[str, Any] = {
            "admin_graphql_api_customer_kept_id": gid("Customer", kept),
            "admin_graphql_api_customer_deleted_id": gid("Customer", lost),
            "admin_graphql_api_job_id": None, "status": "completed", "errors": [],
        }  # fmt: skip
        hooks.tell("customers/merge", told)
        return jsonify({})
