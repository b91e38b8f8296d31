"""From the API's words to ours. Pure functions; missing or odd values raise KeyError, TypeError
or ValueError, which the store turns into BadAnswer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugin.domain.money import Money
from plugin.domain.orders import (
    Discount,
    Fulfilment,
    FulfilmentLine,
    FulfilmentState,
    Order,
    OrderLine,
    PaymentState,
    ShipmentState,
    ShippingLine,
    Tracking,
)
from plugin.domain.people import Address, Customer

from .mapping_money import manual_gateways, payments, refunds
from .payloads import (
    AddressPayload,
    Bag,
    CustomerPayload,
    DiscountPayload,
    FulfilmentPayload,
    LinePayload,
    OrderPayload,
    ShippingPayload,
    TrackingPayload,
)
from .provinces import iso_code
from .values import allocated, maybe_moment, moment, money, paid_money, ref, taxes, web_url

_PAYMENT_STATES: Mapping[str, PaymentState] = {
    "PENDING": "pending",
    "AUTHORIZED": "authorized",
    "PAID": "paid",
    "PARTIALLY_PAID": "partially_paid",
    "PARTIALLY_REFUNDED": "partially_refunded",
    "REFUNDED": "refunded",
    "VOIDED": "voided",
    "EXPIRED": "voided",
}
_FULFILMENT_STATES: Mapping[str, FulfilmentState] = {
    "FULFILLED": "fulfilled",
    "PARTIALLY_FULFILLED": "partial",
    "FULFILLMENT_NOT_REQUIRED": "not_required",
    "ON_HOLD": "on_hold",
}
_SHIPMENT_STATES: Mapping[str, ShipmentState] = {
    "ATTEMPTED_DELIVERY": "out_for_delivery",
    "CANCELED": "cancelled",
    "CARRIER_PICKED_UP": "in_transit",
    "CONFIRMED": "pending",
    "DELAYED": "in_transit",
    "DELIVERED": "delivered",
    "FAILURE": "failed",
    "IN_TRANSIT": "in_transit",
    "LABEL_PRINTED": "pending",
    "LABEL_PURCHASED": "pending",
    "NOT_DELIVERED": "failed",
    "OUT_FOR_DELIVERY": "out_for_delivery",
    "PICKED_UP": "delivered",
    "READY_FOR_PICKUP": "pending",
    "SUBMITTED": "pending",
}
_PAID: frozenset[PaymentState] = frozenset({"paid", "partially_refunded", "refunded"})
# Shopify names a product without options by this one variant.
_NO_OPTIONS = "Default Title"

_PARTS: Mapping[str, str] = {
    "customer": "customer",
    "email": "email",
    "phone": "phone",
    "shippingAddress": "shipping_address",
    "billingAddress": "billing_address",
    "note": "note",
    "lineItems": "lines",
    "image": "images",
    "fulfillments": "fulfilments",
    "refunds": "refunds",
    "transactions": "payments",
    "discountApplications": "discounts",
    "discountCodes": "discounts",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What the order's payload does not say: its page in the shop's admin, and the parts the
    shop kept back or cut off."""

    admin_url: str = ""
    partial: tuple[str, ...] = ()


def order(payload: OrderPayload, extra: Extra | None = None) -> Order:
    """An order with everything the panel shows, in the currency the customer paid."""
    extra = extra or Extra()
    currency = payload["presentmentCurrencyCode"]
    state = _PAYMENT_STATES.get(payload["displayFinancialStatus"] or "", "pending")
    included = payload["taxesIncluded"]
    manual = manual_gateways(payload["transactions"] or ())
    shipments = tuple(fulfilment(item) for item in payload["fulfillments"] or ())
    return Order(
        ref=ref(payload["id"]),
        number=payload["name"].removeprefix("#"),
        placed_at=moment(payload["processedAt"] or payload["createdAt"]),
        updated_at=moment(payload["updatedAt"]),
        currency=currency,
        total=paid_money(payload["totalPriceSet"]),
        subtotal=_or_zero(payload["subtotalPriceSet"], currency),
        shipping_total=_or_zero(payload["totalShippingPriceSet"], currency),
        tax_total=_or_zero(payload["totalTaxSet"], currency),
        discount_total=_or_zero(payload["totalDiscountsSet"], currency),
        refunded=_or_zero(payload["totalRefundedSet"], currency),
        paid=state in _PAID,
        taxes_included=included,
        payment_state=state,
        fulfilment_state=_fulfilment_state(payload["displayFulfillmentStatus"], shipments),
        cancelled_at=maybe_moment(payload["cancelledAt"]),
        customer_ref=_ref_of(payload["customer"]),
        customer_name=_customer_name(payload),
        email=payload["email"] or "",
        phone=payload["phone"] or "",
        lines=tuple(line(item, included=included) for item in payload["lineItems"]["nodes"]),
        shipping_lines=tuple(
            _shipping(item, included=included) for item in payload["shippingLines"]["nodes"]
        ),
        fulfilments=shipments,
        payments=payments(payload["transactions"] or ()),
        refunds=refunds(payload["refunds"] or (), manual, included=included),
        discounts=_discounts(payload["discountApplications"]["nodes"], payload["discountCodes"]),
        shipping_address=maybe_address(payload["shippingAddress"]),
        billing_address=maybe_address(payload["billingAddress"]),
        note=payload["note"] or "",
        tags=tuple(payload["tags"]),
        status_url=web_url(payload["statusPageUrl"]),
        admin_url=extra.admin_url,
        partial=extra.partial,
    )


def line(payload: LinePayload, *, included: bool) -> OrderLine:
    """`total` is exact: units at their price less every discount allocated to the line (the
    API's own discounted unit price is rounded)."""
    unit = paid_money(payload["originalUnitPriceSet"])
    discount = allocated(payload["discountAllocations"], unit.currency)
    tax = taxes(payload["taxLines"], unit.currency)
    options = payload["variantTitle"] or ""
    return OrderLine(
        ref=ref(payload["id"]),
        title=payload["title"],
        options="" if options == _NO_OPTIONS else options,
        sku=payload["sku"] or "",
        quantity=payload["quantity"],
        refundable_quantity=payload["refundableQuantity"],
        unfulfilled_quantity=payload["unfulfilledQuantity"],
        total=unit * payload["quantity"] - discount,
        tax=Money.zero(unit.currency) if included else tax,
        image_url=web_url((payload["image"] or {"url": ""})["url"]),
        product_ref=_ref_of(payload["product"]),
        variant_ref=_ref_of(payload["variant"]),
        restockable=payload["restockable"],
    )


def fulfilment(payload: FulfilmentPayload) -> Fulfilment:
    return Fulfilment(
        ref=ref(payload["id"]),
        state=_shipment_state(payload),
        created_at=maybe_moment(payload["createdAt"]),
        delivered_at=maybe_moment(payload["deliveredAt"]),
        expected_at=maybe_moment(payload["estimatedDeliveryAt"]),
        tracking=tuple(_tracking(item) for item in payload["trackingInfo"]),
        lines=tuple(
            FulfilmentLine(line_ref=ref(item["lineItem"]["id"]), quantity=item["quantity"] or 0)
            for item in payload["fulfillmentLineItems"]["nodes"]
        ),
    )


def customer(payload: CustomerPayload) -> Customer:
    phone = (payload["defaultPhoneNumber"] or {"phoneNumber": ""})["phoneNumber"] or ""
    home = maybe_address(payload["defaultAddress"])
    others = (home.phone,) if home and home.phone and home.phone != phone else ()
    email = (payload["defaultEmailAddress"] or {"emailAddress": ""})["emailAddress"] or ""
    return Customer(
        ref=ref(payload["id"]),
        name=payload["displayName"],
        email=email,
        phone=phone or (others[0] if others else ""),
        other_phones=others if phone else (),
        address=home,
        note=payload["note"] or "",
        tags=tuple(payload["tags"]),
        locale=payload["locale"],
        orders_count=int(payload["numberOfOrders"]),
        spent=money(payload["amountSpent"]),
        created_at=maybe_moment(payload["createdAt"]),
        updated_at=moment(payload["updatedAt"]),
    )


def maybe_address(payload: AddressPayload | None) -> Address | None:
    if payload is None:
        return None
    return Address(
        name=payload["name"] or "",
        company=payload.get("company") or "",
        line1=payload["address1"] or "",
        line2=payload["address2"] or "",
        city=payload["city"] or "",
        province=payload["province"] or "",
        postcode=payload["zip"] or "",
        country=payload["countryCodeV2"] or "",
        phone=payload["phone"] or "",
        first_name=payload.get("firstName") or "",
        last_name=payload.get("lastName") or "",
        province_code=iso_code(payload["countryCodeV2"] or "", payload.get("provinceCode") or ""),
    )


def denied_parts(paths: Iterable[tuple[str | int, ...]]) -> tuple[str, ...]:
    """Names of the parts behind refused paths, in our words ("customer", "images")."""
    names = ([_PARTS[str(step)] for step in path if str(step) in _PARTS] for path in paths)
    return tuple(dict.fromkeys(found[-1] if found else "other" for found in names))


def _or_zero(bag: Bag | None, currency: str) -> Money:
    return paid_money(bag) if bag else Money.zero(currency)


def _ref_of(payload: Mapping[str, object] | None) -> str:
    return ref(str(payload["id"])) if payload else ""


def _customer_name(payload: OrderPayload) -> str:
    person = payload["customer"]
    if person:
        return person["displayName"]
    for place in (payload["shippingAddress"], payload["billingAddress"]):
        if place and place["name"]:
            return place["name"]
    return ""


def _shipping(payload: ShippingPayload, *, included: bool) -> ShippingLine:
    total = paid_money(payload["discountedPriceSet"])
    tax = taxes(payload["taxLines"], total.currency)
    return ShippingLine(
        ref=ref(payload["id"] or ""),
        title=payload["title"],
        total=total,
        tax=Money.zero(total.currency) if included else tax,
    )


def _tracking(payload: TrackingPayload) -> Tracking:
    return Tracking(
        company=payload["company"] or "",
        number=payload["number"] or "",
        url=web_url(payload["url"]),
    )


def _shipment_state(payload: FulfilmentPayload) -> ShipmentState:
    if payload["status"] == "CANCELLED":
        return "cancelled"
    if payload["status"] in ("ERROR", "FAILURE"):
        return "failed"
    if payload["deliveredAt"]:
        return "delivered"
    return _SHIPMENT_STATES.get(payload["displayStatus"] or "", "shipped")


def _fulfilment_state(status: str, shipments: Iterable[Fulfilment]) -> FulfilmentState:
    """Shopify stops at "fulfilled"; the parcels tell where the goods are."""
    state = _FULFILMENT_STATES.get(status, "unfulfilled")
    states = {item.state for item in shipments if item.state != "cancelled"}
    if state != "fulfilled" or not states:
        return state
    if states == {"delivered"}:
        return "delivered"
    return "in_transit" if states & {"in_transit", "out_for_delivery"} else state


def _discounts(
    applications: Iterable[DiscountPayload], codes: Iterable[str]
) -> tuple[Discount, ...]:
    found = tuple(_discount(item) for item in applications)
    named = {item.label for item in found}
    # a code that reached no line has no application, but the customer typed it
    return found + tuple(Discount(label=code) for code in codes if code not in named)


def _discount(payload: DiscountPayload) -> Discount:
    value = payload["value"]
    label = payload.get("code") or payload.get("title") or ""
    if "percentage" in value:
        return Discount(label=label, percentage=_percentage(str(value["percentage"])))
    return Discount(label=label, amount=Money.of(value["amount"], value["currencyCode"]).rounded())


def _percentage(text: str) -> str:
    """ "10.0" is "10", "12.5" stays."""
    return text.rstrip("0").rstrip(".") if "." in text else text
