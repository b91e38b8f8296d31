"""Orders of the neutral seed in the shapes of this platform."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from integrations.sandbox.seed.shapes import (
    CASA_OLIVA,
    Address,
    Line,
    Method,
    Order,
    Person,
    Refund,
    RefundedLine,
    Seed,
    Shipment,
)

from .php import plain
from .records import Json
from .render import unit_price
from .shop import stamp

_METHODS: dict[Method, tuple[str, str]] = {
    "card": ("lab_card", "Tarjeta"),
    "gift_card": ("lab_card", "Tarjeta"),
    "paypal": ("lab_paypal", "PayPal"),
    "cod": ("cod", "Pago contra entrega"),
    "bank_transfer": ("bacs", "Transferencia"),
}
REFUNDABLE = ("lab_card", "lab_paypal")
_TAX_NAMES = {"ES": "IVA", "PT": "IVA", "MX": "IVA", "DE": "MwSt"}
_RATE_IDS = {"ES": 1, "PT": 2, "MX": 3, "DE": 4}
_NOBODY = 0
NOTHING = Decimal(0)


def completed_buyers(orders: Sequence[Order]) -> set[str]:
    """Keys of people with at least one completed order."""
    return {order.person for order in orders if _status(order) == "completed"}


def order_records(seed: Seed) -> Iterable[Json]:
    people = {person.key: person for person in seed.people}
    for order in seed.woocommerce_orders:
        yield _order(order, people.get(order.person))


def _order(order: Order, person: Person | None) -> Json:
    has_account = person is not None and not order.guest and CASA_OLIVA in person.accounts
    gateway, title = method(order)
    paid_at = order.payments[0].paid_at
    delivered = [parcel.delivered_at for parcel in order.shipments if parcel.delivered_at]
    completed = max(delivered) if delivered and _status(order) == "completed" else None
    return {
        "id": order.id,
        "parent_id": 0,
        "status": _status(order),
        "currency": order.currency,
        "version": "11.0.1",
        "prices_include_tax": order.taxes_included,
        **_sums(order),
        "customer_id": person.id if person and has_account else _NOBODY,
        "order_key": f"wc_order_oliva{order.number}",
        "billing": {**postal(order.billing), "email": order.email, "phone": order.phone},
        "shipping": {**postal(order.shipping), "phone": ""},
        "payment_method": gateway,
        "payment_method_title": title,
        "transaction_id": transaction(order),
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": "checkout",
        "customer_note": order.note,
        "cart_hash": "",
        "number": str(order.number),
        "meta_data": _tracking(order),
        "line_items": [line_record(order, line) for line in order.lines],
        "tax_lines": _order_taxes(order),
        "shipping_lines": [_shipping(order)],
        "fee_lines": [],
        "coupon_lines": _coupons(order),
        "needs_processing": True,
        "date_created_gmt": stamp(order.placed_at),
        "date_modified_gmt": stamp(order.updated_at),
        "date_completed_gmt": stamp(completed) if completed else None,
        "date_paid_gmt": stamp(paid_at) if paid_at else None,
    }


def method(order: Order) -> tuple[str, str]:
    """Id and title of the payment plugin."""
    return _METHODS[order.payments[0].method]


def transaction(order: Order) -> str:
    """What the gateway calls the payment; "" if it took none."""
    payment = order.payments[0]
    sold = payment.paid_at and method(order)[0] in REFUNDABLE
    return f"ch_oliva_{payment.id}" if sold else ""


def _status(order: Order) -> str:
    if order.cancelled_at:
        return "cancelled"
    if order.refunds and order.refunded >= order.total:
        return "refunded"
    if order.shipments and all(parcel.delivered_at for parcel in order.shipments):
        return "completed"
    if order.payments[0].paid_at or order.payments[0].method == "cod":
        return "processing"
    return "on-hold" if order.payments[0].method == "bank_transfer" else "pending"


def _sums(order: Order) -> Json:
    goods_tax = sum((line.tax for line in order.lines), NOTHING)
    full_tax = sum((_tax_before(line) for line in order.lines), NOTHING)
    return {
        "discount_total": str(order.discount_total),
        "discount_tax": str(full_tax - goods_tax),
        "shipping_total": str(order.delivery.price),
        "shipping_tax": str(order.delivery.tax),
        "cart_tax": str(goods_tax),
        "total": str(order.total),
        "total_tax": str(order.tax_total),
    }


def _tax_before(line: Line) -> Decimal:
    """What tax would have been without the discount."""
    if not line.discount:
        return line.tax
    return _cents(line.subtotal * line.tax_rate / 100)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def line_record(order: Order, line: Line) -> Json:
    """A line as it was sold."""
    values = ", ".join(value for _, value in line.options)
    tax, before = str(line.tax), str(_tax_before(line))
    rate = rate_id(order)
    return {
        "id": line.id,
        "name": f"{line.title} - {values}" if values else line.title,
        "product_id": line.product_id,
        "variation_id": line.variant_id if line.options else 0,
        "quantity": line.quantity,
        "tax_class": "",
        "subtotal": str(line.subtotal),
        "subtotal_tax": before,
        "total": str(line.total),
        "total_tax": tax,
        "taxes": [{"id": rate, "total": tax, "subtotal": before}] if line.tax_rate else [],
        "meta_data": _line_metas(order, line),
        "sku": line.sku,
        "global_unique_id": "",
        "price": unit_price(str(line.total), line.quantity),
        "image": {"id": line.variant_id, "src": f"/images/{line.sku}.svg"},
        "parent_name": line.title if values else None,
    }


def _line_metas(order: Order, line: Line) -> list[Json]:
    metas = [(name.lower(), value, name) for name, value in line.options]
    back = sum(_restocked(part) for refund in order.refunds for part in _of(refund, line))
    if _status(order) in ("processing", "completed", "refunded", "on-hold"):
        metas.append(("_reduced_stock", str(line.quantity - back), "_reduced_stock"))
    if back:
        metas.append(("_restock_refunded_items", str(back), "_restock_refunded_items"))
    return [
        {
            "id": line.id * 10 + place,
            "key": key,
            "value": value,
            "display_key": shown,
            "display_value": value,
        }
        for place, (key, value, shown) in enumerate(metas)
    ]


def _of(refund: Refund, line: Line) -> list[RefundedLine]:
    return [part for part in refund.lines if part.line_id == line.id]


def _restocked(part: RefundedLine) -> int:
    return part.quantity if part.restocked else 0


def _shipping(order: Order) -> Json:
    delivery = order.delivery
    tax = {"id": rate_id(order), "total": str(delivery.tax), "subtotal": ""}
    return {
        "id": delivery.id,
        "method_title": delivery.title,
        "method_id": "free_shipping" if delivery.code == "free" else "flat_rate",
        "instance_id": "1",
        "total": str(delivery.price),
        "total_tax": str(delivery.tax),
        "taxes": [tax] if delivery.tax else [],
        "tax_status": "taxable",
        "meta_data": [],
    }


def _coupons(order: Order) -> list[Json]:
    return [
        {
            "id": order.number * 100 + 70 + place,
            "code": used.code.lower(),
            "discount": plain(used.amount),
            "discount_tax": _sums(order)["discount_tax"],
            "meta_data": [],
            "discount_type": "percent" if used.percentage else "fixed_cart",
            "nominal_amount": int(used.percentage or used.amount),
            "free_shipping": False,
        }
        for place, used in enumerate(order.discounts)
    ]


def _order_taxes(order: Order) -> list[Json]:
    goods = sum((line.tax for line in order.lines), NOTHING)
    return tax_line_records(order, order.number * 100 + 80, goods, order.delivery.tax)


def tax_line_records(order: Order, identity: int, goods: Decimal, shipping: Decimal) -> list[Json]:
    """One line for the one rate an order has, none without tax."""
    if not goods and not shipping:
        return []
    country = order.shipping.country
    return [
        {
            "id": identity,
            "rate_code": f"{country}-{_TAX_NAMES[country].upper()}-1",
            "rate_id": rate_id(order),
            "label": _TAX_NAMES[country],
            "compound": False,
            "tax_total": str(goods),
            "shipping_tax_total": str(shipping),
            "rate_percent": int(order.lines[0].tax_rate),
            "meta_data": [],
        }
    ]


def rate_id(order: Order) -> int:
    """0 where no tax is due."""
    return _RATE_IDS.get(order.shipping.country, 0)


def _tracking(order: Order) -> list[Json]:
    """What shipment tracking plugins leave on an order; there is no such thing in the core."""
    if not order.shipments:
        return []
    parcels = [_parcel(parcel) for parcel in order.shipments]
    return [{"id": order.id, "key": "_wc_shipment_tracking_items", "value": parcels}]


def _parcel(parcel: Shipment) -> Json:
    return {
        "tracking_provider": "",
        "custom_tracking_provider": parcel.company,
        "custom_tracking_link": parcel.tracking_url,
        "tracking_number": parcel.tracking_number,
        "tracking_product_code": "",
        "date_shipped": str(int(parcel.created_at.timestamp())),
        "products_list": "",
        "status_shipped": "1",
        "tracking_id": f"{parcel.id:012x}",
    }


def postal(place: Address) -> Json:
    """An address without e-mail and phone."""
    return {
        "first_name": place.first_name,
        "last_name": place.last_name,
        "company": place.company,
        "address_1": place.line1,
        "address_2": place.line2,
        "city": place.city,
        "state": place.province_code,
        "postcode": place.postcode,
        "country": place.country,
    }
