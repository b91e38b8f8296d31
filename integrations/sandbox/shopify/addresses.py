"""Mutations around an order's address: the order, holds on its goods, the customer's own."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from integrations.sandbox.seed.shapes import Address

from . import waiting
from .book import Book
from .ids import gid, number
from .reads import Reads
from .scene import Scene, View
from .suggestion import Refused

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MOST_HOLDS = 10
_FIELDS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "company": "company",
    "address1": "line1",
    "address2": "line2",
    "city": "city",
    "provinceCode": "province_code",
    "zip": "postcode",
    "countryCode": "country",
    "phone": "phone",
}


class Addresses:
    """Every field a mutation of this kind can begin with."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._world = scene, scene.world

    def fields(self) -> View:
        return {
            "orderUpdate": self.update,
            "fulfillmentOrderHold": self.hold,
            "fulfillmentOrderReleaseHold": self.release,
            "customerAddressUpdate": self.change_home,
            "customerAddressCreate": self.change_home,
        }

    def update(self, _info: Any, **given: Any) -> View:
        wanted: View = given["input"]
        order_id = number(wanted["id"], "Order")
        try:
            changes = self._changes(self._world.book(order_id), wanted)
        except Refused as error:
            return {"order": None, "userErrors": [user_error(error)]}
        waiting.keep_marks(self._world, order_id, wanted.get("metafields") or [])
        self._world.change_order(order_id, changes)
        order = Reads(self._scene).order(None, id=wanted["id"])
        return {"order": order, "userErrors": []}

    def _changes(self, book: Book | None, wanted: View) -> View:
        if book is None:
            raise Refused("Order does not exist", "id")
        names = [name for name in ("email", "phone", "note") if name in wanted]
        changes: View = {name: wanted[name] or "" for name in names}
        if changes.get("email") and not _EMAIL.fullmatch(changes["email"]):
            raise Refused("Email is invalid", "email")
        if changes.get("phone") and not changes["phone"].startswith("+"):
            raise Refused("Phone is invalid", "phone")
        if "tags" in wanted:
            changes["tags"] = sorted(wanted["tags"] or [])
        if wanted.get("shippingAddress"):
            changes["shipping"] = asdict(self.address(wanted["shippingAddress"]))
        return changes

    def address(self, given: View) -> Address:
        """The whole of it: what is not sent is empty afterwards."""
        known = {_FIELDS[name]: str(value or "") for name, value in given.items()}
        if not known.get("country"):
            raise Refused("Country is required", "shippingAddress", "countryCode")
        if not known.get("line1") or not known.get("city"):
            raise Refused("Address is incomplete", "shippingAddress")
        code = known.get("province_code", "")
        return Address(**known, province=self._province(known["country"], code))

    def _province(self, country: str, code: str) -> str:
        places = [order.shipping for order in self._world.orders.values()]
        named = {(place.country, place.province_code): place.province for place in places}
        return named.get((country, code), code)

    def hold(self, _info: Any, **given: Any) -> View:
        wanted, book = given["fulfillmentHold"], self._waiting(given["id"])
        if book is None:
            return _not_held("Fulfillment order does not exist.", "FULFILLMENT_ORDER_NOT_FOUND")
        known = waiting.holds(self._world, book.order.id)
        handle = wanted.get("handle") or ""
        if any(hold["handle"] == handle for hold in known):
            return _not_held("Handle is taken.", "DUPLICATE_FULFILLMENT_HOLD_HANDLE")
        if len(known) >= _MOST_HOLDS:
            return _not_held("Too many holds.", "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED")
        if waiting.state(self._world, book) == "CLOSED":
            return _not_held("The fulfillment order is not in a holdable state.", "TAKEN")
        hold = {"id": self._world.new_id(), "order": book.order.id, "handle": handle}
        hold |= {"reason": wanted["reason"], "notes": wanted.get("reasonNotes") or ""}
        self._world.keep("hold", str(hold["id"]), hold)
        return {
            "fulfillmentHold": waiting.hold_view(hold),
            "fulfillmentOrder": waiting.view(self._world, book),
            "userErrors": [],
        }

    def release(self, _info: Any, **given: Any) -> View:
        book = self._waiting(given["id"])
        if book is None:
            message = "Fulfillment order does not exist."
            error = {"code": "FULFILLMENT_ORDER_NOT_FOUND", "field": ["id"], "message": message}
            return {"fulfillmentOrder": None, "userErrors": [error]}
        chosen = given.get("holdIds")
        for hold in waiting.holds(self._world, book.order.id):
            if chosen is None or gid("FulfillmentHold", hold["id"]) in chosen:
                self._world.keep("hold", str(hold["id"]), None)
        return {"fulfillmentOrder": waiting.view(self._world, book), "userErrors": []}

    def _waiting(self, identity: str) -> Book | None:
        order_id, left = divmod(number(identity, "FulfillmentOrder"), 10)
        return self._world.book(order_id) if left == waiting.waiting_id(0) else None

    def change_home(self, _info: Any, **given: Any) -> View:
        """Customers of this shop have one address; it is the default one."""
        person_id = number(given["customerId"], "Customer")
        person = self._world.customers.get(person_id)
        if person is None:
            return {"address": None, "userErrors": [user_error(Refused("Customer does not exist"))]}
        if "addressId" in given and number(given["addressId"], "MailingAddress") != person_id:
            return {"address": None, "userErrors": [user_error(Refused("Address does not exist"))]}
        try:
            home = self.address(given["address"])
        except Refused as error:
            return {"address": None, "userErrors": [user_error(error)]}
        self._world.change_person(person_id, {"address": asdict(home)})
        return {"address": {"id": gid("MailingAddress", person_id)}, "userErrors": []}


def user_error(error: Refused) -> View:
    return {"field": error.field or None, "message": error.message}


def _not_held(message: str, code: str) -> View:
    error = {"code": code, "field": ["id"], "message": message}
    return {"fulfillmentHold": None, "fulfillmentOrder": None, "userErrors": [error]}
