"""A seat, its shops, customers and orders as the core would hand them to the panel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from plugin.actions.launch import ConnectionHealth, Lookup, Seat
from plugin.actions.sidebar import OrderRow, PersonView, Sidebar, Totals
from plugin.actions.views import ActionView
from plugin.db import mirror
from plugin.db.session import Scope
from plugin.domain.identity import Evidence, Identifiers
from plugin.domain.orders import (
    Discount,
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderRefund,
    RefundedLine,
    ShippingLine,
    Tracking,
)
from plugin.domain.products import Product, StockLevel, Variant
from plugin.domain.refunds import RefundLine, RefundPart, RefundPlan
from tests.builders import a_customer, a_line, a_payment, an_address, an_order, eur

NOW = datetime(2026, 11, 22, 9, 45, tzinfo=UTC)
INSTALL = "in_demo"
TOKEN = "token-of-ana"
TYPED_TOKEN = "token-of-a-search"
STRONG = Evidence(strength="strong", reason="email", detail="carmen@example.com")
WEAK = Evidence(strength="weak", reason="number")


def health(id: str = "co_blue", label: str = "Tienda Azul", **fields: Any) -> ConnectionHealth:
    values: dict[str, Any] = {
        "id": id,
        "platform": "pretend",
        "label": label,
        "currency": "EUR",
        "timezone": "Europe/Madrid",
        "failing_since": None,
        "failure_code": "",
        "last_ok_at": NOW,
        "sync_state": "done",
        "sync_percent": None,
    }
    return ConnectionHealth(**{**values, **fields})


def lookup(connection_id: str = "co_blue", state: str = "answered") -> Lookup:
    return Lookup(
        connection_id=connection_id,
        state=state,  # type: ignore[arg-type]
        code="",
        asked_at=NOW,
        answered_at=NOW if state == "answered" else None,
    )


def a_seat(**fields: Any) -> Seat:
    values: dict[str, Any] = {
        "scope": Scope("ws_1"),
        "install_id": INSTALL,
        "token_hash": "hash",
        "agent_id": "ag_ana",
        "agent_name": "Ana",
        "role": "agent",
        "proof": "signed",
        "locale": "es",
        "identifiers": Identifiers(source="signed", emails=("carmen@example.com",)),
        "conversation": "t1",
        "subject_key": "subject",
        "country": "ES",
        "timezone": "Europe/Madrid",
        "origins": ("https://desk.example",),
        "misses": 0,
        "expires_at": NOW + timedelta(minutes=15),
        "connections": (health(), health("co_olive", "Casa Oliva")),
        "lookups": (lookup(), lookup("co_olive")),
    }
    return Seat(**{**values, **fields})


def a_full_order(ref: str = "gid/1042", **fields: Any) -> Order:
    """Two parcels, a refund, a discount, notes: everything an order can show."""
    lines = (
        a_line("l1", title="Taza de gres azul", options="Azul / 30 cl", quantity=2,
               refundable_quantity=1, total=eur("24.00"), sku="TAZA-30"),
        a_line("l2", title="Mantel de lino lavado", quantity=1, refundable_quantity=1,
               unfulfilled_quantity=1, total=eur("59.00")),
    )  # fmt: skip
    values: dict[str, Any] = {
        "number": "#1042",
        "total": eur("82.90"),
        "subtotal": eur("83.00"),
        "shipping_total": eur("4.90"),
        "discount_total": eur("5.00"),
        "refunded": eur("12.00"),
        "taxes_included": True,
        "payment_state": "partially_refunded",
        "fulfilment_state": "partial",
        "customer_name": "Carmen Ferrándiz López",
        "email": "carmen@example.com",
        "phone": "+34 600 111 222",
        "lines": lines,
        "shipping_lines": (
            ShippingLine(ref="s1", title="Correos", total=eur("4.90"), tax=eur("0")),
        ),
        "fulfilments": (
            Fulfilment(
                ref="f1",
                state="in_transit",
                created_at=NOW - timedelta(days=2),
                expected_at=NOW + timedelta(days=1),
                tracking=(
                    Tracking(
                        company="Correos",
                        number="PK4GA70012345",
                        url="https://track.example/PK4GA70012345",
                    ),
                ),
                lines=(FulfilmentLine(line_ref="l1", quantity=2),),
            ),
            Fulfilment(
                ref="f2", state="pending", lines=(FulfilmentLine(line_ref="l2", quantity=1),)
            ),
        ),
        "payments": (a_payment(amount=eur("82.90"), at=NOW - timedelta(days=3)),),
        "refunds": (
            OrderRefund(
                ref="r1",
                total=eur("12.00"),
                created_at=NOW - timedelta(days=1),
                reason="Llegó rota",
                reference="M-ABCDEFGH",
                lines=(RefundedLine(line_ref="l1", quantity=1, total=eur("12.00"), tax=eur("0")),),
            ),
        ),
        "discounts": (Discount(label="OTOÑO5", amount=eur("5.00")),),
        "shipping_address": a_full_address(),
        "billing_address": a_full_address(),
        "note": "Dejar en conserjería",
        "tags": ("vip", "regalo"),
        "admin_url": "https://tienda-azul.example/admin/orders/1042",
    }
    return an_order(ref, **{**values, **fields})


def a_full_address() -> Any:
    return an_address(
        name="Carmen Ferrándiz López",
        line1="Calle de la Palma 12, 3.º B",
        city="Madrid",
        province="Madrid",
        postcode="28004",
    )


def a_row(order: Order | None = None, **fields: Any) -> OrderRow:
    order = order or a_full_order()
    values: dict[str, Any] = {
        "connection_id": "co_blue",
        "ref": order.ref,
        "number": order.number,
        "placed_at": order.placed_at,
        "doc": mirror.encode(order),
        "version": 1,
        "fetched_at": NOW,
        "evidence": STRONG,
        "masked": False,
    }
    return OrderRow(**{**values, **fields})


def a_person(connection_id: str = "co_blue", **fields: Any) -> PersonView:
    customer = a_customer(
        **{
            "name": "Carmen Ferrándiz López",
            "email": "carmen@example.com",
            "phone": "+34 600 111 222",
            "created_at": datetime(2022, 3, 4, tzinfo=UTC),
            "tags": ("vip",),
            "locale": "es-ES",
            "address": a_full_address(),
            **fields,
        }
    )
    return PersonView(
        connection_id=connection_id, customer=customer, evidence=STRONG, version=1, fetched_at=NOW
    )


def a_sidebar(**fields: Any) -> Sidebar:
    values: dict[str, Any] = {
        "state": "known",
        "people": (a_person(),),
        "orders": (a_row(), a_row(an_order("77"), connection_id="co_olive")),
        "order_count": 2,
        "totals": (Totals(currency="EUR", orders=2, amount=eur("132.90")),),
        "as_of": NOW - timedelta(seconds=30),
        "etag": "tag-1",
    }
    return Sidebar(**{**values, **fields})


def a_plan(**fields: Any) -> RefundPlan:
    values: dict[str, Any] = {
        "order_ref": "gid/1042",
        "order_number": "#1042",
        "mode": "lines",
        "amount": eur("20.00"),
        "lines": (
            RefundLine(line_ref="l1", title="Taza de gres azul", quantity=1, total=eur("16.53"),
                       tax=eur("3.47"), restock="return", restock_to="Almacén Madrid"),
        ),
        "parts": (
            RefundPart(payment_ref="p1", gateway="card", label="Visa •• 4242",
                       amount=eur("20.00"), maximum=eur("70.90")),
        ),
        "tax": eur("3.47"),
        "shipping": eur("0"),
        "refundable": eur("70.90"),
        "remaining_after": eur("50.90"),
        "refunded_before": eur("12.00"),
        "order_total": eur("82.90"),
        "order_version": "v1",
        "order_state": "open",
    }  # fmt: skip
    return RefundPlan(**{**values, **fields})


def an_action(state: str = "previewed", **fields: Any) -> ActionView:
    values: dict[str, Any] = {
        "id": "ac_1",
        "state": state,
        "kind": "refund",
        "connection_id": "co_blue",
        "order_ref": "gid/1042",
        "order_number": "#1042",
        "amount": eur("20.00"),
        "plan": a_plan(),
        "agent_id": "ag_ana",
        "agent_name": "Ana",
        "mine": True,
        "created_at": NOW,
        "expires_at": NOW + timedelta(minutes=15),
        "requested_at": None if state == "previewed" else NOW,
        "finished_at": None,
        "code": "",
        "parameters": {},
        "payment": "",
        "reference": "M-QWERTYUI",
        "receipt": {},
    }
    return ActionView(**{**values, **fields})


def a_product(**fields: Any) -> Product:
    values: dict[str, Any] = {
        "ref": "p1",
        "title": "Camisa de lino",
        "updated_at": NOW,
        "url": "https://tienda-azul.example/camisa",
        "variants": (
            Variant(ref="v1", title="Blanco / M", sku="CAM-B-M", price=eur("49.90"),
                    stock=(StockLevel(location="Valencia", quantity=3),
                           StockLevel(location="Madrid", quantity=0))),
            Variant(ref="v2", title="Blanco / L", price=eur("54.90"), state="out_of_stock"),
        ),
    }  # fmt: skip
    return Product(**{**values, **fields})
