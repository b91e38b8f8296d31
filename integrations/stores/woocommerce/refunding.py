"""What can go back and how: checks, the plan, the body of the call. Pure.

The shop checks next to nothing: it refunds unpaid orders, drops unknown lines in silence, takes
"0,50" for fifty and lets amount and lines disagree. So everything is checked here first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from plugin.domain.money import Money, total
from plugin.domain.orders import Order
from plugin.domain.refunds import RefundChoice, RefundLine, RefundPart, RefundPlan, RefundTax
from plugin.errors import ActionRefused, Conflict, InvalidInput, Unsupported
from plugin.ports.store import Capability

from . import mapping
from .mapping_refunds import Back, returned
from .payloads import ChargePayload, LinePayload, OrderPayload, RefundPayload
from .values import REFERENCE_KEY, amount, clean, joined_reason, places, wire_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What of one line can still go back: units, money without tax, tax by rate."""

    ref: str
    kind: Literal["item", "shipping", "fee"]
    title: str
    quantity: int
    total: Decimal
    taxes: Mapping[int, Decimal]
    restockable: bool = False

    @property
    def gross(self) -> Decimal:
        return self.total + sum(self.taxes.values(), Decimal(0))


def capability(order: Order) -> Capability:
    """Whether this order can be refunded by API now, else why not."""
    reason = _obstacle(order)
    labels = ", ".join(payment.label for payment in order.payments)
    return Capability(
        name="refund", available=not reason, reason=reason, parameters={"payment": labels}
    )


def no_credit(_order: Order) -> Capability:
    """The shop keeps no accounts of money for its customers."""
    return Capability(name="refund_credit", available=False, reason="store_credit_unsupported")


def _obstacle(order: Order) -> str:
    if not order.paid:
        return "order_not_paid"
    if not order.remaining:
        return "nothing_left"
    if any(payment.manual and not payment.ref for payment in order.payments):
        return "payment_gateway_gone"
    usable = any(not payment.manual for payment in order.payments)
    return "" if usable else "payment_manual"


def plan(
    payload: OrderPayload,
    refunds: Sequence[RefundPayload],
    choice: RefundChoice,
    *,
    gateways: mapping.Gateways | None,
) -> RefundPlan:
    """The preview. Raises Unsupported, Conflict("nothing_left") and InvalidInput."""
    order = mapping.order(payload, refunds, gateways=gateways)
    _check_order(order)
    if choice.to == "store_credit":
        raise Unsupported("store_credit_unsupported")
    lefts = lines_left(payload, refunds)
    chosen = _chosen(lefts, choice, places(payload["total"]))
    value = _amount(order, choice, chosen, lefts, places(payload["total"]))
    lines = tuple(
        _refund_line(item, order, choice) for item in _fitted(chosen, value.amount, payload)
    )
    payment = order.payments[0]
    part = RefundPart(
        payment_ref=payment.ref,
        gateway=payment.gateway,
        label=payment.label,
        amount=value,
        maximum=order.remaining,
    )
    return RefundPlan(
        order_ref=order.ref,
        order_number=order.number,
        mode=choice.mode,
        amount=value,
        lines=lines,
        parts=(part,),
        tax=total((item.tax for item in lines), order.currency),
        shipping=total((item.total for item in lines if item.kind == "shipping"), order.currency),
        refundable=order.remaining,
        remaining_after=order.remaining - value,
        refunded_before=order.refunded,
        order_total=order.total,
        order_version=payload["date_modified_gmt"] or "",
        order_state=order.state,
        reason=choice.reason,
        notify=choice.notify,
        # the shop mails on its own where its template is switched on; it has no switch for us
        customer_mailed="shop_decides",
    )


def body(plan: RefundPlan, reference: str) -> Mapping[str, object]:
    """The call's JSON. What the shop would assume if left out is said aloud."""
    given = sum((line.total.amount + line.tax.amount for line in plan.lines), Decimal(0))
    if plan.amount.amount <= 0 or given > plan.amount.amount:
        raise ActionRefused("amount_differs_from_lines")
    return {
        "amount": wire_text(plan.amount),
        "reason": joined_reason(plan.reason, reference),
        "api_refund": True,
        "api_restock": any(line.restock != "none" for line in plan.lines),
        "line_items": [_line_body(line) for line in plan.lines],
        "meta_data": [{"key": REFERENCE_KEY, "value": reference}],
    }


def lines_left(payload: OrderPayload, refunds: Sequence[RefundPayload]) -> list[Left]:
    """Goods, delivery and fees with what was not given back yet."""
    back = returned(refunds)
    goods = [_left_of_line(item, back) for item in payload["line_items"]]
    delivery = [
        _left(item, back, kind="shipping", title=item["method_title"])
        for item in payload["shipping_lines"]
    ]
    fees = [_left(item, back, kind="fee", title=item["name"]) for item in payload["fee_lines"]]
    return [*goods, *delivery, *fees]


def _left_of_line(payload: LinePayload, back: Mapping[int, Back]) -> Left:
    left = _left(payload, back, kind="item", title=payload["name"])
    quantity = mapping.whole_units(payload["quantity"])
    gone = back[payload["id"]].quantity if payload["id"] in back else 0
    units = max(0, quantity - gone) if payload["quantity"] == quantity else 0
    return replace(left, quantity=units, restockable=mapping.restockable(payload))


def _left(
    payload: ChargePayload,
    back: Mapping[int, Back],
    *,
    kind: Literal["item", "shipping", "fee"],
    title: str,
) -> Left:
    gone = back.get(payload["id"], Back())
    taxes = {tax["id"]: amount(tax["total"]) for tax in payload["taxes"]}
    return Left(
        ref=str(payload["id"]),
        kind=kind,
        title=clean(title),
        quantity=0,
        total=amount(payload["total"]) - gone.total,
        taxes={rate: value - gone.taxes.get(rate, Decimal(0)) for rate, value in taxes.items()},
    )


def _check_order(order: Order) -> None:
    able = capability(order)
    if able.reason == "nothing_left":
        raise Conflict("nothing_left")
    if not able.available:
        raise Unsupported(able.reason, **able.parameters)


def _chosen(lefts: Sequence[Left], choice: RefundChoice, digits: int) -> list[Left]:
    """The parts that go back, each cut down to the chosen units."""
    if choice.mode == "amount":
        return []
    if choice.mode == "all":
        return [item for item in lefts if item.quantity or item.gross]
    units = _units(lefts, choice)
    goods = [_share_of(item, units[item.ref], digits) for item in lefts if item.ref in units]
    delivery = [item for item in lefts if choice.shipping and item.kind == "shipping"]
    return [*goods, *(item for item in delivery if item.gross)]


def _units(lefts: Sequence[Left], choice: RefundChoice) -> Mapping[str, int]:
    units: Counter[str] = Counter()
    for line in choice.lines:
        units[line.line_ref] += line.quantity
    if not units and not choice.shipping:
        raise InvalidInput("nothing_chosen")
    known = {item.ref: item for item in lefts if item.kind == "item"}
    for ref, quantity in units.items():
        if ref not in known:
            raise InvalidInput("line_not_in_order", field=f"qty.{ref}")
        if quantity < 1:
            raise InvalidInput("quantity_invalid", field=f"qty.{ref}")
        if quantity > known[ref].quantity:
            raise InvalidInput("quantity_too_high", field=f"qty.{ref}", left=known[ref].quantity)
    return units


def _share_of(item: Left, units: int, digits: int) -> Left:
    """Money of some of the units: net and each tax rounded half up by themselves, as the shop's own
    page does (meta-boxes-order.js). The last ones take all that is left, so that parts returned one
    by one add up to the line."""
    if units == item.quantity:
        return item

    def share(value: Decimal) -> Decimal:
        return _rounded(value * units / item.quantity, digits)

    return replace(
        item,
        quantity=units,
        total=share(item.total),
        taxes={rate: share(value) for rate, value in item.taxes.items()},
    )


def _amount(
    order: Order, choice: RefundChoice, chosen: Sequence[Left], lefts: Sequence[Left], digits: int
) -> Money:
    if choice.mode == "amount":
        return _typed_amount(order, choice.amount, digits)
    if choice.mode == "all" or _is_everything(chosen, lefts):
        return order.remaining
    value = Money(sum((item.gross for item in chosen), Decimal(0)), order.currency)
    if value.amount <= 0:
        raise InvalidInput("nothing_chosen")
    return _within(value, order)


def _typed_amount(order: Order, value: Money | None, digits: int) -> Money:
    if value is None:
        raise InvalidInput("amount_missing", field="amount")
    if value.currency != order.currency:
        raise InvalidInput("currency_mismatch", field="amount", currency=order.currency)
    if value.amount <= 0:
        code = "amount_negative" if value.amount < 0 else "amount_zero"
        raise InvalidInput(code, field="amount")
    # the shop would round it by itself and refund something else
    if value.amount != _rounded(value.amount, digits):
        raise InvalidInput("amount_too_precise", field="amount", currency=order.currency)
    return _within(value, order)


def _within(value: Money, order: Order) -> Money:
    if value > order.remaining:
        raise InvalidInput("amount_above_refundable", field="amount", left=order.remaining)
    return value


def _is_everything(chosen: Sequence[Left], lefts: Sequence[Left]) -> bool:
    """All that is left: then the amount is what the order has left, to the last cent, also where
    the shop rounds the taxes of its lines another way than their sum."""
    return list(chosen) == [item for item in lefts if item.quantity or item.gross]


def _fitted(chosen: Sequence[Left], value: Decimal, payload: OrderPayload) -> Sequence[Left]:
    """Lines never hold more than the amount: after refunds without lines they are scaled down.
    Less is fine, the shop takes the rest as unassigned."""
    if sum((item.gross for item in chosen), Decimal(0)) <= value:
        return chosen
    cells = [cell for item in chosen for cell in (item.total, *item.taxes.values())]
    shares = iter(split(value, [max(cell, Decimal(0)) for cell in cells], places(payload["total"])))
    return [
        replace(item, total=next(shares), taxes={rate: next(shares) for rate in item.taxes})
        for item in chosen
    ]


def split(whole: Decimal, weights: Sequence[Decimal], digits: int) -> list[Decimal]:
    """Parts by weight in the shop's decimals that sum to the whole (largest remainder)."""
    sum_weights = sum(weights, Decimal(0))
    if not sum_weights:
        return [Decimal(0) for _ in weights]
    quantum = Decimal(1).scaleb(-digits)
    exact = [whole * weight / sum_weights for weight in weights]
    parts = [value // quantum * quantum for value in exact]
    missing = int((_rounded(whole, digits) - sum(parts, Decimal(0))) / quantum)
    order = sorted(range(len(parts)), key=lambda i: (-abs(exact[i] - parts[i]), i))
    for i in order[: abs(missing)]:
        parts[i] += quantum if missing > 0 else -quantum
    return parts


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _refund_line(item: Left, order: Order, choice: RefundChoice) -> RefundLine:
    back = choice.restock and item.restockable and item.quantity > 0
    kept = order.fulfilment_state in ("unfulfilled", "on_hold")
    return RefundLine(
        line_ref=item.ref,
        kind=item.kind,
        title=item.title,
        quantity=item.quantity,
        total=Money(item.total, order.currency),
        tax=Money(item.gross - item.total, order.currency),
        taxes=tuple(
            RefundTax(rate_ref=str(rate), amount=Money(value, order.currency))
            for rate, value in item.taxes.items()
        ),
        restock=("cancel" if kept else "return") if back else "none",
    )


def _line_body(line: RefundLine) -> Mapping[str, object]:
    entry: dict[str, object] = {
        "id": int(line.line_ref),
        "refund_total": wire_text(line.total),
        "refund_tax": [_tax_body(tax) for tax in _nonzero(line.taxes)],
    }
    return {**entry, "quantity": line.quantity} if line.quantity else entry


def _nonzero(taxes: Iterable[RefundTax]) -> Iterable[RefundTax]:
    return (tax for tax in taxes if tax.amount)


def _tax_body(tax: RefundTax) -> Mapping[str, object]:
    return {"id": int(tax.rate_ref), "refund_total": wire_text(tax.amount)}
