"""Which hits of the shop's wide search are the wanted ones."""

from __future__ import annotations

import pytest

from integrations.stores.woocommerce import search
from plugin.domain.identity import phone_spellings
from tests.integrations.stores.woocommerce import recorded


@pytest.mark.parametrize(
    ("e164", "stored"),
    [
        ("+34655777888", "+34 655-777-888"),
        ("+34655777888", "655777888"),
        ("+34655777888", "655 777 888"),
        ("+34655777888", "655 77 78 88"),
        ("+34655777888", "0034 655777888"),
        ("+525555550134", "55 5555 0134"),
        ("+525555550134", "+52 1 55 5555 0134"),
        ("+5491155550142", "+54 9 11 5555-0142"),
        ("+5491155550142", "11 5555 0142"),
        ("+5491155550142", "011 15-5555-0142"),
        ("+5511912345678", "(11) 91234-5678"),
        ("+14155550123", "(415) 555-0123"),
    ],
)
def test_some_query_is_part_of_what_is_stored(e164: str, stored: str) -> None:
    queries = search.phone_queries(phone_spellings(e164))

    assert any(query in stored for query in queries)
    assert len(queries) <= 8


def test_no_query_is_short_enough_to_find_everybody() -> None:
    assert search.phone_queries(["12", "+34 12 3"]) == []


def test_a_phone_is_read_with_the_country_of_its_address() -> None:
    found = recorded.order("orders-23")

    assert search.is_phone_of_order(found, "+34600333444")
    assert not search.is_phone_of_order(found, "+52600333444")


def test_an_address_is_compared_whole_and_in_any_case() -> None:
    billing = {**recorded.recorded("orders-21").json["billing"], "email": "LUCIA.Pena@Example.com"}
    found = recorded.order("orders-21", billing=billing)

    assert search.is_email_of_order(found, "lucia.pena@example.com")
    assert not search.is_email_of_order(found, "pena@example.com")


def test_each_order_comes_once_and_the_newest_first() -> None:
    first, second = recorded.order("orders-21"), recorded.order("orders-22")

    assert [item["id"] for item in search.newest([first, second, first], 5)] == [25, 21]
