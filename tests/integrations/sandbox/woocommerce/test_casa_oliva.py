"""The pretend shop that newcomers see."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from integrations.sandbox.woocommerce import create_app
from integrations.sandbox.woocommerce.casa_oliva import CONSUMER_KEY, CONSUMER_SECRET
from integrations.sandbox.woocommerce.shop import Shop

AMPARO, LUCIA, JORDI = 2219, 2231, 2211


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app().test_client()


def _get(client: FlaskClient, path: str, **query: str) -> Any:
    answer = client.get(
        f"/wp-json/wc/v3/{path}",
        base_url="https://oliva.test",
        query_string=query,
        auth=(CONSUMER_KEY, CONSUMER_SECRET),
    )
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_amounts_of_every_order_add_up(client: FlaskClient) -> None:
    shop: Shop = client.application.extensions["shop"]
    for order in shop.all("orders"):
        items = order["line_items"] + order["shipping_lines"]
        total = sum(Decimal(item["total"]) + Decimal(item["total_tax"]) for item in items)

        assert (order["id"], total) == (order["id"], Decimal(order["total"]))


def test_guest_orders_have_no_customer(client: FlaskClient) -> None:
    order = _get(client, f"orders/{LUCIA}")

    assert (order["customer_id"], order["billing"]["email"]) == (0, "lucia.prats@example.com")
    assert _get(client, "customers", email="lucia.prats@example.com", role="all") == []


def test_cash_on_delivery_cannot_be_refunded_by_the_plugin(client: FlaskClient) -> None:
    order = _get(client, f"orders/{AMPARO}")
    gateways = {gateway["id"]: gateway for gateway in _get(client, "payment_gateways")}

    assert (order["payment_method"], order["total"]) == ("cod", "48.90")
    assert gateways["cod"]["method_supports"] == ["products"]
    assert "refunds" in gateways["lab_card"]["method_supports"]


def test_tracking_stands_in_metadata(client: FlaskClient) -> None:
    metas = {meta["key"]: meta["value"] for meta in _get(client, f"orders/{JORDI}")["meta_data"]}

    parcel = metas["_wc_shipment_tracking_items"][0]
    assert parcel["tracking_number"] in parcel["custom_tracking_link"]


def test_earlier_refund_is_listed_with_its_line(client: FlaskClient) -> None:
    refund = _get(client, f"orders/{JORDI}/refunds")[0]

    line = refund["line_items"][0]
    sums = Decimal(line["total"]) + Decimal(line["total_tax"])
    assert -sums == Decimal(refund["amount"])


def test_orders_in_another_currency_keep_the_stores_decimals(client: FlaskClient) -> None:
    orders = _get(client, "orders", per_page="100")

    foreign = [order for order in orders if order["currency"] != "EUR"]
    assert foreign
    assert all(order["total"][-3] == "." for order in foreign)


def test_pictures_of_lines_can_be_fetched(client: FlaskClient) -> None:
    source = _get(client, f"orders/{JORDI}")["line_items"][0]["image"]["src"]

    picture = client.get(source.removeprefix("https://oliva.test"))
    assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")


def test_every_line_names_a_product_that_exists(client: FlaskClient) -> None:
    shop: Shop = client.application.extensions["shop"]

    for order in shop.all("orders"):
        for line in order["line_items"]:
            assert shop.get("products", line["variation_id"] or line["product_id"])


def test_full_length_keys_open_the_shop_too(client: FlaskClient) -> None:
    key = "5a" * 20

    answer = client.get(
        "/wp-json/wc/v3/orders",
        base_url="https://oliva.test",
        auth=(f"ck_{key}", f"cs_{key}"),
    )
    assert answer.status_code == 200


def test_notes_of_an_order_name_payment_and_parcel(client: FlaskClient) -> None:
    customer = _get(client, f"orders/{JORDI}/notes", type="customer")

    assert ["SEUR" in note["note"] for note in customer] == [True]
    assert len(_get(client, f"orders/{JORDI}/notes")) == 2
