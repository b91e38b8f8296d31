"""The search syntax, tokens included: whoever searches has to compare afterwards."""

from __future__ import annotations

import pytest

from integrations.sandbox.shopify.searching import matcher
from tests.integrations.sandbox.shopify.client import Client

FIELDS = {
    "": lambda item: item["title"],
    "email": lambda item: item["email"],
    "name": lambda item: item["name"],
    "id": lambda item: item["id"],
}
ITEM = {"title": "Camisa de lino Ñandú", "email": "a.b@example.com", "name": "#1001", "id": 7}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ('email:"a.b@example.com"', True),
        ('email:"A.B@EXAMPLE.COM"', True),
        ('email:"b@example.com"', False),
        ("email:example", True),
        ("email:a.b@example.com", True),
        ('name:"1001"', True),
        ('name:"100"', True),
        ('name:"001"', False),
        ("lino nandu", True),
        ("lino seda", False),
        ("lin* OR seda", True),
        ('"lino" "·"', True),
        ('email:""', False),
        ("id:>=7", True),
        ("id:<7", False),
        ("-id:7", False),
        ("NOT seda", True),
        ('email:"x\\" OR id:7"', False),
        ("no_such_field:1", True),
    ],
)
def test_query(query: str, found: bool) -> None:
    assert matcher(query, FIELDS)(ITEM) is found


def names(shop: Client, query: str) -> list[str]:
    page = shop.call("orders_search", query=query, first=50)["orders"]
    return [node["name"] for node in page["nodes"]]


def test_order_is_found_by_its_number(shop: Client) -> None:
    assert names(shop, 'name:"1042"') == ["#1042"]


def test_search_by_number_finds_near_names_too(shop: Client) -> None:
    assert names(shop, 'name:"104"') == [f"#10{number}" for number in range(49, 39, -1)]


def test_orders_of_a_guest_are_found_by_e_mail(shop: Client) -> None:
    email = shop.order(1007)["email"]

    assert "#1007" in names(shop, f'email:"{email}"')


def test_orders_are_found_by_customer(shop: Client) -> None:
    customer = shop.order(1038)["customer"]["id"].rpartition("/")[2]

    found = names(shop, f"customer_id:{customer}")

    assert found == ["#1038", "#1031", "#1024", "#1013", "#1004"]


def test_guest_orders_have_no_customer(shop: Client) -> None:
    assert shop.order(1007)["customer"] is None


def test_changed_order_appears_in_updated_since(shop: Client) -> None:
    before = shop.order(1038)["updatedAt"]
    shop.refund("k", shop.input(1038, full=True))
    after = shop.order(1038)["updatedAt"]

    page = shop.call("orders_updated_since", query=f'updated_at:>="{after}"', first=50)["orders"]

    assert after > before
    assert [node["name"] for node in page["nodes"]] == ["#1038"]


def test_customer_is_found_by_exact_phone_only(shop: Client) -> None:
    person = shop.call("customers_search", query="phone:*", first=1)["customers"]["nodes"][0]
    phone = person["defaultPhoneNumber"]["phoneNumber"]

    found = shop.call("customer_by_phone", phone=phone)["customerByIdentifier"]
    other = shop.call("customer_by_phone", phone=phone[:-1])["customerByIdentifier"]

    assert found["id"] == person["id"]
    assert other is None


def test_customer_is_found_by_exact_e_mail(shop: Client) -> None:
    email = shop.order(1038)["email"]

    found = shop.call("customer_by_email", email=email.upper())["customerByIdentifier"]
    part = shop.call("customer_by_email", email=email[1:])["customerByIdentifier"]

    assert found["defaultEmailAddress"]["emailAddress"] == email
    assert part is None
