"""What every shop must find, and must not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from plugin.domain.identity import normal_email, normal_number, normal_phone, phone_spellings
from plugin.domain.money import Money, total
from plugin.domain.people import Customer
from plugin.errors import NotFound
from tests.contracts.shop import Catalogue, Running


def _leaves(value: Any) -> Iterator[Any]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for entry in dataclasses.fields(value):
            yield from _leaves(getattr(value, entry.name))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _buyer(seed: Catalogue) -> Customer:
    """A registered customer with an e-mail, a full phone number and orders."""
    buyers = {order.customer_ref for order in seed.orders}
    return seed.customer(
        lambda person: (
            person.ref in buyers
            and bool(normal_email(person.email))
            and bool(normal_phone(person.phone, _country(person)))
        )
    )


def _country(person: Customer) -> str:
    return person.address.country if person.address else ""


class TestBackfill:
    def test_pages_reach_everything_once(self, seed: Catalogue) -> None:
        for kind in ("customers", "orders", "products"):
            refs = [item.ref for item in getattr(seed, kind)]

            assert len(refs) == len(set(refs)) > 0
            assert seed.estimates[kind] in (None, len(refs))

    def test_a_page_brings_orders_as_a_single_read_does(
        self, shop: Running, seed: Catalogue
    ) -> None:
        for order in seed.orders[:: max(1, len(seed.orders) // 10)]:
            assert shop.store.order(order.ref) == order

    def test_no_float_anywhere(self, seed: Catalogue) -> None:
        everything = (seed.customers, seed.orders, seed.products)

        assert not [leaf for leaf in _leaves(everything) if isinstance(leaf, float)]

    def test_times_are_aware_utc(self, seed: Catalogue) -> None:
        everything = (seed.customers, seed.orders, seed.products)

        times = [leaf for leaf in _leaves(everything) if isinstance(leaf, datetime)]

        assert times
        assert all(time.tzinfo is UTC for time in times)

    def test_lines_taxes_and_delivery_sum_to_the_total(self, seed: Catalogue) -> None:
        for order in seed.orders:
            parts = [
                *(item.total + item.tax for item in order.lines),
                *(item.total + item.tax for item in order.shipping_lines),
                *(item.total + item.tax for item in order.fees),
            ]
            whole = total(parts, order.currency)

            assert abs(whole.amount - order.total.amount) <= max(1, len(parts)) * _unit(order.total)

    def test_orders_of_several_currencies_arrive_in_the_currency_paid(
        self, seed: Catalogue
    ) -> None:
        amounts = {order.currency: order.total.currency for order in seed.orders}

        assert all(paid == currency for paid, currency in amounts.items())


def _unit(total: Money) -> Any:
    """One rounding step per part is allowed: shops round taxes line by line."""
    return Money.of("0.01", total.currency).amount


class TestByEmail:
    def test_finds_the_customer_and_all_their_orders(self, shop: Running, seed: Catalogue) -> None:
        person = _buyer(seed)

        found = shop.store.find_by_email(normal_email(person.email))

        own = [order.ref for order in seed.orders if order.customer_ref == person.ref]
        assert [item.ref for item in found.customers] == [person.ref]
        assert {order.ref for order in found.orders} >= set(own[:50])

    def test_finds_orders_of_a_guest(self, shop: Running, seed: Catalogue) -> None:
        guest = seed.order(lambda order: not order.customer_ref and bool(order.email))

        found = shop.store.find_by_email(normal_email(guest.email))

        assert guest in found.orders

    def test_every_hit_carries_exactly_this_address(self, shop: Running, seed: Catalogue) -> None:
        person = _buyer(seed)
        email = normal_email(person.email)

        found = shop.store.find_by_email(email)

        assert all(normal_email(item.email) == email for item in found.customers)
        assert all(
            normal_email(order.email) == email or order.customer_ref == person.ref
            for order in found.orders
        )

    def test_a_part_of_an_address_finds_nobody(self, shop: Running, seed: Catalogue) -> None:
        person = _buyer(seed)

        found = shop.store.find_by_email(normal_email(person.email)[1:])

        assert (found.customers, found.orders) == ((), ())

    def test_newest_orders_come_first(self, shop: Running, seed: Catalogue) -> None:
        person = _buyer(seed)

        placed = [
            order.placed_at for order in shop.store.find_by_email(normal_email(person.email)).orders
        ]

        assert placed == sorted(placed, reverse=True)


class TestByPhone:
    def test_finds_the_customer_and_their_orders(self, shop: Running, seed: Catalogue) -> None:
        person = _buyer(seed)
        phone = normal_phone(person.phone, _country(person))

        found = shop.store.find_by_phone(phone_spellings(phone))

        assert person.ref in {item.ref for item in found.customers}
        assert any(order.customer_ref == person.ref for order in found.orders)

    def test_every_hit_carries_this_number(self, shop: Running, seed: Catalogue) -> None:
        person = _buyer(seed)
        phone = normal_phone(person.phone, _country(person))

        found = shop.store.find_by_phone(phone_spellings(phone))

        for item in found.customers:
            numbers = (item.phone, *item.other_phones)
            assert phone in {normal_phone(number, _country(item)) for number in numbers}

    def test_another_number_finds_nobody(self, shop: Running) -> None:
        found = shop.store.find_by_phone(phone_spellings("+34600000009"))

        assert (found.customers, found.orders) == ((), ())


class TestByNumber:
    def test_finds_the_order_that_carries_it(self, shop: Running, seed: Catalogue) -> None:
        order = seed.orders[len(seed.orders) // 2]

        found = shop.store.find_by_number(normal_number(order.number))

        assert found.orders == (order,)

    def test_the_beginning_of_a_number_is_another_number(
        self, shop: Running, seed: Catalogue
    ) -> None:
        numbers = {normal_number(order.number) for order in seed.orders}
        short = next(number[:-1] for number in numbers if number[:-1] not in numbers)

        assert shop.store.find_by_number(short).orders == ()

    @pytest.mark.parametrize("text", ['1001" OR name:"', "1001 OR 1002", "*", "\\", "'"])
    def test_typed_operators_find_nothing(self, shop: Running, text: str) -> None:
        assert shop.store.find_by_number(text).orders == ()


class TestEmptyKeys:
    @pytest.mark.parametrize("text", ["", "  ", "@", "a@", "not an address"])
    def test_no_address_never_reaches_the_shop(self, shop: Running, text: str) -> None:
        before = len(shop.http.calls)

        found = shop.store.find_by_email(text)

        assert (found.customers, found.orders) == ((), ())
        assert len(shop.http.calls) == before

    @pytest.mark.parametrize("spellings", [(), ("",), ("12",), ("  ", "")])
    def test_no_phone_never_reaches_the_shop(
        self, shop: Running, spellings: tuple[str, ...]
    ) -> None:
        before = len(shop.http.calls)

        found = shop.store.find_by_phone(spellings)

        assert (found.customers, found.orders) == ((), ())
        assert len(shop.http.calls) == before

    @pytest.mark.parametrize("text", ["", "  ", "#"])
    def test_no_number_never_reaches_the_shop(self, shop: Running, text: str) -> None:
        before = len(shop.http.calls)

        assert shop.store.find_by_number(text).orders == ()
        assert len(shop.http.calls) == before

    def test_no_customer_never_reaches_the_shop(self, shop: Running) -> None:
        before = len(shop.http.calls)

        assert not shop.store.orders_of_customer("")
        assert len(shop.http.calls) == before

    def test_no_product_text_never_reaches_the_shop(self, shop: Running) -> None:
        before = len(shop.http.calls)

        assert not shop.store.search_products("  ")
        assert len(shop.http.calls) == before


class TestOrders:
    def test_orders_of_a_customer_are_theirs_alone(self, shop: Running, seed: Catalogue) -> None:
        person = _buyer(seed)

        found = shop.store.orders_of_customer(person.ref)

        expected = {order.ref for order in seed.orders if order.customer_ref == person.ref}
        assert {order.ref for order in found} == expected

    def test_a_limit_keeps_the_newest(self, shop: Running, seed: Catalogue) -> None:
        person = _buyer(seed)
        own = [order for order in seed.orders if order.customer_ref == person.ref]

        found = shop.store.orders_of_customer(person.ref, limit=1)

        assert [order.placed_at for order in found] == [max(o.placed_at for o in own)]

    @pytest.mark.parametrize("ref", ["999999999", "0", "", "../1", "1 OR 2"])
    def test_an_unknown_order_is_not_found(self, shop: Running, ref: str) -> None:
        with pytest.raises(NotFound) as caught:
            shop.store.order(ref)

        assert caught.value.code == "order_not_found"

    def test_lines_have_pictures(self, seed: Catalogue) -> None:
        urls = [line.image_url for order in seed.orders for line in order.lines if line.image_url]

        assert urls
        assert all(url.startswith(("http://", "https://")) for url in urls)

    def test_parcels_have_a_link_to_follow(self, seed: Catalogue) -> None:
        links = [
            tracking.url
            for order in seed.orders
            for parcel in order.fulfilments
            for tracking in parcel.tracking
        ]

        assert any(link.startswith("https://") for link in links)

    def test_a_refund_made_before_is_told_with_its_amount(self, seed: Catalogue) -> None:
        order = seed.order(lambda item: bool(item.refunds))

        given = [refund.total for refund in order.refunds if refund.payment != "failed"]

        assert order.refunded == sum(given, Money.zero(order.currency))

    def test_payments_name_how_it_was_paid(self, seed: Catalogue) -> None:
        paid = [payment for order in seed.orders for payment in order.payments]

        assert paid
        assert all(payment.label and payment.gateway for payment in paid)


class TestProducts:
    def test_a_word_of_the_title_finds_it(self, shop: Running, seed: Catalogue) -> None:
        product = next(item for item in seed.products if item.active)

        found = shop.store.search_products(product.title)

        assert product.ref in {item.ref for item in found}

    def test_a_stock_number_finds_it(self, shop: Running, seed: Catalogue) -> None:
        product = next(
            item for item in seed.products if item.active and any(v.sku for v in item.variants)
        )
        sku = next(variant.sku for variant in product.variants if variant.sku)

        found = shop.store.search_products(sku)

        assert product.ref in {item.ref for item in found}

    def test_search_and_backfill_tell_the_same(self, shop: Running, seed: Catalogue) -> None:
        product = next(item for item in seed.products if item.active)

        found = shop.store.search_products(product.title)

        assert next(item for item in found if item.ref == product.ref) == product

    def test_a_limit_is_kept(self, shop: Running, seed: Catalogue) -> None:
        word = seed.products[0].title.split()[0]

        assert len(shop.store.search_products(word, limit=1)) <= 1

    def test_counted_goods_have_a_place_and_a_quantity(self, seed: Catalogue) -> None:
        levels = [level for item in seed.products for kind in item.variants for level in kind.stock]

        assert any(level.location and level.quantity is not None for level in levels)

    def test_prices_are_in_the_currency_of_the_shop(self, shop: Running, seed: Catalogue) -> None:
        currency = shop.store.shop().currency

        prices = [kind.price.currency for item in seed.products for kind in item.variants]

        assert set(prices) == {currency}
