"""Draft orders: calculated, made, completed into orders, mailed, deleted.

Prices are worked out by and by, so a draft is not ready in the answer that made it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.sandbox.seed.orders import RATES, rounded, tax_rate
from integrations.sandbox.seed.shapes import (
    SHOP_CURRENCY,
    TIENDA_AZUL,
    Address,
    Delivery,
    DiscountUse,
    Line,
    Order,
    Person,
    Product,
    Variant,
)

from . import goods_views
from .addresses import Addresses, user_error
from .amounts import ZERO, bag
from .connections import page
from .ids import gid, number
from .scene import Scene, View, stamp
from .searching import matcher
from .suggestion import Refused

_SEARCHED = {
    "tag": lambda draft: tuple(draft["input"].get("tags") or ()),
    "status": lambda draft: draft["status"].lower(),
    "id": lambda draft: draft["id"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Goods:
    """One line of a draft, priced in the currency the customer pays in."""

    product: Product
    variant: Variant
    quantity: int
    unit: Decimal
    total: Decimal
    tax: Decimal
    rate: Decimal


class Drafts:
    """Every field of this kind, of mutations and of queries."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._world = scene, scene.world

    def fields(self) -> View:
        return {
            "draftOrderCalculate": self.calculate,
            "draftOrderCreate": self.create,
            "draftOrderComplete": self.complete,
            "draftOrderInvoiceSend": self.send,
            "draftOrderDelete": self.delete,
            "draftOrder": self.one,
            "draftOrders": self.many,
        }

    # -- queries

    def one(self, _info: Any, **given: Any) -> View | None:
        """Looking makes it ready."""
        draft = self._draft(given["id"])
        if draft is None:
            return None
        if not draft["ready"]:
            draft = {**draft, "ready": True}
            self._keep(draft)
        return self._view(draft)

    def many(self, _info: Any, *, query: str | None = None, **wanted: Any) -> View:
        wanted.pop("sortKey", None)
        found = filter(matcher(query, _SEARCHED), self._world.kept.all("draft"))
        return page(found, self._view, lambda draft: (draft["id"],), **wanted)

    # -- mutations

    def calculate(self, _info: Any, **given: Any) -> View:
        wanted = given["input"]
        try:
            goods = self._goods(wanted)
        except Refused as error:
            return {"calculatedDraftOrder": None, "userErrors": [user_error(error)]}
        currency = _currency(wanted)
        calculated = {
            "totalTaxSet": _bag(sum((item.tax for item in goods), ZERO), currency),
            "totalPriceSet": _bag(_total(goods, wanted), currency),
            "lineItems": [self._calculated(item, currency) for item in goods],
            "warnings": [],
        }
        return {"calculatedDraftOrder": calculated, "userErrors": []}

    def create(self, _info: Any, **given: Any) -> View:
        wanted = given["input"]
        try:
            goods = self._goods(wanted)
        except Refused as error:
            return {"draftOrder": None, "userErrors": [user_error(error)]}
        draft = {
            "id": self._world.new_id(),
            "input": _plain(wanted),
            "status": "OPEN",
            "ready": False,
            "createdAt": stamp(self._world.now()),
            "invoiceSentAt": None,
            "order": None,
            "total": str(_total(goods, wanted)),
        }
        self._keep(draft)
        return {"draftOrder": self._view(draft), "userErrors": []}

    def complete(self, _info: Any, **given: Any) -> View:
        with self._world.order_lock(-number(given["id"], "DraftOrder")):
            try:
                draft = self._completed(given["id"])
            except Refused as error:
                return {"draftOrder": None, "userErrors": [user_error(error)]}
        return {"draftOrder": self._view(draft), "userErrors": []}

    def _completed(self, identity: str) -> View:
        """Raises Refused."""
        draft = self._draft(identity)
        if draft is None:
            raise Refused("Draft order not found", "id")
        if draft["status"] == "COMPLETED":
            raise Refused("This order has been paid", "id")
        if not draft["ready"]:
            raise Refused("Draft order is not ready", "id")
        order = self._order(draft)
        self._world.add_order(order)
        draft = {**draft, "status": "COMPLETED", "order": order.id}
        self._keep(draft)
        return draft

    def send(self, _info: Any, **given: Any) -> View:
        draft = self._draft(given["id"])
        to = (draft or {"input": {}})["input"].get("email")
        if draft is None or not to:
            error = user_error(Refused("Email can't be blank", "email"))
            return {"draftOrder": None, "userErrors": [error]}
        draft = {**draft, "status": "INVOICE_SENT", "invoiceSentAt": stamp(self._world.now())}
        self._keep(draft)
        mail = {"id": self._world.new_id(), "kind": "draft_invoice", "to": to, "order": 0}
        self._world.keep("mail", str(mail["id"]), mail)
        return {"draftOrder": self._view(draft), "userErrors": []}

    def delete(self, _info: Any, **given: Any) -> View:
        draft = self._draft(given["input"]["id"])
        if draft is None or draft["status"] == "COMPLETED":
            text = "Draft order not found" if draft is None else "Completed drafts can't be deleted"
            return {"deletedId": None, "userErrors": [user_error(Refused(text, "id"))]}
        self._world.keep("draft", str(draft["id"]), None)
        return {"deletedId": given["input"]["id"], "userErrors": []}

    # -- inside

    def _draft(self, identity: str) -> View | None:
        known: View | None = self._world.kept.get("draft", str(number(identity, "DraftOrder")))
        return known

    def _keep(self, draft: View) -> None:
        self._world.keep("draft", str(draft["id"]), draft)

    def _goods(self, wanted: View) -> list[_Goods]:
        """Raises Refused."""
        if not wanted.get("lineItems"):
            raise Refused("Add at least 1 product", "lineItems")
        place = self._place(wanted)
        return [self._line(wanted, item, place) for item in wanted["lineItems"]]

    def _place(self, wanted: View) -> Address:
        given = wanted.get("shippingAddress")
        return Addresses(self._scene).address(given) if given else Address()

    def _line(self, wanted: View, item: View, place: Address) -> _Goods:
        known = self._world.variants.get(number(item.get("variantId") or "", "ProductVariant"))
        if known is None:
            raise Refused("Product variant no longer exists", "lineItems")
        if item["quantity"] < 1:
            raise Refused("Quantity must be greater than or equal to 1", "lineItems")
        currency, rate = _currency(wanted), tax_rate(place)
        unit = rounded(known[1].price / RATES[currency], currency)
        whole = unit * item["quantity"]
        off = (item.get("appliedDiscount") or {}).get("value") or 0
        total = rounded(whole * (100 - Decimal(str(off))) / 100, currency)
        return _Goods(
            product=known[0],
            variant=known[1],
            quantity=item["quantity"],
            unit=unit,
            total=total,
            tax=rounded(total * rate / (100 + rate), currency),
            rate=rate,
        )

    def _calculated(self, item: _Goods, currency: str) -> View:
        view = goods_views.variant(self._scene, item.product, item.variant)
        return {
            "title": item.product.title,
            "variantTitle": item.variant.title or "Default Title",
            "sku": item.variant.sku,
            "quantity": item.quantity,
            "originalUnitPriceSet": _bag(item.unit, currency),
            "variant": view,
        }

    def _order(self, draft: View) -> Order:
        """Raises Refused if the goods are not there any more."""
        wanted, goods = draft["input"], self._goods(draft["input"])
        for item in goods:
            places = self._world.places_of(item.variant)
            left = sum(self._world.available(item.variant, place) for place in places)
            if places and left < item.quantity:
                raise Refused(f"{item.product.title} is out of stock", "lineItems")
        order_number = max(self._world.orders) + 1
        now, currency = self._world.now(), _currency(wanted)
        person = self._person(wanted)
        place = self._place(wanted)
        return Order(
            id=order_number, number=order_number, shop=TIENDA_AZUL,
            person=person.key if person else "", guest=person is None,
            email=wanted.get("email") or "", phone=wanted.get("phone") or "",
            locale=person.locale if person else "es", currency=currency, rate=RATES[currency],
            taxes_included=True, placed_at=now, updated_at=now, cancelled_at=None,
            lines=tuple(self._ordered(item) for item in goods),
            delivery=self._delivery(wanted), discounts=_off(goods), payments=(),
            shipments=(), refunds=(),
            billing=place, shipping=place, note=wanted.get("note") or "",
            tags=tuple(sorted(wanted.get("tags") or ())),
        )  # fmt: skip

    def _person(self, wanted: View) -> Person | None:
        customer = (wanted.get("purchasingEntity") or {}).get("customerId") or ""
        return self._world.customers.get(number(customer, "Customer"))

    def _ordered(self, item: _Goods) -> Line:
        return Line(
            id=self._world.new_id(), product_id=item.product.id, variant_id=item.variant.id,
            sku=item.variant.sku, title=item.product.title, options=item.variant.options,
            quantity=item.quantity, unit_price=item.unit,
            discount=item.unit * item.quantity - item.total, total=item.total, tax=item.tax,
            tax_rate=item.rate,
        )  # fmt: skip

    def _delivery(self, wanted: View) -> Delivery:
        return Delivery(
            id=self._world.new_id(), code="custom",
            title=(wanted.get("shippingLine") or {}).get("title") or "Shipping",
            price=_shipping(wanted), tax=ZERO, tax_rate=ZERO,
        )  # fmt: skip

    def _view(self, draft: View) -> View:
        wanted, order = draft["input"], self._world.orders.get(draft["order"] or 0)
        name = f"#D{draft['id'] % 100_000}"
        return {
            "id": gid("DraftOrder", draft["id"]),
            "name": name,
            "status": draft["status"],
            "ready": draft["ready"],
            "createdAt": draft["createdAt"],
            "invoiceSentAt": draft["invoiceSentAt"],
            "invoiceUrl": f"https://tienda-azul.example/invoices/{draft['id'] * 7919}",
            "tags": list(wanted.get("tags") or ()),
            "totalPriceSet": _bag(Decimal(draft["total"]), _currency(wanted)),
            "order": order and {"id": gid("Order", order.id), "name": order.name},
        }


def _off(goods: list[_Goods]) -> tuple[DiscountUse, ...]:
    off = sum((item.unit * item.quantity - item.total for item in goods), ZERO)
    use = DiscountUse(code="", percentage=Decimal(100), amount=off)
    return (use,) if off else ()


def _currency(wanted: View) -> str:
    return str(wanted.get("presentmentCurrencyCode") or SHOP_CURRENCY)


def _bag(amount: Decimal, currency: str) -> View:
    return bag(amount, currency, RATES[currency], SHOP_CURRENCY)


def _shipping(wanted: View) -> Decimal:
    price = (wanted.get("shippingLine") or {}).get("priceWithCurrency") or {}
    return Decimal(str(price.get("amount") or 0))


def _total(goods: list[_Goods], wanted: View) -> Decimal:
    return sum((item.total for item in goods), _shipping(wanted))


def _plain(value: Any) -> Any:
    """As it goes into the journal."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Decimal) else value
