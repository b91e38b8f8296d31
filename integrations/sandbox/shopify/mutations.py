"""The one mutation so far."""

from __future__ import annotations

from decimal import InvalidOperation
from typing import Any

from graphql import GraphQLResolveInfo

from .gateway import Gateway
from .idempotency import Keys, fingerprint, key_of
from .ids import gid, number
from .reads import Reads
from .refunding import checked, perform
from .scene import Scene, View
from .suggestion import Refused


class Refunds:
    """`refundCreate`, once a key and one at a time an order."""

    def __init__(self, scene: Scene, keys: Keys, gateway: Gateway) -> None:
        self._scene, self._world = scene, scene.world
        self._keys, self._gateway = keys, gateway

    def create(self, info: GraphQLResolveInfo[Any], **given: Any) -> View:
        wanted: View = given["input"]
        key, print_ = key_of(info), fingerprint(wanted)
        kept = self._keys.once(key, print_, lambda: self._run(wanted, key, print_))
        return self._payload(kept, wanted["orderId"])

    def _run(self, given: View, key: str, print_: str) -> View:
        """What is kept under the key: the refund's number, or the userErrors."""
        with self._world.order_lock(number(given["orderId"], "Order")):
            try:
                perform(self._world, self._gateway, checked(self._world, given), key, print_)
            except (Refused, InvalidOperation) as error:
                self._world.remember(key, {"fingerprint": print_, "errors": [_user_error(error)]})
        return self._world.keys[key]

    def _payload(self, kept: View, order_id: str) -> View:
        reads = Reads(self._scene)
        record = self._world.refund(kept["refund"]) if "refund" in kept else None
        return {
            "refund": record and reads.refund(None, id=gid("Refund", record.id)),
            "order": reads.order(None, id=order_id) if record else None,
            "userErrors": kept.get("errors", []),
        }


def _user_error(error: Refused | InvalidOperation) -> View:
    if isinstance(error, Refused):
        return {"field": error.field or None, "message": error.message}
    return {"field": None, "message": "Amount is not a number"}
