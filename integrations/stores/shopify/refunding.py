"""What can go back and how: checks, the question to the shop, the plan, the mutation's input.

Pure. The shop's suggestion decides amounts and places; the choice decides lines and restocking.
A plan never gives a payment more than the shop says it can return.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from plugin.domain.money import Money
from plugin.domain.orders import Order, OrderLine
from plugin.domain.refunds import RefundChoice, RefundLine, RefundPart, RefundPlan
from plugin.errors import BadAnswer, Conflict, InvalidInput, Unsupported
from plugin.ports.store import Capability

from . import suggested
from .payloads_refunds import SuggestedLine, SuggestionPayload
from .values import gid, joined_note, paid_money, ref

_RESTOCK = {"RETURN": "return", "CANCEL": "cancel"}
_ALLOCATION = {"original": "ORIGINAL_PAYMENT_METHODS", "store_credit": "STORE_CREDIT"}


def capability(order: Order) -> Capability:
    """Whether this order can be refunded by API now, else why not."""
    reason = _obstacle(order)
    labels = ", ".join(dict.fromkeys(payment.label for payment in order.payments))
    return Capability(
        name="refund", available=not reason, reason=reason, parameters={"payment": labels}
    )


def to_credit(order: Order) -> Capability:
    """Whether money can become store credit: that hangs on a customer's account."""
    reason = "" if order.customer_ref else "store_credit_no_customer"
    return Capability(name="refund_credit", available=not reason, reason=reason)


def _obstacle(order: Order) -> str:
    received = [payment for payment in order.payments if payment.state == "succeeded"]
    if not received:
        held = any(payment.state == "authorized" for payment in order.payments)
        return "payment_not_captured" if held else "order_not_paid"
    if not order.remaining:
        return "nothing_left"
    return "payment_manual" if all(payment.manual for payment in received) else ""


def check(order: Order, choice: RefundChoice) -> None:
    """Raises Unsupported, Conflict("nothing_left") or InvalidInput for what cannot be asked."""
    if choice.to == "store_credit" and not order.customer_ref:
        raise InvalidInput("store_credit_no_customer", field="to")
    if choice.place_ref and not gid("Location", choice.place_ref):
        raise InvalidInput("place_unknown", field="place")
    reason = _obstacle(order)
    if reason == "nothing_left":
        raise Conflict("nothing_left")
    if reason:
        raise Unsupported(reason, **capability(order).parameters)
    if choice.mode == "amount":
        _check_amount(order, choice.amount)
    if choice.mode == "lines":
        _check_lines(order, choice)


def _check_amount(order: Order, amount: Money | None) -> None:
    if amount is None:
        raise InvalidInput("amount_missing", field="amount")
    if amount.currency != order.currency:
        raise InvalidInput("currency_mismatch", field="amount", currency=order.currency)
    if not amount:
        raise InvalidInput("amount_zero", field="amount")
    if amount.amount < 0:
        raise InvalidInput("amount_negative", field="amount")


def _check_lines(order: Order, choice: RefundChoice) -> None:
    if not choice.lines and not choice.shipping:
        raise InvalidInput("nothing_chosen")
    known = {line.ref: line for line in order.lines}
    for line_ref, quantity in _units(order, choice).items():
        field = f"qty.{line_ref}"
        if line_ref not in known:
            raise InvalidInput("line_not_in_order", field=field)
        if quantity < 1:
            raise InvalidInput("quantity_invalid", field=field)
        left = known[line_ref].refundable_quantity
        if quantity > left:
            raise InvalidInput("quantity_too_high", field=field, left=left)


def _units(order: Order, choice: RefundChoice) -> Mapping[str, int]:
    """Units by line; "all" takes every unit that can still go back."""
    units: Counter[str] = Counter()
    if choice.mode == "all":
        units.update({line.ref: line.refundable_quantity for line in order.lines})
        return +units
    for chosen in choice.lines if choice.mode == "lines" else ():
        units[chosen.line_ref] += chosen.quantity
    return units


def question(order: Order, choice: RefundChoice) -> Mapping[str, object]:
    """Variables of `refund_suggestion`. An amount alone (also "all" of an order whose goods have
    gone back already) asks for everything, only to learn what each payment can give."""
    units = _units(order, choice)
    lines = [
        entry for line in order.lines for entry in _wanted(line, units.get(line.ref, 0), choice)
    ]
    bare = choice.mode == "amount" or (choice.mode == "all" and not lines)
    return {
        "id": gid("Order", order.ref),
        "lines": [] if bare else lines,
        "refundShipping": not bare and (choice.shipping or choice.mode == "all"),
        "full": bare,
        "allocation": _ALLOCATION[choice.to],
    }


def _wanted(line: OrderLine, quantity: int, choice: RefundChoice) -> Iterable[Mapping[str, object]]:
    """Units not sent yet are cancelled where they are, sent ones return to the chosen place: a
    line may need two entries."""
    if not choice.restock or not line.restockable:
        split = {"NO_RESTOCK": quantity}
    else:
        cancelled = min(quantity, line.unfulfilled_quantity)
        split = {"CANCEL": cancelled, "RETURN": quantity - cancelled}
    for kind, units in split.items():
        if units:
            yield {
                "lineItemId": gid("LineItem", line.ref),
                "quantity": units,
                "restockType": kind,
                **_place(choice, kind),
            }


def _place(choice: RefundChoice, kind: str) -> Mapping[str, object]:
    if kind != "RETURN" or not choice.place_ref:
        return {}
    return {"locationId": gid("Location", choice.place_ref)}


def plan(order: Order, choice: RefundChoice, suggestion: SuggestionPayload) -> RefundPlan:
    """The preview. Raises InvalidInput("amount_above_refundable", "place_unknown"), Unsupported
    ("payment_partly_manual", "store_credit_not_offered"), Conflict("nothing_left"), BadAnswer for
    a suggestion about other units than were asked."""
    credit = choice.to == "store_credit"
    money = suggested.credit(suggestion) if credit else suggested.payments(order, suggestion)
    amount = suggested.amount(choice, money)
    by_amount = question(order, choice)["full"]
    lines = () if by_amount else _lines(order, choice, suggestion)
    shipping = _shipping(order, suggestion)
    zero = Money.zero(order.currency)
    return RefundPlan(
        order_ref=order.ref,
        order_number=order.number,
        mode=choice.mode,
        amount=amount,
        lines=lines if by_amount or not shipping.total else (*lines, shipping),
        parts=suggested.parts(amount, money),
        tax=zero if by_amount else paid_money(suggestion["totalTaxSet"]),
        shipping=zero if by_amount else shipping.total,
        refundable=money.refundable,
        remaining_after=money.refundable - amount,
        refunded_before=order.refunded,
        order_total=order.total,
        order_version=order.updated_at.isoformat(),
        order_state=order.state,
        reason=choice.reason,
        notify=choice.notify,
        customer_mailed="yes" if choice.notify else "no",
        to=choice.to,
    )


def _lines(
    order: Order, choice: RefundChoice, suggestion: SuggestionPayload
) -> tuple[RefundLine, ...]:
    given = suggestion["refundLineItems"]
    units: Counter[str] = Counter()
    for item in given:
        units[ref(item["lineItem"]["id"])] += item["quantity"]
    if +units != +Counter(_units(order, choice)):
        raise BadAnswer("bad_answer", cause="suggestion_differs")
    titles = {line.ref: line.title for line in order.lines}
    return tuple(_line(order, item, titles, choice) for item in given)


def _line(
    order: Order, item: SuggestedLine, titles: Mapping[str, str], choice: RefundChoice
) -> RefundLine:
    line_ref, place = ref(item["lineItem"]["id"]), item["location"]
    kind = _RESTOCK.get(item["restockType"], "") if choice.restock and place else ""
    if kind == "return" and place and choice.place_ref not in ("", ref(place["id"])):
        raise InvalidInput("place_unknown", field="place")
    tax = paid_money(item["totalTaxSet"])
    return RefundLine(
        line_ref=line_ref,
        title=titles[line_ref],
        quantity=item["quantity"],
        total=paid_money(item["subtotalSet"]),
        tax=Money.zero(tax.currency) if order.taxes_included else tax,
        restock="return" if kind == "return" else "cancel" if kind == "cancel" else "none",
        location_ref=ref(place["id"]) if kind and place else "",
        restock_to=place["name"] if kind and place else "",
    )


def _shipping(order: Order, suggestion: SuggestionPayload) -> RefundLine:
    lines = order.shipping_lines
    tax = paid_money(suggestion["shipping"]["taxSet"])
    return RefundLine(
        line_ref=lines[0].ref if lines else "",
        kind="shipping",
        title=lines[0].title if lines else "",
        total=paid_money(suggestion["shipping"]["amountSet"]),
        tax=Money.zero(tax.currency) if order.taxes_included else tax,
    )


def mutation(plan: RefundPlan, key: str, reference: str) -> Mapping[str, object]:
    """Variables of `refund_create`: the same plan, key and reference give the same text, as a
    resend must. Store credit takes no transactions."""
    order_id = gid("Order", plan.order_ref)
    entry: dict[str, object] = {
        "orderId": order_id,
        "note": joined_note(plan.reason, reference),
        "notify": plan.notify,
        "currency": plan.amount.currency,
        "refundLineItems": [_line_input(line) for line in plan.lines if line.kind == "item"],
        "transactions": [],
    }
    if plan.to == "store_credit":
        entry["refundMethods"] = [{"storeCreditRefund": {"amount": _credit_input(plan.amount)}}]
    else:
        entry["transactions"] = [_part_input(part, order_id) for part in plan.parts]
    if plan.shipping:
        entry["shipping"] = {"amount": plan.shipping.text()}
    if not plan.lines:
        entry["discrepancyReason"] = "OTHER"
    return {"key": key, "input": entry}


def _line_input(line: RefundLine) -> Mapping[str, object]:
    entry: dict[str, object] = {
        "lineItemId": gid("LineItem", line.line_ref),
        "quantity": line.quantity,
        "restockType": {"return": "RETURN", "cancel": "CANCEL"}.get(line.restock, "NO_RESTOCK"),
    }
    if line.location_ref:
        entry["locationId"] = gid("Location", line.location_ref)
    return entry


def _credit_input(amount: Money) -> Mapping[str, object]:
    return {"amount": amount.text(), "currencyCode": amount.currency}


def _part_input(part: RefundPart, order_id: str) -> Mapping[str, object]:
    return {
        "orderId": order_id,
        "parentId": gid("OrderTransaction", part.payment_ref),
        "gateway": part.gateway,
        "kind": "REFUND",
        "amount": part.amount.text(),
    }
