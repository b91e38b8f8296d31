"""The part of a shop that changes where an order goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

from plugin.domain.addresses import AddressChoice, AddressPlan, AddressReceipt
from plugin.errors import BadAnswer, MostradorError, NotFound, OutcomeUnknown

from . import addressing
from .marks import mark_key
from .opened import Opened
from .orders import readable
from .payloads_changes import AddressedOrder
from .values import gid, ref

_NO_MARK = "none"


class Addresses(Opened):
    """See plugin.ports.changes."""

    def plan_address(self, choice: AddressChoice) -> AddressPlan:
        order = self._read_order(choice.order_ref, hurried=True)
        variables = {"id": gid("Order", order.ref), "key": _NO_MARK}
        payload = self._hurried.read("order_address", variables).data.get("order")
        if payload is None:
            raise NotFound("order_not_found")
        with readable():
            return addressing.plan(order, payload, choice)

    def change_address(self, plan: AddressPlan, *, key: str, reference: str) -> AddressReceipt:
        try:
            self._hold(plan, reference)
            variables = {"input": addressing.update_input(plan, reference)}
            made = self._client.write("order_update", "orderUpdate", "order", variables)
            receipt = _receipt(plan, made, reference)
        except BaseException:
            # whatever happened, nothing of this shop stands still because of us
            self._release_all(plan, reference)
            raise
        left = self._release_all(plan, reference)
        return replace(receipt, held=left, default=self._change_default(plan))

    def find_address(self, plan: AddressPlan, reference: str) -> AddressReceipt | None:
        payload = self._addressed(plan, reference)
        with readable():
            left = self._release(addressing.holds_of(payload, reference))
            if payload["mark"] is None:
                return None
            receipt = addressing.receipt(plan, payload, reference)
        return replace(receipt, held=left, default="unknown" if plan.default_ref else "not_asked")

    def _addressed(self, plan: AddressPlan, reference: str) -> AddressedOrder:
        variables = {"id": gid("Order", plan.order_ref), "key": mark_key(reference)}
        payload: AddressedOrder | None = self._client.read("order_address", variables).data["order"]
        if payload is None:
            raise NotFound("order_not_found")
        return payload

    def _hold(self, plan: AddressPlan, reference: str) -> None:
        """Without the right to hold, or where it fails, the address changes all the same."""
        for place in plan.holds:
            order_id = gid("FulfillmentOrder", place)
            variables = {"id": order_id, "hold": addressing.hold_input(reference)}
            with suppress(MostradorError):
                self._client.write(
                    "fulfillment_order_hold", "fulfillmentOrderHold", "fulfillmentHold", variables
                )

    def _release_all(self, plan: AddressPlan, reference: str) -> tuple[str, ...]:
        """Lets go of what carries our reference, holds with a lost answer included; gives the
        parcels that could not be let go."""
        if not plan.holds:
            return ()
        try:
            payload = self._addressed(plan, reference)
            with readable():
                return self._release(addressing.holds_of(payload, reference))
        except MostradorError:
            return plan.holds

    def _release(self, held: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
        """Each is tried twice."""
        left = [place for place, ids in held.items() if not self._let_go(place, ids)]
        return tuple(ref(place) for place in left if not self._let_go(place, held[place]))

    def _let_go(self, place: str, hold_ids: Sequence[str]) -> bool:
        variables = {"id": place, "holdIds": list(hold_ids)}
        try:
            self._client.write(
                "fulfillment_order_release_hold", "fulfillmentOrderReleaseHold",
                "fulfillmentOrder", variables,
            )  # fmt: skip
        except MostradorError:
            return False
        return True

    def _change_default(
        self, plan: AddressPlan
    ) -> Literal["not_asked", "changed", "failed", "unknown"]:
        if not plan.default_ref or plan.address_after is None:
            return "not_asked"
        variables: dict[str, object] = {
            "customerId": gid("Customer", plan.customer_ref),
            "address": addressing.address_input(plan.address_after),
        }
        name, field = "customer_address_create", "customerAddressCreate"
        if plan.default_ref != "new":
            name, field = "customer_address_update", "customerAddressUpdate"
            variables["addressId"] = gid("MailingAddress", plan.default_ref)
        try:
            self._client.write(name, field, "address", variables)
        except OutcomeUnknown:
            return "unknown"
        except MostradorError:
            return "failed"
        return "changed"


def _receipt(plan: AddressPlan, made: Any, reference: str) -> AddressReceipt:
    try:
        with readable():
            return addressing.receipt(plan, made, reference)
    except BadAnswer as error:
        raise OutcomeUnknown("answer_lost", cause="order_unreadable") from error
