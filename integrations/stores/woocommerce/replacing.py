"""A new order from an old one: checks, the plan, the body of the call. Pure.

The shop looks neither at stock nor at whether a product exists (it adds an empty line then), so
all of that is looked at here first, and its answer after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.domain.replacements import (
    MOST_LINES,
    ReplacementChoice,
    ReplacementItem,
    ReplacementLine,
    ReplacementPlan,
    ReplacementReceipt,
)
from plugin.errors import InvalidInput, Unsupported
from plugin.ports.store import Capability

from .addressing import shipping
from .payloads import OrderPayload
from .payloads_changes import GoodsPayload, TaxedOrder
from .taxes import Sums, TaxRules, place, sums
from .values import REFERENCE_KEY, amount, clean, meta, moment, money, places, web_url, wire_text

REPLACES_KEY = "_mostrador_replaces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Goods the shop has now: what was asked, the product and the one that counts its stock."""

    wanted: ReplacementLine
    goods: GoodsPayload
    counted: GoodsPayload


def capability(_order: Order) -> Capability:
    """Any order can be made once more; what must be there is asked with the goods."""
    return Capability(name="replacement", available=True)


def check(order: Order, choice: ReplacementChoice, currency: str) -> None:
    """Raises InvalidInput, Unsupported("replacement_other_currency"). `currency` is the shop's."""
    if not choice.lines:
        raise InvalidInput("nothing_to_send")
    if len(choice.lines) > MOST_LINES:
        raise InvalidInput("too_many_lines", limit=MOST_LINES)
    known = {line.ref: line.quantity for line in order.lines}
    for line in choice.lines:
        field = f"qty.{line.line_ref}"
        if line.line_ref not in known:
            raise InvalidInput("line_not_in_order", field=field)
        if line.quantity < 1:
            raise InvalidInput("quantity_invalid", field=field)
        if line.quantity > known[line.line_ref]:
            raise InvalidInput("quantity_too_high", field=field, left=known[line.line_ref])
    if choice.address is None and order.shipping_address is None:
        raise InvalidInput("address_missing", field="line1")
    if choice.charge and order.currency != currency:
        raise Unsupported("replacement_other_currency")


def plan(
    order: Order,
    payload: OrderPayload,
    choice: ReplacementChoice,
    shelves: Sequence[Shelf],
    rules: TaxRules | None,
) -> ReplacementPlan:
    """Raises InvalidInput("stock_short", "product_gone")."""
    target = choice.address or order.shipping_address
    if target is None:
        raise InvalidInput("address_missing", field="line1")
    items = tuple(_item(shelf, order.currency) for shelf in shelves)
    found = _sums(payload, choice, shelves, rules)
    mailed = choice.charge and choice.notify and bool(order.email)
    return ReplacementPlan(
        order_ref=order.ref,
        order_number=order.number,
        order_version=payload["date_modified_gmt"] or "",
        order_state=order.state,
        items=items,
        charge=choice.charge,
        address=target,
        email=order.email,
        phone=payload["billing"].get("phone", ""),
        customer_ref=order.customer_ref,
        currency=order.currency,
        total=Money(found.total, order.currency) if found else None,
        tax=Money(found.tax, order.currency) if found else None,
        notify=mailed,
        note=choice.note,
        # a free one goes straight to work, of which the shop mails as it is set up
        customer_mailed="shop_decides" if not choice.charge else "yes" if mailed else "no",
        warnings=tuple(_warnings(shelves, found)),
    )


def _item(shelf: Shelf, currency: str) -> ReplacementItem:
    wanted, goods, counted = shelf.wanted, shelf.goods, shelf.counted
    field = f"qty.{wanted.line_ref}"
    if goods["status"] not in ("publish", "private"):
        raise InvalidInput("product_gone", field=field)
    left = counted["stock_quantity"] if counted["manage_stock"] is True else None
    units = None if left is None else int(left)
    may_wait = counted["backorders"] != "no"
    short = units < wanted.quantity if units is not None else goods["stock_status"] == "outofstock"
    if short and not may_wait:
        raise InvalidInput("stock_short", field=field, left=max(0, units or 0))
    return ReplacementItem(
        line_ref=wanted.line_ref,
        product_ref=str(goods["parent_id"] or goods["id"]),
        variant_ref=str(goods["id"]),
        title=clean(goods["name"]),
        sku=goods["sku"],
        quantity=wanted.quantity,
        unit_price=money(goods["price"], currency),
        stock=units,
    )


def _warnings(shelves: Sequence[Shelf], found: Sums | None) -> Iterator[str]:
    waiting = [
        shelf
        for shelf in shelves
        if shelf.counted["manage_stock"] is True
        and (shelf.counted["stock_quantity"] or 0) < shelf.wanted.quantity
    ]
    if waiting:
        yield "stock_on_backorder"
    if found is None:
        yield "total_unknown"


def _sums(
    payload: OrderPayload,
    choice: ReplacementChoice,
    shelves: Sequence[Shelf],
    rules: TaxRules | None,
) -> Sums | None:
    """What a paid one will cost; None where prices hold taxes or the rules cannot be read."""
    if not choice.charge:
        return Sums(total=Decimal(0), tax=Decimal(0))
    if rules is None or rules.prices_include:
        return None
    order: TaxedOrder = {
        "line_items": [
            {
                "id": 0, "total": str(_net(shelf)), "total_tax": "0", "taxes": [], "meta_data": [],
                "tax_class": shelf.goods.get("tax_class", ""),
                "tax_status": shelf.goods.get("tax_status", "taxable"),
            }
            for shelf in shelves
        ],
        "fee_lines": [],
        "shipping_lines": [],
    }  # fmt: skip
    target = shipping(choice.address) if choice.address else payload["shipping"]
    where = place(rules, target, payload["billing"])
    return sums(order, where, rules, places(payload["total"]))


def _net(shelf: Shelf) -> Decimal:
    return amount(shelf.goods["price"]) * shelf.wanted.quantity


def body(plan: ReplacementPlan, payload: OrderPayload, reference: str) -> Mapping[str, object]:
    """The call's JSON. `payload` is the old order, for whom the bill is."""
    entry: dict[str, object] = {
        "status": "pending" if plan.charge else "processing",
        "currency": plan.currency,
        "customer_id": payload["customer_id"],
        "billing": {key: value for key, value in payload["billing"].items() if value},
        "shipping": shipping(plan.address),
        "line_items": [_line(item, charge=plan.charge) for item in plan.items],
        "meta_data": [
            {"key": REFERENCE_KEY, "value": reference},
            {"key": REPLACES_KEY, "value": plan.order_ref},
        ],
    }
    return entry


def _line(item: ReplacementItem, *, charge: bool) -> Mapping[str, object]:
    entry: dict[str, object] = {
        "product_id": int(item.product_ref),
        "variation_id": int(item.variant_ref) if item.variant_ref != item.product_ref else 0,
        "quantity": item.quantity,
    }
    if charge:
        return entry
    nothing = wire_text(Money.zero(item.unit_price.currency))
    return {**entry, "subtotal": nothing, "total": nothing}


def same(plan: ReplacementPlan, made: OrderPayload) -> bool:
    """Whether the shop made what was asked: the goods, and what they cost."""
    wanted = sorted((item.variant_ref, item.quantity) for item in plan.items)
    found = sorted(
        (str(line["variation_id"] or line["product_id"]), int(line["quantity"]))
        for line in made["line_items"]
    )
    costs = money(made["total"], made["currency"])
    fits = costs == plan.total if plan.total is not None else bool(costs)
    return wanted == found and fits


def is_ours(made: OrderPayload, reference: str) -> bool:
    return meta(made["meta_data"], REFERENCE_KEY) == reference


def link_note(number: str, reference: str) -> str:
    """What each of the two orders says of the other, in no language."""
    return f"\u2194 #{number} [{reference}]"


def receipt(
    plan: ReplacementPlan, made: OrderPayload, reference: str, base: str
) -> ReplacementReceipt:
    """The link to pay leads to the shop itself, or is left out."""
    link = web_url(made.get("payment_url"))
    ours = link.startswith(f"{base}/")
    return ReplacementReceipt(
        ref=str(made["id"]),
        order_ref=str(made["id"]),
        number=made["number"],
        stage="awaiting_payment" if plan.charge else "order",
        reference=reference,
        created_at=moment(made["date_created_gmt"] or ""),
        total=money(made["total"], made["currency"]),
        pay_url=link if plan.charge and ours else "",
    )
