"""The money of the shop's suggestion: what can go back, and which payments give it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.domain.money import Money, total
from plugin.domain.orders import Order
from plugin.domain.refunds import RefundChoice, RefundPart
from plugin.errors import Conflict, InvalidInput, Unsupported

from .mapping_money import STORE_CREDIT, payment_label
from .payloads_refunds import SuggestedTransaction, SuggestionPayload
from .values import paid_money, ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """What the suggestion says about money, in the currency paid. `refundable` by API alone."""

    suggested: Money
    maximum: Money
    refundable: Money
    sources: tuple[RefundPart, ...]


def refundable(order: Order, suggestion: SuggestionPayload) -> Money:
    """What can go back by API."""
    return payments(order, suggestion).refundable


def payments(order: Order, suggestion: SuggestionPayload) -> Suggested:
    """Payments by hand give nothing."""
    manual = {payment.ref for payment in order.payments if payment.manual}
    sources = tuple(
        part
        for part in map(_source, suggestion["suggestedTransactions"])
        if part.payment_ref and part.payment_ref not in manual
    )
    maximum = paid_money(suggestion["maximumRefundableSet"])
    by_api = total((part.maximum for part in sources), order.currency)
    return Suggested(
        suggested=paid_money(suggestion["amountSet"]),
        maximum=maximum,
        refundable=min(maximum, by_api),
        sources=sources,
    )


def credit(suggestion: SuggestionPayload) -> Suggested:
    """One account takes it all, whatever it was paid by."""
    methods = suggestion["suggestedRefundMethods"]
    offered = [item for item in methods if item["__typename"] == "SuggestedStoreCreditRefund"]
    if not offered:
        raise Unsupported("store_credit_not_offered")
    suggested = paid_money(suggestion["amountSet"])
    most = paid_money(offered[0]["maximumRefundable"])
    most = min(most, paid_money(suggestion["maximumRefundableSet"]))
    part = RefundPart(
        payment_ref="", gateway=STORE_CREDIT, label="", amount=suggested, maximum=most
    )
    return Suggested(suggested=suggested, maximum=most, refundable=most, sources=(part,))


def _source(item: SuggestedTransaction) -> RefundPart:
    """A payment that can give back; `payment_ref` is empty for one without a parent."""
    parent, amount = item["parentTransaction"], paid_money(item["amountSet"])
    maximum = item["maximumRefundableSet"]
    return RefundPart(
        payment_ref=ref(parent["id"]) if parent else "",
        gateway=item["gateway"] or "",
        label=payment_label(item["formattedGateway"], item["gateway"], item["accountNumber"]),
        amount=amount,
        maximum=paid_money(maximum) if maximum else amount,
    )


def amount(choice: RefundChoice, money: Suggested) -> Money:
    """What is asked, if it can go back; else raises Conflict, InvalidInput, Unsupported."""
    if not money.maximum:
        raise Conflict("nothing_left")
    wanted = {"all": money.maximum, "lines": money.suggested, "amount": choice.amount}[choice.mode]
    if wanted is None or not wanted:
        raise Conflict("nothing_left")
    if wanted > money.maximum:
        raise InvalidInput("amount_above_refundable", field="amount", left=money.refundable)
    if wanted > money.refundable:
        raise Unsupported("payment_partly_manual", left=money.refundable)
    return wanted


def parts(amount: Money, money: Suggested) -> tuple[RefundPart, ...]:
    """The shop's own split where it fits; else payments give in its order, each up to its
    maximum."""
    proposed = total((part.amount for part in money.sources), amount.currency)
    left = amount
    parts: list[RefundPart] = []
    for source in money.sources:
        given = source.amount if proposed == amount else min(left, source.maximum)
        left = left - given
        if given:
            parts.append(_giving(source, min(given, source.maximum)))
    return tuple(parts)


def _giving(source: RefundPart, amount: Money) -> RefundPart:
    return RefundPart(
        payment_ref=source.payment_ref,
        gateway=source.gateway,
        label=source.label,
        amount=amount,
        maximum=source.maximum,
    )
