"""The shop that was recorded (store A), as it stood before the first recorded call.

Whole documents come from the recordings. Orders that were recorded only after a change are turned
back, and those of which only list rows are known are made to fit them.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient

from integrations.sandbox.woocommerce import create_app
from integrations.sandbox.woocommerce.records import (
    ADMINISTRATOR,
    SHOP_MANAGER,
    SUBSCRIBER,
    ApiKey,
    Gateway,
    Json,
    Records,
    Site,
    tax_rate,
)
from integrations.sandbox.woocommerce.shop import Shop
from tests.integrations.sandbox.woocommerce.recordings import (
    KEYS,
    SECRET,
    Seen,
    ask,
    body_of,
    recorded_at,
)

_COMPUTED = ("refunds", "payment_url", "is_editable", "needs_payment", "currency_symbol", "_links")
_LOCAL_TIMES = ("date_created", "date_modified", "date_completed", "date_paid")
_NO_SHIPPING = dict.fromkeys(
    (
        "first_name",
        "last_name",
        "company",
        "address_1",
        "address_2",
        "city",
        "state",
        "postcode",
        "country",
        "phone",
    ),
    "",
)
MANAGER = 2


class SetClock:
    """The shop's clock, set by hand."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """The recorded shop, made anew."""

    client: FlaskClient
    shop: Shop
    clock: SetClock

    def play(self, name: str) -> Seen:
        self.clock.moment = recorded_at(name)
        return ask(self.client, name)


def opened(records: Records | None = None) -> Lab:
    clock = SetClock(recorded_at("auth-00-index"))
    app = create_app(records=records or lab(), clock=clock)
    shop: Shop = app.extensions["shop"]
    shop.between_check_and_save = lambda: None  # type: ignore[method-assign]
    return Lab(client=app.test_client(), shop=shop, clock=clock)


def lab() -> Records:
    """Store A: HPOS, EUR, prices without tax, Madrid."""
    return Records(
        site=Site(
            key="lab-a",
            name="Lab Store A",
            home="https://tienda-a.example",
            address="Calle Falsa 1",
            city="Madrid",
            postcode="28001",
        ),
        users={1: ADMINISTRATOR, MANAGER: SHOP_MANAGER, 3: SUBSCRIBER},
        keys=_keys(),
        gateways=_gateways(),
        customers=tuple(_customers()),
        products=tuple(_products()),
        orders=tuple(_orders()),
        tax_rates=tuple(_tax_rates()),
        next_ids={"object": 49, "meta": 58},
    )


def yen_lab() -> Records:
    """Store B as far as one refund needs it: no decimals, prices with tax, Tokyo."""
    refund = body_of("legacy-10-refund-items")
    site = Site(
        key="lab-b",
        name="Lab Store B",
        home="https://tienda-b.example",
        timezone="Asia/Tokyo",
        currency="JPY",
        currency_name="Japanese yen",
        decimals=0,
    )
    cup = next(product for product in _products() if product["id"] == 11)
    return replace(
        lab(),
        site=site,
        products=(cup | {"name": "湯呑み", "sku": "YU-1"},),
        orders=(_yen_order(refund),),
        next_ids={"object": 16, "meta": 134, "item": 8},
    )


def _yen_order(refund: Json) -> Json:
    """Two of the one cup that goes back."""
    cup = deepcopy(refund["line_items"][0])
    money = {"subtotal": "3600", "subtotal_tax": "360", "total": "3600", "total_tax": "360"}
    taxes = [{"id": 1, "total": "360", "subtotal": "360"}]
    cup |= {"id": 1, "quantity": 2, "taxes": taxes, "meta_data": []} | money
    tax = refund["tax_lines"][0] | {"id": 2, "tax_total": "360"}
    return order_record(body_of("orders-21-get-paid")) | {
        "id": 13,
        "number": "13",
        "currency": "JPY",
        "total": "3960",
        "line_items": [cup],
        "tax_lines": [tax],
        "shipping_lines": [],
    }


def _keys() -> tuple[ApiKey, ...]:
    return (
        ApiKey(key=KEYS["admin_rw"], secret=SECRET, user_id=1, permissions="read_write"),
        ApiKey(key=KEYS["admin_r"], secret=SECRET, user_id=1, permissions="read"),
        ApiKey(key=KEYS["admin_w"], secret=SECRET, user_id=1, permissions="write"),
        ApiKey(key=KEYS["manager_rw"], secret=SECRET, user_id=MANAGER, permissions="read_write"),
        ApiKey(key=KEYS["subscriber_rw"], secret=SECRET, user_id=3, permissions="read_write"),
    )


def _gateways() -> tuple[Gateway, ...]:
    found = body_of("store-04-gateways")
    answers: dict[str, Any] = {"lab_card_fail": "declines", "lab_card_false": "false"}
    return tuple(
        Gateway(
            id=item["id"],
            title=item["title"],
            method_title=item["method_title"],
            refunds="refunds" in item["method_supports"],
            answer=answers.get(item["id"], "process"),
        )
        for item in found
    )


def _tax_rates() -> Iterable[Json]:
    for row in body_of("taxes-01"):
        place = f"{row['country']}:{row['state']}" if row["state"] else row["country"]
        rate = row["rate"].partition(".")[0]
        yield tax_rate(
            row["id"], place, rate, row["name"], kind=row["class"], shipping=row["shipping"]
        )


def _stripped(document: Json, *names: str) -> Json:
    return {key: deepcopy(value) for key, value in document.items() if key not in names}


def _customers() -> Iterable[Json]:
    lectora, lucia, jordi = (
        body_of("customers-04-subscriber-role-all")[0],
        body_of("customers-01-by-email")[0],
        body_of("customers-08-get"),
    )
    for document in (lectora, lucia, jordi):
        yield _stripped(document, "date_created", "date_modified", "avatar_url", "_links")
    for number, name, email in (
        (6, "aday", "aday.suarez@example.org"),
        (7, "otra", "otra@example.org"),
    ):
        other = _stripped(jordi, "date_created", "date_modified", "avatar_url", "_links")
        yield other | {"id": number, "username": name, "email": email, "last_name": name.title()}


def _products() -> Iterable[Json]:
    documents = [
        body_of("products-01-by-sku")[0],
        body_of("products-02-simple"),
        body_of("products-03-variable"),
        *body_of("products-04-variations"),
    ]
    for document in documents:
        yield _stripped(document, "date_created", "date_modified", "_links")
    plain = _stripped(body_of("products-02-simple"), "date_created", "date_modified", "_links")
    yield plain | {
        "id": 13,
        "name": "Miel de romero 500 g",
        "sku": "MIEL-500",
        "manage_stock": False,
        "stock_quantity": None,
    }
    yield plain | {"id": 15, "name": "Guía de torno (PDF)", "sku": "PDF-TORNO"}
    sold_out = {"stock_quantity": 0, "stock_status": "outofstock"}
    calm = {"backorders": "no", "backorders_allowed": False}
    yield plain | {"id": 14, "name": "Jarra", "sku": "JARRA"} | sold_out | calm


def order_record(document: Json) -> Json:
    """A recorded order without what the server computes."""
    return _stripped(document, *_COMPUTED, *_LOCAL_TIMES)


def _orders() -> list[Json]:
    row, pending = body_of("orders-01-list-page1")[1:]
    known = [
        _with_raw_tax(order_record(body_of("orders-21-get-paid"))),
        _turned_back(body_of("edit-02-quantity-only"), "15:26:12") | {"status": "on-hold"},
        _turned_back(body_of("address-06-on-completed"), "15:26:12"),
        order_record(body_of("orders-22-get-guest-fee")),
        _turned_back(body_of("status-02-cancel-processing"), "15:26:13") | _processing(),
        _turned_back(body_of("status-01-cancel-pending"), "15:26:13") | {"status": "pending"},
        order_record(body_of("orders-23-get-plugin-meta")),
        order_record(body_of("orders-24-get-coupon")),
    ]
    _one_plate(known[1])
    _without_second_line(known[2])
    rows = [_test_order(pending, row, number) for number in range(33, 47)]
    return [*known, *rows, *_made_up(known, pending, row)]


def _turned_back(document: Json, second: str) -> Json:
    return order_record(document) | {"date_modified_gmt": f"2026-11-22T{second}"}


def _processing() -> Json:
    return {"status": "processing"}


def _one_plate(order: Json) -> None:
    line = order["line_items"][0]
    line["quantity"] = 1
    for meta in line["meta_data"]:
        meta |= {"value": "1", "display_value": "1"}


def _without_second_line(order: Json) -> None:
    order["shipping"]["address_2"] = ""


def _with_raw_tax(order: Json) -> Json:
    """The database keeps taxes unrounded; with `dp=4` it shows."""
    for line, raw in zip(order["line_items"], ("4.158", "0.725"), strict=True):
        line["taxes"][0] |= {"total": raw, "subtotal": raw}
    return order


def _test_order(pending: Json, paid: Json, number: int) -> Json:
    """Orders 33 to 46: honey, one to three jars, every other one paid."""
    order = order_record(pending if number % 2 else paid)
    jars = (number - 33) % 3 + 1
    second = "15:26:14" if number <= 41 else "15:26:15" if number < 46 else "15:26:16"
    order |= {
        "id": number,
        "number": str(number),
        "order_key": order["order_key"] if number in (45, 46) else f"wc_order_{number}",
        "date_created_gmt": f"2026-11-22T{second}",
        "date_modified_gmt": order["date_modified_gmt"] if number in (45, 46) else _at(second),
    }
    order["billing"] |= {
        "last_name": f"Prueba {number - 33:02}",
        "email": f"prueba{number - 33:02}@example.net",
        "phone": f"6700000{number - 33:02}",
    }
    order["line_items"][0]["id"] = 60 + 2 * (number - 45)
    order["tax_lines"][0]["id"] = 61 + 2 * (number - 45)
    return _honey(order, jars)


def _at(second: str) -> str:
    return f"2026-11-22T{second}"


def _honey(order: Json, jars: int) -> Json:
    net, tax = (("7.25", "0.73"), ("14.50", "1.45"), ("21.75", "2.18"))[jars - 1]
    total = ("7.98", "15.95", "23.93")[jars - 1]
    order |= {"total": total, "cart_tax": tax, "total_tax": tax}
    order["line_items"][0] |= {
        "quantity": jars,
        "subtotal": net,
        "subtotal_tax": tax,
        "total": net,
        "total_tax": tax,
        "taxes": [{"id": 3, "total": tax, "subtotal": tax}],
    }
    order["tax_lines"][0]["tax_total"] = tax
    return order


def _made_up(known: list[Json], pending: Json, paid: Json) -> Iterable[Json]:
    """Orders 24, 26, 27, 30 and 31, of which lists and single fields are known."""
    by_id = {order["id"]: order for order in known}
    guest = {**by_id[21]["billing"], "first_name": "Lucia", "email": "Lucia.Pena@example.com"}
    yield _numbered(by_id[32], 24, "15:26:12") | {
        "billing": guest,
        "payment_method": "bacs",
        "transaction_id": "",
        "meta_data": [],
    }
    marta = deepcopy(by_id[25]["billing"])
    two_jars = _honey(_numbered(order_record(paid), 26, "15:26:12"), 2)
    yield two_jars | {"billing": marta, "payment_method": "lab_card_fail"}
    jordi = deepcopy(by_id[28]["billing"])
    one_jar = _honey(_numbered(order_record(paid), 27, "15:26:13"), 1)
    yield one_jar | {"billing": jordi, "customer_id": 5, "payment_method": "lab_card_false"}
    canary = _numbered(order_record(body_of("address-02-shipping-other-region")), 30, "15:26:13")
    before = body_of("address-01-before")
    totals = {"shipping_tax": "0.35", "cart_tax": "2.08"}
    yield canary | _stripped(before, "_links") | totals
    german = _numbered(by_id[29], 31, "15:26:13")
    yield german | {
        "customer_id": 6,
        "status": "processing",
        "payment_method": "lab_card",
        "total": "11.78",
        "total_tax": "1.88",
        "cart_tax": "1.88",
        "date_paid_gmt": "2026-11-22T15:26:13",
        "billing": {**jordi, "first_name": "Anna", "last_name": "Weber", "country": "DE"}
        | {"email": "anna@example.org", "phone": "030 000 000"},
        "shipping": dict(_NO_SHIPPING),
    }


def _numbered(order: Json, number: int, second: str) -> Json:
    changed = {"id": number, "number": str(number), "order_key": f"wc_order_{number}"}
    times = {"date_created_gmt": _at(second), "date_modified_gmt": _at(second)}
    return deepcopy(order) | changed | times
