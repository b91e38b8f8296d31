"""What a cell asks of each kind of action, and where the shop's own records show its effect."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from plugin.actions.kinds import KINDS
from plugin.db.ledger import ActionRow
from plugin.domain.orders import Order
from tests.faults.ground import Ground

FREE = frozenset({"address", "note", "tags", "mail"})
"""Nothing is paid or given away, so no limit asks for approval."""
MANY = frozenset({"discount", "note", "tags", "mail"})
"""Two agents may do these at once; each is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`title` tells two ways of one kind apart. `change` names the call that makes it true ("" =
    nothing is sent). `typed` fills the form for an agent, whose name tells one's from another's.
    `effects` counts what the shop's own records show of one action."""

    name: str
    title: str = ""
    change: str
    fits: Callable[[Ground, Order], bool]
    typed: Callable[[Ground, Order, str], dict[str, str]]
    effects: Callable[[Ground, Order, ActionRow], int]
    moves_money: bool = False


def lacking(ground: Ground, case: Case) -> str:
    """Why this platform cannot do it on any order."""
    known = [KINDS[case.name].capability(ground.shop.platform, o) for o in ground.seed.orders]
    if any(capability.available for capability in known):
        return ""
    return known[0].reason


def _text(record: object) -> str:
    return json.dumps(record, ensure_ascii=False)


def _kept(ground: Ground, shopify: str, woocommerce: str) -> list[Any]:
    return ground.shop.kept(shopify if ground.platform == "shopify" else woocommerce)


def _able(change: str) -> Callable[[Ground, Order], bool]:
    return lambda ground, order: ground.shop.platform.ability(change, order).available


def _refundable(ground: Ground, order: Order) -> bool:
    able = ground.shop.platform.refund_capability(order).available
    return able and not order.refunded and len(order.payments) == 1 and not order.cancelled_at


def _refunded(ground: Ground, order: Order, row: ActionRow) -> int:
    found = ground.shop.recorded(order.ref)
    return sum(row.reference in _text(record) for record in found)


def _by_hand(ground: Ground, order: Order) -> bool:
    return ground.shop.platform.refund_capability(order).reason == "payment_manual"


def _owed(ground: Ground, order: Order, row: ActionRow) -> int:
    """The shop hears nothing: what is owed is the row itself, and nothing may show over there."""
    if any(row.reference in _text(record) for record in ground.shop.recorded(order.ref)):
        return 2
    return int(ground.row(row.id).payment == "due")


def _place(ground: Ground, order: Order, tag: str) -> dict[str, str]:
    return {
        "first_name": "Lucía", "last_name": "Prats", "line1": f"Calle {tag} 1", "city": "Madrid",
        "province": "M", "postcode": "28013", "country": "ES",
        "contact_email": order.email, "contact_phone": order.phone,
    }  # fmt: skip


def _moved(ground: Ground, order: Order, row: ActionRow) -> int:
    after = KINDS["address"].frozen(row).address_after
    shown = ground.shop.record(order.ref)["shipping"]
    return int(after.line1 in _text(shown))


def _code(ground: Ground, order: Order, row: ActionRow) -> int:
    code = KINDS["discount"].frozen(row).code
    found = _kept(ground, "discount", "coupons")
    return sum(record["code"].lower() == code.lower() for record in found)


def _for_somebody(ground: Ground, order: Order) -> bool:
    return _able("discount")(ground, order) and bool(order.customer_ref)


def _off(ground: Ground, order: Order, tag: str) -> dict[str, str]:
    until = (ground.clock() + timedelta(days=30)).date().isoformat()
    return {"what": "amount", "amount": "5", "until": until, "reason": f"Disculpa {tag}"}


def _ending(refund: str) -> Callable[[Ground, Order, str], dict[str, str]]:
    return lambda _ground, _order, tag: {
        "refund": refund, "why": "customer", "restock": "on", "reason": f"Lo pide {tag}",
    }  # fmt: skip


def _endable(*changes: str) -> Callable[[Ground, Order], bool]:
    return lambda ground, order: (
        all(_able(change)(ground, order) for change in changes) and _refundable(ground, order)
    )


def _cancelled(ground: Ground, order: Order, row: ActionRow) -> int:
    """Where a refund of everything ends an order, our mark is on the refund."""
    record = ground.shop.record(order.ref)
    ended = record.get("cancelled_at") or record.get("status") in ("cancelled", "refunded")
    marked = row.reference in _text([record, *ground.shop.recorded(order.ref)])
    return int(bool(ended) and marked)


def _noted(ground: Ground, order: Order, row: ActionRow) -> int:
    return _text(ground.shop.record(order.ref)).count(KINDS["note"].frozen(row).text)


def _tagged(ground: Ground, order: Order, row: ActionRow) -> int:
    (tag,) = KINDS["tags"].frozen(row).add
    return list(ground.shop.record(order.ref)["tags"]).count(tag)


def _mail(ground: Ground, order: Order, tag: str) -> dict[str, str]:
    invoice = ground.shop.platform.ability("mail_invoice", order).available
    return {"what": "invoice" if invoice else "details"}


def _mailed(ground: Ground, order: Order, row: ActionRow) -> int:
    """Mails carry no mark of ours: those of this order are counted."""
    kept = _kept(ground, "mail", "mails")
    return sum(str(mail.get("order", mail.get("order_id"))) == order.ref for mail in kept)


def _once_more(ground: Ground, order: Order, tag: str) -> dict[str, str]:
    return {"mode": "free", f"qty.{order.lines[0].ref}": "1", "reason": f"Llegó roto {tag}"}


def _in_stock(ground: Ground, order: Order) -> bool:
    line = order.lines[0] if order.lines else None
    if line is None or not _able("replacement")(ground, order) or not order.paid:
        return False
    product = next((p for p in ground.seed.products if p.ref == line.product_ref), None)
    variants = product.variants if product else ()
    mine = [v for v in variants if v.ref in (line.variant_ref, line.product_ref)] or variants[:1]
    stock = sum(level.quantity or 0 for variant in mine for level in variant.stock)
    return stock > 10 and order.shipping_address is not None


def _replaced(ground: Ground, order: Order, row: ActionRow) -> int:
    """New orders that carry our mark and stand; what was taken back does not."""
    if ground.platform == "shopify":
        made = [draft for draft in ground.shop.kept("draft") if draft["order"]]
        return sum(row.reference in _text(draft) for draft in made)
    return sum(
        row.reference in _text(record) and str(record["id"]) != order.ref
        and record["status"] not in ("trash", "cancelled")
        for record in ground.shop.kept("orders")
    )  # fmt: skip


def _in_euros(fits: Callable[[Ground, Order], bool]) -> Callable[[Ground, Order], bool]:
    return lambda ground, order: order.currency == "EUR" and fits(ground, order)


CASES = (
    Case(name="refund", change="refund", fits=_refundable, effects=_refunded, moves_money=True,
         typed=lambda *_: {"mode": "all"}),
    Case(name="manual_refund", change="", fits=_by_hand, effects=_owed,
         typed=lambda *_: {"amount": "1", "way": "other"}),
    Case(name="address", change="address", fits=_able("address"), typed=_place, effects=_moved),
    Case(name="discount", change="discount", typed=_off, effects=_code,
         fits=_in_euros(_for_somebody)),
    Case(name="cancel", title="cancel alone", change="cancel", effects=_cancelled,
         typed=_ending("none"), fits=_endable("cancel")),
    Case(name="cancel", title="cancel, refund", change="cancel_refund", effects=_cancelled,
         typed=_ending("original"), moves_money=True, fits=_endable("cancel", "cancel_refund")),
    Case(name="replacement", change="replacement", fits=_in_stock, typed=_once_more,
         effects=_replaced),
    Case(name="note", change="note", fits=_able("note"), effects=_noted,
         typed=lambda _ground, _order, tag: {"on": "order", "text": f"Nota de {tag}"}),
    Case(name="tags", change="tags", fits=_able("tags"), effects=_tagged,
         typed=lambda _ground, _order, tag: {"on": "order", "add": f"de-{tag}"}),
    Case(name="mail", change="mail", effects=_mailed, typed=_mail,
         fits=lambda ground, order: _able("mail_invoice")(ground, order)
         or _able("mail_details")(ground, order)),
)  # fmt: skip
assert {case.name for case in CASES} == set(KINDS)
