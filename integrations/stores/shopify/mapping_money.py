"""Payments and refunds from an order's transactions. Pure, like mapping.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from plugin.domain.money import Money
from plugin.domain.orders import OrderRefund, Payment, RefundedLine
from plugin.domain.refunds import RefundReceipt

from .payloads import RefundPayload, RefundTransaction, ReturnedLine, TransactionPayload
from .values import maybe_moment, moment, paid_money, ref, split_note

PaymentOut = Literal["pending", "succeeded", "failed", "none"]
PaymentIn = Literal["succeeded", "pending", "authorized", "failed", "voided"]

STORE_CREDIT = "shopify_store_credit"
"""The gateway of transactions that fill a customer's account."""

_MONEY_IN = ("SALE", "CAPTURE")
_HELD = ("AUTHORIZATION", "EMV_AUTHORIZATION")
_WAITING = ("PENDING", "AWAITING_RESPONSE", "UNKNOWN")
_BROKEN = ("FAILURE", "ERROR")


def manual_gateways(transactions: Iterable[TransactionPayload]) -> frozenset[str]:
    """Gateways of this order that move no money by API (cash on delivery, bank deposit)."""
    return frozenset(item["gateway"] or "" for item in transactions if item["manualPaymentGateway"])


def payments(transactions: Sequence[TransactionPayload]) -> tuple[Payment, ...]:
    """What came in, oldest first: sales and captures, and authorisations not captured yet."""
    captured = {
        item["parentTransaction"]["id"]
        for item in transactions
        if item["kind"] == "CAPTURE" and item["status"] == "SUCCESS" and item["parentTransaction"]
    }
    voided = {
        item["parentTransaction"]["id"]
        for item in transactions
        if item["kind"] == "VOID" and item["status"] == "SUCCESS" and item["parentTransaction"]
    }
    return tuple(
        _payment(item, voided=item["id"] in voided)
        for item in transactions
        if item["kind"] in _MONEY_IN or (item["kind"] in _HELD and item["id"] not in captured)
    )


def payment_label(formatted: str | None, gateway: str | None, account: str | None) -> str:
    """ "Visa •• 4242", or the gateway's name alone where there is no account number."""
    name = formatted or gateway or ""
    digits = "".join(mark for mark in account or "" if mark.isascii() and mark.isdigit())[-4:]
    return f"{name} •• {digits}".strip() if len(digits) == 4 else name


def refunds(
    payloads: Iterable[RefundPayload], manual: frozenset[str], *, included: bool
) -> tuple[OrderRefund, ...]:
    """An order's refunds, oldest first. `manual` are gateways that move no money; with
    `included` taxes are part of the totals."""
    found = (_refund(item, manual, included=included) for item in payloads)
    return tuple(sorted(found, key=lambda item: item.created_at))


def receipt(payload: RefundPayload, manual: frozenset[str] = frozenset()) -> RefundReceipt:
    """Shopify decides about a refund at once, so `state` is always final."""
    return RefundReceipt(
        ref=ref(payload["id"]),
        amount=paid_money(payload["totalRefundedSet"]),
        created_at=moment(payload["createdAt"] or ""),
        payment=money_out(payload["transactions"]["nodes"], manual),
        reference=split_note(payload["note"])[1],
        to="store_credit" if _is_credit(payload) else "original",
    )


def money_out(transactions: Iterable[RefundTransaction], manual: frozenset[str]) -> PaymentOut:
    """Did the money leave? The worst news wins, manual payments do not count."""
    moved = [item for item in transactions if not _is_manual(item, manual)]
    if not moved:
        return "none"
    states = {item["status"] for item in moved}
    if states & set(_BROKEN):
        return "failed"
    return "pending" if states & set(_WAITING) else "succeeded"


def _is_credit(payload: RefundPayload) -> bool:
    return {item["gateway"] for item in payload["transactions"]["nodes"]} == {STORE_CREDIT}


def _is_manual(item: RefundTransaction, manual: frozenset[str]) -> bool:
    return item.get("manualPaymentGateway", False) or (item["gateway"] or "") in manual


def _payment(item: TransactionPayload, *, voided: bool) -> Payment:
    return Payment(
        ref=ref(item["id"]),
        gateway=item["gateway"] or "",
        label=payment_label(item["formattedGateway"], item["gateway"], item["accountNumber"]),
        state="voided" if voided else _state_in(item),
        amount=paid_money(item["amountSet"]),
        at=maybe_moment(item["processedAt"]),
        manual=item["manualPaymentGateway"],
    )


def _state_in(item: TransactionPayload) -> PaymentIn:
    if item["status"] in _BROKEN:
        return "failed"
    if item["status"] in _WAITING:
        return "pending"
    return "authorized" if item["kind"] in _HELD else "succeeded"


def _refund(payload: RefundPayload, manual: frozenset[str], *, included: bool) -> OrderRefund:
    reason, reference = split_note(payload["note"])
    payment = money_out(payload["transactions"]["nodes"], manual)
    return OrderRefund(
        ref=ref(payload["id"]),
        total=paid_money(payload["totalRefundedSet"]),
        created_at=moment(payload["createdAt"] or ""),
        reason=reason,
        reference=reference,
        payment="credited" if payment == "succeeded" and _is_credit(payload) else payment,
        lines=tuple(
            _returned(item, included=included) for item in payload["refundLineItems"]["nodes"]
        ),
        shipping=_shipping(payload),
    )


def _returned(item: ReturnedLine, *, included: bool) -> RefundedLine:
    tax = paid_money(item["totalTaxSet"])
    return RefundedLine(
        line_ref=ref(item["lineItem"]["id"]),
        quantity=item["quantity"],
        total=paid_money(item["subtotalSet"]),
        tax=Money.zero(tax.currency) if included else tax,
        restocked=item["restocked"],
    )


def _shipping(payload: RefundPayload) -> Money | None:
    amounts = [
        paid_money(item["subtotalAmountSet"]) for item in payload["refundShippingLines"]["nodes"]
    ]
    return amounts[0] if amounts else None
