"""Turns a short plan of an order into the whole order: prices, taxes, payments, parcels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from . import draw
from .shapes import (
    CASA_OLIVA,
    TIENDA_AZUL,
    Address,
    Delivery,
    DiscountUse,
    Line,
    Method,
    Order,
    Payment,
    Person,
    Product,
    Refund,
    RefundedLine,
    Shipment,
    ShipmentLine,
    ShipmentState,
    Variant,
)

RATES = {"EUR": Decimal(1), "MXN": Decimal("0.05"), "CLP": Decimal("0.001"), "USD": Decimal("0.9")}
_DIGITS = {"CLP": 0}
_TAX = {"ES": 21, "MX": 16, "CL": 19, "PT": 23, "DE": 19, "IE": 23, "GB": 20}
_CARRIERS = {"ES": "SEUR", "MX": "Estafeta", "CL": "Chilexpress", "GB": "Royal Mail", "DE": "DHL"}
_LABELS: Mapping[Method, str] = {
    "card": "Visa", "gift_card": "Tarjeta regalo", "paypal": "PayPal",
    "cod": "Pago contra entrega", "bank_transfer": "Transferencia bancaria",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelPlan:
    """`items` are positions in `OrderPlan.items`; () = all. Times are days after the order."""

    state: ShipmentState
    items: tuple[int, ...] = ()
    after: Decimal = Decimal(1)
    takes: Decimal = Decimal(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPlan:
    """Units by position, or an amount alone. `payment` is a position in `OrderPlan.payments`."""

    units: tuple[tuple[int, int], ...] = ()
    amount: Decimal | None = None
    payment: int = 0
    after: Decimal = Decimal(5)
    reason: str = ""
    restocked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlan:
    """`items` are (SKU, quantity). `payments` are (method, amount); amount None = the rest.
    `percentage` is the discount that `code` gives."""

    number: int
    shop: str
    person: Person
    items: tuple[tuple[str, int], ...]
    placed_at: datetime
    currency: str = "EUR"
    payments: tuple[tuple[Method, Decimal | None], ...] = (("card", None),)
    paid: bool = True
    code: str = ""
    percentage: int = 0
    parcels: tuple[ParcelPlan, ...] = ()
    refunds: tuple[RefundPlan, ...] = ()
    cancelled_after: Decimal | None = None
    note: str = ""
    tags: tuple[str, ...] = ()
    phone: str | None = None
    shipping: Address | None = field(default=None)


class Maker:
    """Knows the shelf; makes orders."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._shelf = {
            variant.sku: (product, variant) for product in products for variant in product.variants
        }

    def make(self, plan: OrderPlan) -> Order:
        """Raises KeyError for a SKU that is not on the shelf."""
        lines = tuple(
            self._line(plan, position, sku, quantity)
            for position, (sku, quantity) in enumerate(plan.items)
        )
        order = _bare(plan, lines)
        payments = _payments(plan, order.total)
        order = replace(
            order,
            payments=payments,
            shipments=tuple(_shipment(plan, i, lines) for i in range(len(plan.parcels))),
            refunds=tuple(_refund(plan, i, order, payments) for i in range(len(plan.refunds))),
        )
        return replace(order, updated_at=_last_touched(order))

    def _line(self, plan: OrderPlan, position: int, sku: str, quantity: int) -> Line:
        product, variant = self._shelf[sku]
        if product.shop != plan.shop:
            raise KeyError(f"{sku} is not sold by {plan.shop}")
        unit = _in_currency(variant.price, plan.currency)
        discount = rounded(unit * quantity * plan.percentage / 100, plan.currency)
        total = unit * quantity - discount
        rate = _tax_rate(plan)
        return Line(
            id=plan.number * 100 + position + 1, product_id=product.id, variant_id=variant.id,
            sku=sku, title=product.title, options=variant.options, quantity=quantity,
            unit_price=unit, discount=discount, total=total,
            tax=_tax(total, rate, plan), tax_rate=rate,
        )  # fmt: skip

    def variants(self, shop: str) -> list[Variant]:
        return [variant for product, variant in self._shelf.values() if product.shop == shop]


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Half up to the currency's digits."""
    return amount.quantize(Decimal(1).scaleb(-_DIGITS.get(currency, 2)), ROUND_HALF_UP)


def _in_currency(euros: Decimal, currency: str) -> Decimal:
    return rounded(euros / RATES[currency], currency)


def _address(plan: OrderPlan) -> Address:
    return plan.shipping or plan.person.address


def _tax_rate(plan: OrderPlan) -> Decimal:
    return tax_rate(_address(plan))


def tax_rate(address: Address) -> Decimal:
    """In per cent. The Canary Islands are Spain and outside its value added tax."""
    if address.country == "ES" and address.postcode[:2] in ("35", "38"):
        return Decimal(0)
    return Decimal(_TAX.get(address.country, 0))


def _included(plan: OrderPlan) -> bool:
    return plan.shop == TIENDA_AZUL


def _tax(amount: Decimal, rate: Decimal, plan: OrderPlan) -> Decimal:
    if _included(plan):
        return rounded(amount * rate / (100 + rate), plan.currency)
    return rounded(amount * rate / 100, plan.currency)


def _delivery(plan: OrderPlan, goods: Decimal) -> Delivery:
    country = _address(plan).country
    euros = Decimal("4.95") if country == "ES" else Decimal("14.90")
    title = "Envío estándar" if country == "ES" else "Envío internacional"
    if plan.shop == CASA_OLIVA:
        euros = Decimal("4.09") if country == "ES" else Decimal("12.40")
    if goods * RATES[plan.currency] >= 120:
        euros, title = Decimal(0), "Envío gratis"
    price, rate = _in_currency(euros, plan.currency), _tax_rate(plan)
    return Delivery(
        id=plan.number * 100 + 90, code="free" if not price else "standard", title=title,
        price=price, tax=_tax(price, rate, plan), tax_rate=rate,
    )  # fmt: skip


def _bare(plan: OrderPlan, lines: tuple[Line, ...]) -> Order:
    goods = sum((line.total for line in lines), Decimal(0))
    off = sum((line.discount for line in lines), Decimal(0))
    used = DiscountUse(code=plan.code, percentage=Decimal(plan.percentage), amount=off)
    cancelled = plan.cancelled_after
    person = plan.person
    return Order(
        id=plan.number, number=plan.number, shop=plan.shop, person=person.key,
        guest=plan.shop not in person.accounts, email=person.email,
        phone=person.phone if plan.phone is None else plan.phone, locale=person.locale,
        currency=plan.currency, rate=RATES[plan.currency], taxes_included=_included(plan),
        placed_at=plan.placed_at, updated_at=plan.placed_at,
        cancelled_at=None if cancelled is None else _later(plan.placed_at, cancelled),
        lines=lines, delivery=_delivery(plan, goods), discounts=(used,) if plan.code else (),
        payments=(), shipments=(), refunds=(), billing=person.address, shipping=_address(plan),
        note=plan.note, tags=plan.tags,
    )  # fmt: skip


def _later(moment: datetime, days: Decimal) -> datetime:
    return moment + timedelta(seconds=int(days * 86400))


def _payments(plan: OrderPlan, total: Decimal) -> tuple[Payment, ...]:
    left, made = total, []
    for position, (method, wanted) in enumerate(plan.payments):
        amount = left if wanted is None else wanted
        left -= amount
        digits = f"{1000 + draw.number(9000, 'card', plan.number, position)}"
        made.append(
            Payment(
                id=plan.number * 10 + position + 1,
                method=method,
                label=_LABELS[method],
                amount=amount,
                paid_at=_paid_at(plan, method),
                last4=digits if method in ("card", "gift_card") else "",
            )
        )
    return tuple(made)


def _paid_at(plan: OrderPlan, method: Method) -> datetime | None:
    """The courier brings cash when the parcel arrives; everything else is paid at once."""
    if not plan.paid:
        return None
    if method != "cod":
        return plan.placed_at + timedelta(seconds=40)
    arrived = [parcel for parcel in plan.parcels if parcel.state == "delivered"]
    return _later(plan.placed_at, arrived[0].after + arrived[0].takes) if arrived else None


def _shipment(plan: OrderPlan, position: int, lines: tuple[Line, ...]) -> Shipment:
    parcel = plan.parcels[position]
    country = _address(plan).country
    company = _CARRIERS.get(country, "DHL")
    tracking = f"{company[:2].upper()}{plan.number}{position + 1}{country}"
    created = _later(plan.placed_at, parcel.after)
    arrives = _later(created, parcel.takes)
    inside = [line for i, line in enumerate(lines) if not parcel.items or i in parcel.items]
    return Shipment(
        id=plan.number * 10 + position + 1, state=parcel.state, location=_place(plan),
        created_at=created, expected_at=arrives,
        delivered_at=arrives if parcel.state == "delivered" else None,
        company=company, tracking_number=tracking,
        tracking_url=f"https://tracking.example/{company.lower().replace(' ', '-')}/{tracking}",
        lines=tuple(ShipmentLine(line_id=line.id, quantity=line.quantity) for line in inside),
    )  # fmt: skip


def _place(plan: OrderPlan) -> str:
    if plan.shop == CASA_OLIVA:
        return "sevilla"
    return "mexico" if _address(plan).country == "MX" else "madrid"


def _refund(plan: OrderPlan, position: int, order: Order, payments: tuple[Payment, ...]) -> Refund:
    wanted = plan.refunds[position]
    lines = tuple(
        _refunded_line(order, index, quantity, wanted.restocked) for index, quantity in wanted.units
    )
    sums = sum((line.total + line.tax for line in lines), Decimal(0))
    return Refund(
        id=90000 + (plan.number - 1000) * 10 + position,
        payment_id=payments[wanted.payment].id,
        amount=sums if wanted.amount is None else wanted.amount,
        created_at=_later(plan.placed_at, wanted.after), reason=wanted.reason, lines=lines,
    )  # fmt: skip


def _refunded_line(order: Order, index: int, quantity: int, restocked: bool) -> RefundedLine:
    line = order.lines[index]
    net = line.total - line.tax if order.taxes_included else line.total
    return RefundedLine(
        line_id=line.id, quantity=quantity, restocked=restocked,
        total=rounded(net * quantity / line.quantity, order.currency),
        tax=rounded(line.tax * quantity / line.quantity, order.currency),
    )  # fmt: skip


def _last_touched(order: Order) -> datetime:
    moments = [order.placed_at, order.cancelled_at]
    moments += [payment.paid_at for payment in order.payments]
    moments += [refund.created_at for refund in order.refunds]
    for shipment in order.shipments:
        moments += [shipment.created_at, shipment.delivered_at]
    return max(moment for moment in moments if moment)
