"""From the API's words to ours. Pure functions; odd values raise ArithmeticError, ValueError or
TypeError, which the store turns into BadAnswer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from plugin.domain.money import Money, total
from plugin.domain.orders import (
    Discount,
    Fee,
    Fulfilment,
    FulfilmentState,
    Order,
    OrderLine,
    Payment,
    PaymentState,
    ShippingLine,
    Tracking,
)

from .mapping_people import address, full_name
from .mapping_refunds import Back, order_refund, returned
from .payloads import (
    CouponPayload,
    LinePayload,
    MetaPayload,
    OrderPayload,
    RefundPayload,
)
from .values import amount, clean, maybe_moment, meta, moment, money, web_url

Gateways = Mapping[str, bool]
"""Payment methods the shop has, and whether they refund by API."""

_MANUAL = frozenset({"", "bacs", "cheque", "cod"})
_CORE_STATUSES = frozenset(
    {
        "pending",
        "processing",
        "on-hold",
        "completed",
        "cancelled",
        "refunded",
        "failed",
        "checkout-draft",
        "auto-draft",
        "trash",
    }
)
_UNPAID: Mapping[str, PaymentState] = {
    "failed": "failed",
    "cancelled": "voided",
    "refunded": "refunded",
}
_TRACKING_KEY = "_wc_shipment_tracking_items"
_STOCK_TAKEN_KEY = "_reduced_stock"
_PUT_BACK_KEY = "_restock_refunded_items"
_PARTLY_SHIPPED = "2"


def order(
    payload: OrderPayload,
    refunds: Sequence[RefundPayload] = (),
    *,
    gateways: Gateways | None = None,
    base: str = "",
) -> Order:
    """An order with its refunds (their list as the shop gives it). `gateways` None = unknown,
    then only the three that never refund by API are called manual."""
    back = returned(refunds)
    shipments = fulfilments(payload["meta_data"])
    lines = tuple(line(item, back, payload, sent=bool(shipments)) for item in payload["line_items"])
    found = _own_fields(payload, refunded_sum(payload, refunds))
    return replace(
        found,
        subtotal=total((item.total for item in lines), found.currency),
        lines=lines,
        shipping_lines=_deliveries(payload),
        fees=_fees(payload),
        fulfilments=shipments,
        payments=payments(payload, gateways),
        refunds=tuple(
            order_refund(item, found.currency, _restocked(payload, back))
            for item in _oldest_first(refunds)
        ),
        discounts=tuple(_discount(item, found.currency) for item in payload["coupon_lines"]),
        admin_url=f"{base}/wp-admin/post.php?post={payload['id']}&action=edit" if base else "",
    )


def _own_fields(payload: OrderPayload, refunded: Money) -> Order:
    """Everything that needs no list."""
    currency, person = payload["currency"], payload["billing"]
    whole = money(payload["total"], currency)
    return Order(
        ref=str(payload["id"]),
        number=payload["number"],
        placed_at=moment(payload["date_created_gmt"] or payload["date_modified_gmt"] or ""),
        updated_at=moment(payload["date_modified_gmt"] or payload["date_created_gmt"] or ""),
        currency=currency,
        total=whole,
        subtotal=Money.zero(currency),
        shipping_total=money(payload["shipping_total"], currency),
        tax_total=money(payload["total_tax"], currency),
        discount_total=money(payload["discount_total"], currency),
        refunded=refunded,
        paid=payload["date_paid_gmt"] is not None,
        payment_state=payment_state(payload, whole, refunded),
        fulfilment_state=fulfilment_state(payload, partly=_partly_shipped(payload["meta_data"])),
        cancelled_at=_cancelled_at(payload),
        customer_ref=str(payload["customer_id"] or ""),
        customer_name=full_name(person) or full_name(payload["shipping"]),
        email=person.get("email", ""),
        phone=person.get("phone", "") or payload["shipping"].get("phone", ""),
        shipping_address=address(payload["shipping"]) or address(person),
        billing_address=address(person),
        note=clean(payload["customer_note"]),
        status_text=status_text(payload["status"]),
    )


def refunded_sum(payload: OrderPayload, refunds: Sequence[RefundPayload]) -> Money:
    """What went back. The list of refunds is read after the order, so it wins where we have it;
    `total` of an order is never lowered by refunds."""
    currency = payload["currency"]
    if refunds:
        return Money(sum((amount(item["amount"]) for item in refunds), Decimal(0)), currency)
    return Money(-sum((amount(item["total"]) for item in payload["refunds"]), Decimal(0)), currency)


def line(
    payload: LinePayload, back: Mapping[int, Back], order: OrderPayload, *, sent: bool
) -> OrderLine:
    """Amounts are without tax even in shops whose prices include it; the tax stands beside."""
    currency = order["currency"]
    quantity = whole_units(payload["quantity"])
    gone = back[payload["id"]].quantity if payload["id"] in back else 0
    left = max(0, quantity - gone) if payload["quantity"] == quantity else 0
    waits = not sent and order["status"] in ("pending", "processing", "on-hold")
    variation, product = payload["variation_id"], payload["product_id"]
    return OrderLine(
        ref=str(payload["id"]),
        title=clean((variation and payload.get("parent_name")) or payload["name"]),
        options=_options(payload["meta_data"]),
        sku=payload["sku"] or "",
        quantity=quantity,
        refundable_quantity=left,
        unfulfilled_quantity=left if waits else 0,
        total=money(payload["total"], currency),
        tax=money(payload["total_tax"], currency),
        image_url=web_url((payload.get("image") or {}).get("src")),
        product_ref=str(product or ""),
        variant_ref=str(variation or product or ""),
        restockable=restockable(payload),
    )


def restockable(payload: LinePayload) -> bool:
    """Whether stock was taken for this line: only then does the shop put any back."""
    taken = meta(payload["meta_data"], _STOCK_TAKEN_KEY)
    return str(taken or "0") != "0"


def whole_units(quantity: Decimal) -> int:
    """Some shops sell 0.5 m: shown as one piece (and refundable by amount only)."""
    return int(quantity) if quantity == int(quantity) else max(1, int(quantity))


def payment_state(payload: OrderPayload, whole: Money, refunded: Money) -> PaymentState:
    """WooCommerce has no payment state: `date_paid` says that money came (nothing takes it
    away again), refunds say what went back, the status only why money never came."""
    status = payload["status"]
    if payload["date_paid_gmt"] is None:
        return _UNPAID.get(status, "pending")
    if refunded.amount > 0:
        return "refunded" if refunded >= whole else "partially_refunded"
    return "paid"


def fulfilment_state(payload: OrderPayload, *, partly: bool | None) -> FulfilmentState:
    """No shipments in the core: "completed" means handed over; a tracking plugin says more.
    `partly` None = no parcel is known."""
    status = payload["status"]
    if status == "completed":
        digital = not payload.get("needs_processing", True) and partly is None
        return "not_required" if digital and not payload["shipping_lines"] else "fulfilled"
    if partly is not None:
        return "partial" if partly else "in_transit"
    if status == "on-hold":
        return "on_hold"
    if not payload.get("needs_processing", True) and not payload["shipping_lines"]:
        return "not_required"
    return "unfulfilled"


def fulfilments(entries: Iterable[MetaPayload]) -> tuple[Fulfilment, ...]:
    """Parcels of the two common tracking plugins, which share one metadata key."""
    return tuple(_parcel(item) for item in _parcels(entries))


def payments(payload: OrderPayload, gateways: Gateways | None) -> tuple[Payment, ...]:
    """One payment at most: the method chosen last. A method that is no longer installed has no
    `ref`, as nothing can be asked of it."""
    method, paid = payload["payment_method"], payload["date_paid_gmt"] is not None
    if not method and not paid:
        return ()
    gone = bool(gateways) and method not in (gateways or {}) and method not in _MANUAL
    return (
        Payment(
            ref="" if gone else (payload["transaction_id"] or method or "none"),
            gateway=method,
            label=clean(payload["payment_method_title"]) or method,
            state="succeeded" if paid else _unpaid_state(payload["status"]),
            amount=money(payload["total"], payload["currency"]),
            at=maybe_moment(payload["date_paid_gmt"]),
            manual=gone or not refunds_by_api(method, gateways),
        ),
    )


def refunds_by_api(method: str, gateways: Gateways | None) -> bool:
    if method in _MANUAL:
        return False
    return gateways.get(method, False) if gateways else True


def status_text(status: str) -> str:
    """A custom status in plain words, "" for the shop's own eight, which have states."""
    return "" if status in _CORE_STATUSES else clean(status).replace("-", " ").capitalize()


def _cancelled_at(payload: OrderPayload) -> datetime | None:
    """The core keeps no time of it; the last change is the nearest known."""
    return maybe_moment(payload["date_modified_gmt"]) if payload["status"] == "cancelled" else None


def _oldest_first(refunds: Sequence[RefundPayload]) -> list[RefundPayload]:
    """Refunds of one second come in any order: ids tell."""
    return sorted(refunds, key=lambda item: (item["date_created_gmt"], item["id"]))


def _restocked(payload: OrderPayload, back: Mapping[int, Back]) -> set[int]:
    """Lines of which as many units were put back into stock as were returned."""
    lines = payload["line_items"]
    put_back = ((item["id"], meta(item["meta_data"], _PUT_BACK_KEY)) for item in lines)
    gone = {line_id: str(part.quantity) for line_id, part in back.items() if part.quantity}
    return {line_id for line_id, units in put_back if gone.get(line_id, "none") == str(units)}


def _deliveries(payload: OrderPayload) -> tuple[ShippingLine, ...]:
    return tuple(
        ShippingLine(
            ref=str(item["id"]),
            title=clean(item["method_title"]),
            total=money(item["total"], payload["currency"]),
            tax=money(item["total_tax"], payload["currency"]),
        )
        for item in payload["shipping_lines"]
    )


def _fees(payload: OrderPayload) -> tuple[Fee, ...]:
    return tuple(
        Fee(
            ref=str(item["id"]),
            title=clean(item["name"]),
            total=money(item["total"], payload["currency"]),
            tax=money(item["total_tax"], payload["currency"]),
        )
        for item in payload["fee_lines"]
    )


def _options(entries: Iterable[MetaPayload]) -> str:
    """What the customer chose or typed: metadata that is not hidden, text only."""
    chosen = (
        clean(entry["value"])
        for entry in entries
        if not entry["key"].startswith("_") and isinstance(entry["value"], str)
    )
    return " / ".join(value for value in chosen if value)


def _discount(payload: CouponPayload, currency: str) -> Discount:
    percent = payload.get("discount_type") == "percent"
    nominal = payload.get("nominal_amount")
    return Discount(
        label=clean(payload.get("code")),
        amount=money(payload.get("discount"), currency),
        percentage=f"{nominal.normalize():f}" if percent and nominal is not None else "",
    )


def _unpaid_state(status: str) -> Literal["pending", "failed", "voided"]:
    if status == "failed":
        return "failed"
    return "voided" if status == "cancelled" else "pending"


def _parcels(entries: Iterable[MetaPayload]) -> list[Mapping[str, object]]:
    items = meta(entries, _TRACKING_KEY)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _parcel(item: Mapping[str, object]) -> Fulfilment:
    company = _text(item, "custom_tracking_provider") or _text(item, "tracking_provider")
    number, sent = _text(item, "tracking_number"), _text(item, "date_shipped")
    whole = sent.isascii() and sent.isdigit() and len(sent) < 12
    return Fulfilment(
        ref=_text(item, "tracking_id") or number,
        state="shipped",
        created_at=datetime.fromtimestamp(int(sent), UTC) if whole else None,
        tracking=(
            Tracking(company=company, number=number, url=web_url(item.get("custom_tracking_link"))),
        ),
    )


def _partly_shipped(entries: Iterable[MetaPayload]) -> bool | None:
    states = [_text(item, "status_shipped") for item in _parcels(entries)]
    return _PARTLY_SHIPPED in states if states else None


def _text(item: Mapping[str, object], key: str) -> str:
    value = item.get(key)
    return clean(value) if isinstance(value, str) else str(value) if isinstance(value, int) else ""
