"""Where an order may still be sent to: checks, the plan, the mutations' inputs. Pure.

The platform does not price an order anew when its address changes: totals stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from plugin.domain.addresses import AddressChoice, AddressPlan, AddressReceipt
from plugin.domain.identity import normal_phone
from plugin.domain.orders import Order
from plugin.domain.people import Address
from plugin.errors import Conflict, InvalidInput, Unsupported
from plugin.ports.store import Capability

from .mapping import maybe_address
from .marks import mark
from .payloads_changes import AddressedOrder, FulfilmentOrderPayload
from .provinces import own_code
from .values import gid, moment, paid_money, ref

_GONE = {
    "fulfilled": "address_order_sent",
    "in_transit": "address_order_sent",
    "delivered": "address_order_sent",
    "not_required": "address_not_needed",
}
_ASKED_FOR = ("SUBMITTED", "ACCEPTED", "CANCELLATION_REQUESTED")


def capability(order: Order) -> Capability:
    """Whether the shipping address can be changed now; e-mail and phone always can."""
    reason = _obstacle(order)
    return Capability(name="address", available=not reason, reason=reason)


def _obstacle(order: Order) -> str:
    if order.cancelled_at:
        return "address_order_cancelled"
    return _GONE.get(order.fulfilment_state, "")


def plan(order: Order, payload: AddressedOrder, choice: AddressChoice) -> AddressPlan:
    """The preview. Raises InvalidInput("nothing_changes"), Unsupported, Conflict
    ("order_changed")."""
    if moment(payload["updatedAt"]) != order.updated_at:
        raise Conflict("order_changed")
    before = maybe_address(payload["shippingAddress"])
    after = None if choice.address == before else choice.address
    email = None if choice.email == order.email else choice.email
    phone = None if choice.phone == order.phone else choice.phone
    person = payload["customer"] if choice.default_too and choice.address else None
    if after is None and email is None and phone is None and person is None:
        raise InvalidInput("nothing_changes")
    reason = _obstacle(order)
    if after is not None and reason:
        raise Unsupported(reason)
    waiting = payload["fulfillmentOrders"]["nodes"] if after is not None else ()
    return AddressPlan(
        order_ref=order.ref,
        order_number=order.number,
        order_version=order.updated_at.isoformat(),
        order_state=order.state,
        address_before=before,
        address_after=choice.address if person else after,
        email_before=order.email,
        email_after=email,
        phone_before=order.phone,
        phone_after=phone,
        total_before=order.total,
        total_after=order.total,
        tax_before=order.tax_total,
        tax_after=order.tax_total,
        holds=tuple(ref(item["id"]) for item in waiting if _can(item, "HOLD")),
        customer_ref=ref(person["id"]) if person else "",
        default_ref=_default_ref(person),
        warnings=tuple(_warnings(order, choice, waiting)),
    )


def _default_ref(person: Mapping[str, object] | None) -> str:
    if person is None:
        return ""
    home = person["defaultAddress"]
    return ref(str(home["id"])) if isinstance(home, dict) else "new"


def _can(item: FulfilmentOrderPayload, action: str) -> bool:
    return any(entry["action"] == action for entry in item["supportedActions"])


def _warnings(
    order: Order, choice: AddressChoice, waiting: Sequence[FulfilmentOrderPayload]
) -> Iterator[str]:
    if order.fulfilment_state == "partial" and choice.address:
        yield "address_partly_sent"
    busy = (
        item["requestStatus"] in _ASKED_FOR or item["status"] == "IN_PROGRESS" for item in waiting
    )
    if any(busy):
        yield "address_in_preparation"
    if waiting and not any(_can(item, "HOLD") for item in waiting):
        yield "address_not_held"
    if choice.default_too and not order.customer_ref:
        yield "address_no_customer"


def update_input(plan: AddressPlan, reference: str) -> Mapping[str, object]:
    """Only what changes; an address is always whole, as the platform overwrites all of it."""
    entry: dict[str, object] = {
        "id": gid("Order", plan.order_ref),
        "metafields": [mark(reference, "address")],
    }
    if plan.address_after is not None:
        entry["shippingAddress"] = address_input(plan.address_after)
    if plan.email_after is not None:
        entry["email"] = plan.email_after
    if plan.phone_after is not None:
        entry["phone"] = _dialable(plan)
    return entry


def _dialable(plan: AddressPlan) -> str:
    """The platform takes E.164 alone; what cannot be one goes as it was typed, to be refused."""
    place = plan.address_after or plan.address_before
    typed = plan.phone_after or ""
    return normal_phone(typed, place.country if place else "") or typed


def address_input(address: Address) -> Mapping[str, object]:
    first, last = address.names
    return {
        "firstName": first,
        "lastName": last,
        "company": address.company,
        "address1": address.line1,
        "address2": address.line2,
        "city": address.city,
        "provinceCode": own_code(address.country, address.province_code)
        or address.province
        or None,
        "zip": address.postcode,
        "countryCode": address.country,
        "phone": address.phone,
    }


def hold_input(reference: str) -> Mapping[str, object]:
    """`handle` is how the hold is found again."""
    return {
        "reason": "INCORRECT_ADDRESS",
        "reasonNotes": f"[{reference}]",
        "handle": reference,
        "notifyMerchant": False,
    }


def holds_of(payload: AddressedOrder, reference: str) -> Mapping[str, Sequence[str]]:
    """Ids of the holds that are ours, by fulfilment order."""
    found = {
        item["id"]: [hold["id"] for hold in item["fulfillmentHolds"] if hold["handle"] == reference]
        for item in payload["fulfillmentOrders"]["nodes"]
    }
    return {order_id: ids for order_id, ids in found.items() if ids}


def receipt(plan: AddressPlan, order: AddressedOrder, reference: str) -> AddressReceipt:
    """From an order as the mutation or a reading gives it."""
    return AddressReceipt(
        order_ref=plan.order_ref,
        reference=reference,
        changed_at=moment(order["updatedAt"]),
        address=maybe_address(order["shippingAddress"]),
        email=order["email"] or "",
        phone=order["phone"] or "",
        total=paid_money(order["totalPriceSet"]),
    )
