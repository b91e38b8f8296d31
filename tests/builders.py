"""Domain values for tests: valid by default, every field can be said."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from plugin.domain.money import Money
from plugin.domain.orders import Order, OrderLine, Payment
from plugin.domain.people import Address, Customer

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def an_order(ref: str = "o1", **fields: Any) -> Order:
    values: dict[str, Any] = {
        "ref": ref,
        "number": f"#{ref}",
        "placed_at": NOON,
        "updated_at": NOON,
        "currency": "EUR",
        "total": eur("50.00"),
        "subtotal": eur("50.00"),
        "shipping_total": eur("0.00"),
        "tax_total": eur("0.00"),
        "discount_total": eur("0.00"),
        "refunded": eur("0.00"),
        "paid": True,
        "payment_state": "paid",
        "fulfilment_state": "unfulfilled",
        "lines": (a_line(),),
        "payments": (a_payment(),),
    }
    return Order(**{**values, **fields})


def a_line(ref: str = "l1", **fields: Any) -> OrderLine:
    values: dict[str, Any] = {
        "ref": ref,
        "title": "Taza",
        "quantity": 2,
        "refundable_quantity": 2,
        "total": eur("50.00"),
        "tax": eur("0.00"),
    }
    return OrderLine(**{**values, **fields})


def a_payment(ref: str = "p1", **fields: Any) -> Payment:
    values: dict[str, Any] = {
        "ref": ref,
        "gateway": "card",
        "label": "Visa •• 4242",
        "state": "succeeded",
        "amount": eur("50.00"),
    }
    return Payment(**{**values, **fields})


def a_customer(ref: str = "c1", **fields: Any) -> Customer:
    values: dict[str, Any] = {"ref": ref, "name": "Ana Prueba", "updated_at": NOON}
    return Customer(**{**values, **fields})


def an_address(**fields: Any) -> Address:
    values: dict[str, Any] = {"name": "Ana Prueba", "country": "ES", "postcode": "28012"}
    return Address(**{**values, **fields})
