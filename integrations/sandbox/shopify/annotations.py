"""Tags and notes of orders and customers, and the mail with an order's invoice. A tag is there
once, whatever its case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .ids import number
from .reads import Reads
from .scene import Scene, View

_LONGEST = {"Order": 40, "Customer": 255}


class Annotations:
    """Every field a mutation of this kind can begin with."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._world = scene, scene.world

    def fields(self) -> View:
        return {
            "tagsAdd": self.add,
            "tagsRemove": self.remove,
            "customerUpdate": self.update_customer,
            "orderInvoiceSend": self.send_invoice,
        }

    def update_customer(self, _info: Any, **given: Any) -> View:
        """The note alone; what else there is to change nobody here asks for."""
        wanted = given["input"]
        key = number(wanted["id"], "Customer")
        if key not in self._world.customers:
            error = {"field": ["id"], "message": "Customer does not exist"}
            return {"customer": None, "userErrors": [error]}
        at = self._world.now().isoformat()
        fields = {"note": wanted.get("note") or "", "updated_at": at}
        self._world.change_person(key, fields)
        view = Reads(self._scene).customer(None, id=wanted["id"])
        return {"customer": view, "userErrors": []}

    def send_invoice(self, _info: Any, **given: Any) -> View:
        order = self._world.orders.get(number(given["id"], "Order"))
        to = ((given.get("email") or {}).get("to") or order.email) if order else ""
        if order is None or not to:
            code = "ORDER_INVOICE_SEND_UNSUCCESSFUL"
            error = {"code": code, "field": ["id"], "message": "The invoice could not be sent"}
            return {"order": None, "userErrors": [error]}
        mail = {"id": self._world.new_id(), "kind": "invoice", "to": to, "order": order.id}
        self._world.keep("mail", str(mail["id"]), mail)
        return {"order": Reads(self._scene).order(None, id=given["id"]), "userErrors": []}

    def add(self, _info: Any, **given: Any) -> View:
        return self._change(given["id"], lambda known: _joined(known, given["tags"]), given["tags"])

    def remove(self, _info: Any, **given: Any) -> View:
        gone = {tag.strip().casefold() for tag in given["tags"]}
        return self._change(
            given["id"], lambda known: [tag for tag in known if tag.casefold() not in gone], ()
        )

    def _change(self, identity: str, made: Any, new: Iterable[str]) -> View:
        kind = "Order" if number(identity, "Order") else "Customer"
        key = number(identity, kind)
        known = (self._world.orders if kind == "Order" else self._world.customers).get(key)
        if known is None:
            return _refused("Resource does not exist")
        if any(len(tag) > _LONGEST[kind] for tag in new):
            return _refused("Tag is too long")
        tags = sorted(made(known.tags))
        if kind == "Order":
            self._world.change_order(key, {"tags": tags})
        else:
            self._world.change_person(key, {"tags": tags})
        reads = Reads(self._scene)
        view = (reads.order if kind == "Order" else reads.customer)(None, id=identity)
        return {"node": {**(view or {}), "__typename": kind}, "userErrors": []}


def _joined(known: Iterable[str], new: Iterable[str]) -> list[str]:
    tags = {tag.casefold(): tag for tag in known}
    for tag in (tag.strip() for tag in new):
        tags.setdefault(tag.casefold(), tag)
    return [tag for tag in tags.values() if tag]


def _refused(message: str) -> View:
    return {"node": None, "userErrors": [{"field": ["id"], "message": message}]}
