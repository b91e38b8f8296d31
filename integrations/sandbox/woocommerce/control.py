"""The switches beside the pretend shop, outside its protocol."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from .faults import Faults
from .payments import Payments
from .records import Json
from .refunding import RefundRefused
from .refunds import admin_refund
from .shop import KINDS, Shop


def blueprint(shop: Shop, payments: Payments, faults: Faults) -> Blueprint:
    """`/_control/…`: faults, refunds made elsewhere, the shop's own records."""
    switches = Blueprint("control", __name__, url_prefix="/_control")
    _add_mishaps(switches, faults)
    _add_records(switches, shop)

    @switches.post("/site")
    def site() -> ResponseReturnValue:
        """Changes settings of the site by name, for example {"header_eaten": true}."""
        try:
            shop.site = replace(shop.site, **request.get_json())
        except TypeError as error:
            return jsonify(error=str(error)), 400
        return jsonify(asdict(shop.site))

    @switches.post("/refund")
    def refund() -> ResponseReturnValue:
        return _refund_elsewhere(shop, payments, request.get_json())

    @switches.get("/refunds")
    def refunds() -> ResponseReturnValue:
        order = request.args.get("order", type=int)
        found = shop.all("refunds") if order is None else shop.refunds_of(order)
        return jsonify(found)

    @switches.post("/order")
    def order() -> ResponseReturnValue:
        return _change(shop, request.get_json())

    return switches


def _add_mishaps(switches: Blueprint, faults: Faults) -> None:
    @switches.get("/faults")
    def shown() -> ResponseReturnValue:
        return jsonify(faults.shown())

    @switches.post("/faults")
    def add() -> ResponseReturnValue:
        try:
            faults.add(request.get_json())
        except (TypeError, ValueError) as error:
            return jsonify(error=str(error)), 400
        return jsonify(faults.shown())

    @switches.delete("/faults")
    def clear() -> ResponseReturnValue:
        faults.clear()
        return jsonify([])


def _add_records(switches: Blueprint, shop: Shop) -> None:
    @switches.get("/order")
    def told() -> ResponseReturnValue:
        """The shop's own record of an order, with its notes."""
        key = request.args.get("order", 0, type=int)
        record = shop.get("orders", key)
        if record is None:
            return jsonify({}), 404
        notes = [note for note in shop.all("notes") if note["order_id"] == key]
        return jsonify({**record, "notes": notes})

    @switches.get("/kept/<kind>")
    def kept(kind: str) -> ResponseReturnValue:
        return jsonify(shop.all(kind)) if kind in KINDS else (jsonify([]), 404)

    @switches.post("/gone")
    def gone() -> ResponseReturnValue:
        """Somebody deletes a record for good: {"kind": "customers", "ref": "7"}."""
        wanted = request.get_json()
        shop.drop(str(wanted["kind"]), int(wanted["ref"]))
        return jsonify({})


def _change(shop: Shop, wanted: Any) -> ResponseReturnValue:
    """Somebody in the shop writes a `note`, or puts the order into the trash or away for good."""
    key = int(wanted["order"])
    if wanted.get("delete"):
        shop.drop("orders", key)
        return jsonify({})

    def alter(record: Json) -> None:
        record["customer_note"] = str(wanted.get("note", record["customer_note"]))
        record["status"] = str(wanted.get("status", record["status"]))
        record["date_modified_gmt"] = shop.stamp()

    changed = shop.change("orders", key, alter)
    return (jsonify({}), 404) if changed is None else jsonify({"id": key})


def _refund_elsewhere(shop: Shop, payments: Payments, wanted: Any) -> ResponseReturnValue:
    order = shop.get("orders", int(wanted["order"]))
    if order is None:
        return jsonify(error="no such order"), 404
    try:
        made = admin_refund(shop, payments, order, str(wanted["amount"]))
    except RefundRefused as refusal:
        return jsonify(error=str(refusal)), 409
    return jsonify(made)
