"""Refunds as the shop keeps them. Pure.

A refund is saved before the gateway is asked (`refunded_payment` false, our mark in the reason
already), and removed again if the gateway refuses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from plugin.domain.money import Money
from plugin.domain.orders import OrderRefund, RefundedLine
from plugin.domain.refunds import RefundReceipt

from .payloads import ChargePayload, LinePayload, RefundPayload
from .values import amount, clean, meta, moment, money, reference_of, split_reason

_LINE_KEY = "_refunded_item_id"


@dataclass(slots=True)
class Back:
    """What of one line of the order went back so far."""

    quantity: int = 0
    total: Decimal = Decimal(0)
    taxes: dict[int, Decimal] = field(default_factory=dict)


def returned(refunds: Iterable[RefundPayload]) -> Mapping[int, Back]:
    """By the order's line id; goods, delivery and fees alike."""
    found: dict[int, Back] = {}
    for refund in refunds:
        for item in refund["line_items"]:
            _add(found, item).quantity += abs(int(item["quantity"]))
        for charge in (*refund["shipping_lines"], *refund["fee_lines"]):
            _add(found, charge)
    return found


def order_refund(
    payload: RefundPayload, currency: str, restocked: Collection[int] = ()
) -> OrderRefund:
    """`restocked`: lines of the order whose returned units are all back in stock (the shop does
    not say which refund put them there)."""
    reference = reference_of(payload["reason"], payload["meta_data"])
    delivery = payload["shipping_lines"]
    return OrderRefund(
        ref=str(payload["id"]),
        total=money(payload["amount"], currency),
        created_at=moment(payload["date_created_gmt"]),
        reason=clean(split_reason(payload["reason"])[0]),
        reference=reference,
        payment=_payment(payload, reference),
        lines=tuple(_line(item, currency, restocked) for item in payload["line_items"]),
        shipping=_gross(delivery, currency) if delivery else None,
    )


def receipt(payload: RefundPayload, currency: str) -> RefundReceipt:
    """Ours and not paid yet means that the gateway is still at work; a stranger's without
    `refunded_payment` is a record only, no money moved by API."""
    reference = reference_of(payload["reason"], payload["meta_data"])
    return RefundReceipt(
        ref=str(payload["id"]),
        amount=money(payload["amount"], currency),
        created_at=moment(payload["date_created_gmt"]),
        payment=_payment(payload, reference),
        state="working" if reference and not payload["refunded_payment"] else "final",
        reference=reference,
    )


def _payment(payload: RefundPayload, reference: str) -> Literal["pending", "succeeded", "none"]:
    if payload["refunded_payment"]:
        return "succeeded"
    return "pending" if reference else "none"


def _line(payload: LinePayload, currency: str, restocked: Collection[int]) -> RefundedLine:
    return RefundedLine(
        line_ref=str(_line_id(payload) or ""),
        quantity=abs(int(payload["quantity"])),
        total=-money(payload["total"], currency),
        tax=-money(payload["total_tax"], currency),
        restocked=_line_id(payload) in restocked,
    )


def _gross(charges: Sequence[ChargePayload], currency: str) -> Money:
    parts = (amount(item["total"]) + amount(item["total_tax"]) for item in charges)
    return Money(-sum(parts, Decimal(0)), currency)


def _add(found: dict[int, Back], payload: ChargePayload) -> Back:
    back = found.setdefault(_line_id(payload), Back())
    back.total -= amount(payload["total"])
    for tax in payload["taxes"]:
        before = back.taxes.get(tax["id"], Decimal(0))
        back.taxes[tax["id"]] = before - amount(tax["total"])
    return back


def _line_id(payload: ChargePayload) -> int:
    """The order's line, 0 if the shop does not say."""
    text = str(meta(payload["meta_data"], _LINE_KEY) or "")
    return int(text) if text.isascii() and text.isdigit() else 0
