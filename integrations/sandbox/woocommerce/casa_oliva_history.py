"""What happened to the seed's orders: refunds made before we came, and notes."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from integrations.sandbox.seed.shapes import Order, Refund, Seed

from .casa_oliva_orders import (
    NOTHING,
    REFUNDABLE,
    line_record,
    method,
    rate_id,
    tax_line_records,
    transaction,
)
from .records import Json
from .shop import stamp


def refund_records(seed: Seed) -> Iterable[Json]:
    for order in seed.woocommerce_orders:
        for refund in order.refunds:
            yield _refund(order, refund)


def note_records(seed: Seed) -> Iterable[Json]:
    """One about the payment, one to the customer for each parcel."""
    for order in seed.woocommerce_orders:
        payment = order.payments[0]
        if payment.paid_at:
            text = f"Payment via {method(order)[1]} ({transaction(order) or '—'})."
            yield _note(order, 1, text, stamp(payment.paid_at))
        for place, parcel in enumerate(order.shipments):
            text = f"Su pedido salió con {escape(parcel.company)}: {parcel.tracking_number}"
            yield _note(order, 2 + place, text, stamp(parcel.created_at), to_customer=True)


def _note(order: Order, place: int, text: str, at: str, *, to_customer: bool = False) -> Json:
    return {
        "id": order.id * 10 + place,
        "order_id": order.id,
        "author": "WooCommerce",
        "date_created_gmt": at,
        "note": text,
        "customer_note": to_customer,
    }


def _refund(order: Order, refund: Refund) -> Json:
    items = [_refunded(order, refund, place) for place in range(len(refund.lines))]
    tax = -sum((part.tax for part in refund.lines), NOTHING)
    whole = "full" if order.refunded >= order.total else "partial"
    return {
        "id": refund.id,
        "order_id": order.id,
        "date_created_gmt": stamp(refund.created_at),
        "amount": str(refund.amount),
        "total": str(refund.amount),
        "reason": refund.reason,
        "refunded_by": 1,
        "refunded_payment": method(order)[0] in REFUNDABLE,
        "meta_data": [{"id": refund.id, "key": "_refund_type", "value": whole}],
        "line_items": items,
        "shipping_lines": [],
        "tax_lines": tax_line_records(order, refund.id * 10 + 9, tax, NOTHING),
        "fee_lines": [],
    }


def _refunded(order: Order, refund: Refund, place: int) -> Json:
    part = refund.lines[place]
    line = next(line for line in order.lines if line.id == part.line_id)
    total, tax = str(-part.total), str(-part.tax)
    rate = rate_id(order)
    origin = "_refunded_item_id"
    return line_record(order, line) | {
        "id": refund.id * 10 + place,
        "quantity": -part.quantity,
        "subtotal": total,
        "subtotal_tax": tax,
        "total": total,
        "total_tax": tax,
        "taxes": [{"id": rate, "total": tax, "subtotal": tax}] if part.tax else [],
        "meta_data": [
            {
                "id": refund.id * 10 + place,
                "key": origin,
                "value": str(line.id),
                "display_key": origin,
                "display_value": str(line.id),
            }
        ],
    }
