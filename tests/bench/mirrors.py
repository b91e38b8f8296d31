"""A merchant with two shops and 20 orders a customer, written through the product's own code."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

import jwt

from plugin.actions import connect, installs
from plugin.actions.launch import open_panel
from plugin.actions.records import save_customers, save_orders
from plugin.db import connections as installed
from plugin.db.migrate import upgrade
from plugin.db.session import Scope
from plugin.domain.money import Money
from plugin.domain.orders import (
    Discount,
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderLine,
    Payment,
    ShippingLine,
    Tracking,
)
from plugin.domain.people import Address, Customer
from plugin.ports.clock import new_id
from plugin.ports.helpdesk import Request
from plugin.services import Services
from plugin.settings import Settings
from plugin.wiring import build_services
from tests.owning import owned

ORDERS_EACH = 20
BATCH = 1000
_NOW = datetime.now(UTC).replace(microsecond=0)
_FIRST = ("Lucía", "Mateo", "Carmen", "Íñigo", "Noa", "Andrés", "María José", "Joaquín")
_LAST = ("García", "Muñoz", "Fernández", "Ibáñez", "Peña", "Rodríguez", "López", "Núñez")
_CITIES = (("Madrid", "28012"), ("Sevilla", "41001"), ("Logroño", "26001"), ("A Coruña", "15003"))
_GOODS = ("Cuenco de gres", "Mantel de lino lavado", "Aceite virgen extra", "Vela de cera",
          "Delantal de algodón", "Taza esmaltada", "Tabla de olivo")  # fmt: skip
_OPTIONS = ("Azul / 22 cm", "Natural / 150 x 250", "500 ml", "Lavanda", "Talla única")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A database in `folder` with as many orders as said, and who may look into it."""

    folder: Path
    orders: int
    install_id: str
    tokens: tuple[str, ...]

    @property
    def environ(self) -> dict[str, str]:
        return environ_of(self.folder)

    @property
    def path(self) -> str:
        return f"/panel/{self.install_id}/v1/sidebar"


def environ_of(folder: Path) -> dict[str, str]:
    """Settings as in production, but for http on loopback."""
    return {"MOSTRADOR_ENV": "development", "DATA_DIR": str(folder), "LOG_LEVEL": "warning"}


def fill(folder: Path, count: int, looks: int) -> Filled:
    """Writes the mirror as a backfill would, by date, and opens `looks` panels, one a writer."""
    settings = Settings.from_env(environ_of(folder))
    folder.mkdir(parents=True, exist_ok=True)
    upgrade(settings.database_url)
    services = build_services(settings)
    try:
        scope = connect.create_workspace(
            services, name="Bench", locale="es", country="ES", timezone="Europe/Madrid"
        )
        owned(services, scope)
        shops = [add_shop(services, scope, key) for key in sorted(services.stores)]
        people = count // ORDERS_EACH
        for shop, shop_id in enumerate(shops):
            _write(services, scope, shop_id, range(shop, people, len(shops)))
        install = installs.install_helpdesk(
            services, scope, helpdesk="generic", label="Bench",
            origins=["https://desk.example"], default_role="agent",
        )  # fmt: skip
        chosen = random.Random(7).sample(range(people), min(looks, people))
        tokens = tuple(_opened(services, install, person) for person in chosen)
    finally:
        services.database.close()
    return Filled(folder=folder, orders=count, install_id=install.id, tokens=tokens)


def add_shop(services: Services, scope: Scope, platform: str, credentials: bytes = b"") -> str:
    shop_id = new_id("co_")
    values = {
        "id": shop_id,
        "platform": platform,
        "label": f"Tienda {platform.title()}",
        "address": "http://127.0.0.1:9",
        "credentials": credentials or services.keys.seal(b"{}"),
        "options": {},
        "currency": "EUR",
        "timezone": "Europe/Madrid",
        "last_ok_at": services.clock(),
        "sync_state": "done",
        "sync": {},
        "created_at": services.clock(),
    }
    with services.database.writing() as connection:
        installed.add_connection(scope, connection, values)
    return shop_id


def _write(services: Services, scope: Scope, shop_id: str, people: range) -> None:
    customers = (a_customer(person) for person in people)
    while batch := list(islice(customers, BATCH)):
        with services.database.writing() as connection:
            save_customers(scope, connection, shop_id, batch, "ES", services.clock())
    orders = _by_date(people)
    while found := list(islice(orders, BATCH)):
        with services.database.writing() as connection:
            save_orders(scope, connection, shop_id, found, "ES", services.clock())


def _by_date(people: range) -> Iterator[Order]:
    """Everybody's first order, then everybody's second: neighbours in time are strangers."""
    for nth in range(ORDERS_EACH):
        for person in people:
            yield an_order(person, nth)


def _opened(services: Services, install: installs.Installed, person: int) -> str:
    """A panel opened by a signed launch, as a helpdesk does it; returns its token."""
    now = datetime.now(UTC)
    claims = {
        "iss": "helpdesk",
        "aud": install.id,
        "iat": now,
        "exp": now + timedelta(seconds=60),
        "jti": new_id(),
        "agent": {"id": "ana", "name": "Ana"},
        "conversation": f"ticket-{person}",
        "customer": {"name": _name(person), "emails": [_email(person)]},
        "locale": "es",
    }
    launch = jwt.encode(claims, install.secret, algorithm="HS256")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = Request(headers=headers, query=(), body=f"launch={launch}".encode())
    return open_panel(services, install.id, request).token


def a_customer(person: int) -> Customer:
    return Customer(
        ref=f"{70_000_000 + person}",
        name=_name(person),
        email=_email(person),
        phone=f"+346{person % 100_000_000:08d}",
        address=_address(person),
        tags=("habitual", "boletín") if person % 3 else (),
        note="Prefiere que la llamen por la tarde" if person % 5 == 0 else "",
        locale="es",
        created_at=_NOW - timedelta(days=900),
        updated_at=_NOW - timedelta(days=2),
    )


def an_order(person: int, nth: int) -> Order:
    """One to four lines, paid by card, mostly delivered with a tracking number."""
    seed = random.Random(person * ORDERS_EACH + nth)
    number = person * ORDERS_EACH + nth
    lines = tuple(_line(seed, number, position) for position in range(seed.randint(1, 4)))
    subtotal = sum((line.total.amount for line in lines), Decimal(0))
    placed = _NOW - timedelta(days=(ORDERS_EACH - nth) * 30, seconds=seed.randint(0, 2_000_000))
    address = _address(person)
    return Order(
        ref=f"{5_000_000_000 + number}",
        number=f"#{1001 + number}",
        placed_at=placed,
        updated_at=placed + timedelta(days=4),
        currency="EUR",
        total=_eur(subtotal + Decimal("4.90")),
        subtotal=_eur(subtotal),
        shipping_total=_eur(Decimal("4.90")),
        tax_total=_eur((subtotal * Decimal("0.1736")).quantize(Decimal("0.01"))),
        discount_total=_eur(Decimal("5.00") if nth % 6 == 0 else Decimal(0)),
        refunded=_eur(Decimal(0)),
        paid=True,
        taxes_included=True,
        payment_state="paid",
        fulfilment_state="fulfilled" if nth < ORDERS_EACH - 2 else "unfulfilled",
        customer_ref=f"{70_000_000 + person}",
        customer_name=_name(person),
        email=_email(person),
        phone=address.phone,
        lines=lines,
        shipping_lines=(_shipping(),),
        fulfilments=(_parcel(placed, number, lines),) if nth < ORDERS_EACH - 2 else (),
        payments=(_payment(subtotal + Decimal("4.90"), placed, number),),
        discounts=(Discount(label="VUELVE5", amount=_eur(Decimal("5.00"))),)
        if nth % 6 == 0
        else (),
        shipping_address=address,
        billing_address=address,
        note="Dejar en portería" if nth % 4 == 0 else "",
        tags=("regalo",) if nth % 7 == 0 else (),
        status_url=f"https://tienda.example/pedidos/{number}/estado",
        admin_url=f"https://admin.example/orders/{number}",
    )


def _line(seed: random.Random, number: int, position: int) -> OrderLine:
    quantity = seed.randint(1, 3)
    goods = seed.choice(_GOODS)
    image = f"https://cdn.example/s/files/1/0001/products/{seed.randint(1, 900)}_{position}.jpg"
    return OrderLine(
        ref=f"{9_000_000_000 + number * 4 + position}",
        title=goods,
        options=seed.choice(_OPTIONS),
        sku=f"{goods[:3].upper()}-{seed.randint(100, 999)}",
        quantity=quantity,
        refundable_quantity=quantity,
        total=_eur(Decimal(seed.randint(500, 9000)) / 100 * quantity),
        tax=_eur(Decimal(0)),
        image_url=image,
        product_ref=f"{8_000_000_000 + seed.randint(1, 900)}",
        variant_ref=f"{8_500_000_000 + seed.randint(1, 2500)}",
    )


def _shipping() -> ShippingLine:
    return ShippingLine(
        ref="s1", title="Envío en 48 horas", total=_eur(Decimal("4.90")), tax=_eur(Decimal(0))
    )


def _parcel(placed: datetime, number: int, lines: tuple[OrderLine, ...]) -> Fulfilment:
    code = f"PQ{number:010d}ES"
    return Fulfilment(
        ref=f"f{number}",
        state="delivered",
        created_at=placed + timedelta(days=1),
        delivered_at=placed + timedelta(days=3),
        tracking=(
            Tracking(company="Correos", number=code, url=f"https://track.example/?id={code}"),
        ),
        lines=tuple(FulfilmentLine(line_ref=line.ref, quantity=line.quantity) for line in lines),
    )


def _payment(amount: Decimal, placed: datetime, number: int) -> Payment:
    return Payment(
        ref=f"t{number}",
        gateway="card",
        label="Visa •••• 4242",
        state="succeeded",
        amount=_eur(amount),
        at=placed,
    )


def _address(person: int) -> Address:
    city, postcode = _CITIES[person % len(_CITIES)]
    return Address(
        name=_name(person),
        line1=f"Calle de la Alameda, {person % 190 + 1}",
        line2="3.º B" if person % 2 else "",
        city=city,
        province=city,
        postcode=postcode,
        country="ES",
        phone=f"+346{person % 100_000_000:08d}",
    )


def _name(person: int) -> str:
    first, middle, last = person % 8, person // 8 % 8, person // 64 % 8
    return f"{_FIRST[first]} {_LAST[middle]} {_LAST[last]}"


def _email(person: int) -> str:
    return f"cliente{person}@correo.example"


def _eur(amount: Decimal) -> Money:
    return Money(amount, "EUR")
