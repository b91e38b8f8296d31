"""Where an order may still be sent to: checks, the plan, the body of the call. Pure.

The shop checks neither country nor state, changes an order in any state, and taxes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plugin.domain.addresses import AddressChoice, AddressPlan, AddressReceipt
from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.domain.people import Address
from plugin.errors import InvalidInput, Unsupported
from plugin.ports.store import Capability

from .mapping_people import address
from .payloads import AddressPayload, OrderPayload
from .payloads_changes import TaxedOrder
from .provinces import own_code
from .taxes import Sums, TaxRules, place, sums
from .values import mark, moment, money, places

_GONE = {
    "fulfilled": "address_order_sent",
    "in_transit": "address_order_sent",
    "delivered": "address_order_sent",
    "not_required": "address_not_needed",
}


def capability(order: Order) -> Capability:
    """Whether the shipping address can be changed now; e-mail and phone always can."""
    reason = _obstacle(order)
    return Capability(name="address", available=not reason, reason=reason)


def _obstacle(order: Order) -> str:
    if order.cancelled_at or order.payment_state == "refunded":
        return "address_order_cancelled"
    return _GONE.get(order.fulfilment_state, "")


def plan(
    order: Order,
    payload: OrderPayload,
    taxed: TaxedOrder,
    choice: AddressChoice,
    rules: TaxRules | None,
) -> AddressPlan:
    """The preview. Raises InvalidInput("nothing_changes", "country_invalid"), Unsupported."""
    before = address(payload["shipping"])
    after = None if _same(before, choice.address) else choice.address
    email = None if choice.email == order.email else choice.email
    phone = None if choice.phone == payload["billing"].get("phone", "") else choice.phone
    person = order.customer_ref if choice.default_too and choice.address else ""
    if after is None and email is None and phone is None and not person:
        raise InvalidInput("nothing_changes")
    reason = _obstacle(order)
    if after is not None and reason:
        raise Unsupported(reason)
    target = choice.address if person else after
    if target is not None and not _is_country(target.country):
        raise InvalidInput("country_invalid", field="country")
    found = foretold(payload, taxed, target, rules)
    return AddressPlan(
        order_ref=order.ref,
        order_number=order.number,
        order_version=payload["date_modified_gmt"] or "",
        order_state=order.state,
        address_before=before,
        address_after=target,
        email_before=order.email,
        email_after=email,
        phone_before=payload["billing"].get("phone", ""),
        phone_after=phone,
        total_before=order.total,
        total_after=Money(found.total, order.currency) if found else None,
        tax_before=order.tax_total,
        tax_after=Money(found.tax, order.currency) if found else None,
        customer_ref=person,
        default_ref=person,
        warnings=tuple(_warnings(order, choice, found)),
    )


def _same(before: Address | None, wanted: Address | None) -> bool:
    if wanted is None or before is None:
        return wanted is before
    return shipping(wanted) == shipping(before)


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()


def _warnings(order: Order, choice: AddressChoice, found: Sums | None) -> Iterator[str]:
    if order.fulfilment_state == "partial" and choice.address:
        yield "address_partly_sent"
    if found is None:
        yield "total_unknown"
    elif found.total != order.total.amount:
        yield "total_changes_paid" if order.paid else "total_changes"
    if choice.default_too and not order.customer_ref:
        yield "address_no_customer"


def foretold(
    payload: OrderPayload, taxed: TaxedOrder, target: Address | None, rules: TaxRules | None
) -> Sums | None:
    """None where the rules cannot be read, or do not give what the order has now."""
    if rules is None:
        return None
    digits = places(payload["total"])
    billing, before = payload["billing"], payload["shipping"]
    now = sums(taxed, place(rules, before, billing), rules, digits)
    if Money(now.total, payload["currency"]) != money(payload["total"], payload["currency"]):
        return None
    after: AddressPayload = before if target is None else shipping(target)
    return sums(taxed, place(rules, after, billing), rules, digits)


def shipping(wanted: Address) -> AddressPayload:
    """All fields: what is not sent would stay."""
    first, last = wanted.names
    return {
        "first_name": first,
        "last_name": last,
        "company": wanted.company,
        "address_1": wanted.line1,
        "address_2": wanted.line2,
        "city": wanted.city,
        "state": own_code(wanted.country, wanted.province_code) or wanted.province,
        "postcode": wanted.postcode,
        "country": wanted.country,
        "phone": wanted.phone,
    }


def body(plan: AddressPlan, reference: str) -> Mapping[str, object]:
    """The call's JSON: only what changes, and our mark."""
    entry: dict[str, object] = {"meta_data": [mark(reference, "address")]}
    if plan.address_after is not None:
        entry["shipping"] = shipping(plan.address_after)
    reached = {"email": plan.email_after, "phone": plan.phone_after}
    if any(value is not None for value in reached.values()):
        entry["billing"] = {name: value for name, value in reached.items() if value is not None}
    return entry


def receipt(payload: OrderPayload, reference: str) -> AddressReceipt:
    billing = payload["billing"]
    return AddressReceipt(
        order_ref=str(payload["id"]),
        reference=reference,
        changed_at=moment(payload["date_modified_gmt"] or payload["date_created_gmt"] or ""),
        address=address(payload["shipping"]),
        email=billing.get("email", ""),
        phone=billing.get("phone", ""),
        total=money(payload["total"], payload["currency"]),
    )
