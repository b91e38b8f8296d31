from __future__ import annotations

from collections import Counter
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from integrations.sandbox.seed import kept_now, load, midnight, svg
from integrations.sandbox.seed.shapes import CASA_OLIVA, TIENDA_AZUL, Order, Seed

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def seed() -> Seed:
    return load(NOW)


def orders(seed: Seed) -> tuple[Order, ...]:
    return seed.shopify_orders + seed.woocommerce_orders


def order(seed: Seed, number: int) -> Order:
    return next(order for order in orders(seed) if order.number == number)


def orders_of(seed: Seed, person: str) -> list[Order]:
    return [order for order in orders(seed) if order.person == person]


def values(thing: object) -> list[object]:
    """Every value inside dataclasses and tuples, depth first."""
    if is_dataclass(thing):
        return [v for field in fields(thing) for v in values(getattr(thing, field.name))]
    if isinstance(thing, tuple):
        return [v for part in thing for v in values(part)]
    return [thing]


class TestWorld:
    def test_is_the_same_every_time(self) -> None:
        first = load(NOW)
        load.cache_clear()

        assert load(NOW) == first

    def test_has_the_promised_size(self, seed: Seed) -> None:
        assert len(seed.people) >= 40
        assert len(seed.products) == 60
        assert len(orders(seed)) == 300
        assert len({place.key for place in seed.locations}) >= 3
        assert len(seed.tickets) == 8

    def test_has_currencies_with_and_without_decimals(self, seed: Seed) -> None:
        assert {"EUR", "MXN", "CLP"} <= {order.currency for order in orders(seed)}
        assert order(seed, 1047).total == order(seed, 1047).total.to_integral_value()

    def test_holds_no_float(self, seed: Seed) -> None:
        assert not [value for value in values(seed) if isinstance(value, float)]

    def test_ids_are_unique(self, seed: Seed) -> None:
        lines = [line.id for order in orders(seed) for line in order.lines]
        variants = [variant.id for product in seed.products for variant in product.variants]
        skus = [variant.sku for product in seed.products for variant in product.variants]
        refunds = [refund.id for order in orders(seed) for refund in order.refunds]

        for ids in (lines, variants, skus, refunds, [person.id for person in seed.people]):
            assert max(Counter(ids).values()) == 1

    def test_numbers_are_unique_over_both_shops_and_grow_with_time(self, seed: Seed) -> None:
        assert len({order.number for order in orders(seed)}) == 300
        for shop in (seed.shopify_orders, seed.woocommerce_orders):
            assert sorted(shop, key=lambda order: order.placed_at) == list(shop)

    def test_nothing_lies_in_the_future(self, seed: Seed) -> None:
        assert max(order.updated_at for order in orders(seed)) <= NOW
        assert max(person.updated_at for person in seed.people) <= NOW

    def test_a_customer_is_older_than_their_first_order(self, seed: Seed) -> None:
        for placed in orders(seed):
            assert seed.person(placed.person).created_at < placed.placed_at

    def test_orders_are_paid_whole_or_not_at_all(self, seed: Seed) -> None:
        assert all(order.paid in (0, order.total) for order in orders(seed))

    def test_refunds_never_exceed_what_was_paid(self, seed: Seed) -> None:
        assert all(order.refunded <= order.paid for order in orders(seed))

    def test_discount_is_the_sum_over_the_lines(self, seed: Seed) -> None:
        for placed in orders(seed):
            assert placed.discount_total == sum(use.amount for use in placed.discounts)


class TestAwkwardOnes:
    def test_an_address_is_known_in_both_shops(self, seed: Seed) -> None:
        both = [person for person in seed.people if len(person.accounts) == 2]

        assert len(both) > 5

    def test_two_customers_share_a_phone(self, seed: Seed) -> None:
        phones = Counter(person.phone for person in seed.people if person.phone)

        assert max(phones.values()) == 2

    def test_some_have_no_phone_and_some_bought_as_guests(self, seed: Seed) -> None:
        assert any(not person.phone for person in seed.people)
        assert any(order.guest for order in orders(seed))

    def test_a_customer_may_have_no_orders(self, seed: Seed) -> None:
        assert orders_of(seed, "nueva") == []

    def test_hostile_markup_is_in_names_and_notes(self, seed: Seed) -> None:
        assert "<script>" in seed.person("script").first_name
        assert "<script>" in order(seed, 1020).note

    def test_there_are_unpaid_and_cancelled_orders_in_both_shops(self, seed: Seed) -> None:
        unpaid = {order.shop for order in orders(seed) if not order.paid}
        cancelled = {order.shop for order in orders(seed) if order.cancelled_at}

        assert unpaid == cancelled == {TIENDA_AZUL, CASA_OLIVA}

    def test_the_canary_islands_pay_no_value_added_tax(self, seed: Seed) -> None:
        assert {order.tax_total for order in orders_of(seed, "tenerife")} == {Decimal(0)}


class TestTickets:
    def test_carmen_has_fourteen_orders_and_one_parcel_under_way(self, seed: Seed) -> None:
        hers = orders_of(seed, "carmen")
        split = order(seed, 1038)

        assert len(hers) == 14
        assert {placed.shop for placed in hers} == {TIENDA_AZUL, CASA_OLIVA}
        assert split.placed_at == max(placed.placed_at for placed in hers)
        assert [parcel.state for parcel in split.shipments] == ["delivered", "in_transit"]
        assert split.shipments[1].lines[0].line_id == split.lines[1].id

    def test_jose_angel_paid_in_pesos_and_the_shelf_is_nearly_empty(self, seed: Seed) -> None:
        placed = order(seed, 1036)
        shirt = next(p for p in seed.products if p.handle == "playera-agave")
        stock = {v.sku: sum(v.stock.values()) for v in shirt.variants}

        assert (placed.phone, placed.shipping.country) == ("55 5555 0134", "MX")
        assert placed.currency == "MXN"
        assert placed.lines[0].options[0] == ("Talla", "M")
        assert stock["PLAYERA-AGAVE-CH-HUESO"] == stock["PLAYERA-AGAVE-M-HUESO"] == 1

    def test_lucia_bought_as_a_guest(self, seed: Seed) -> None:
        (placed,) = orders_of(seed, "lucia")

        assert placed.guest
        assert (placed.shop, placed.email) == (CASA_OLIVA, "lucia.prats@example.com")
        assert placed.shipments == ()

    def test_martin_paid_with_two_means_and_got_a_part_back(self, seed: Seed) -> None:
        (placed,) = orders_of(seed, "martin")

        assert [payment.method for payment in placed.payments] == ["gift_card", "card"]
        assert 0 < placed.refunded < placed.total
        assert placed.total - placed.refunded > 50

    def test_amparo_paid_the_courier(self, seed: Seed) -> None:
        (placed,) = orders_of(seed, "amparo")

        assert placed.total == placed.paid == Decimal("48.90")
        assert [payment.method for payment in placed.payments] == ["cod"]

    def test_priyas_order_has_not_left_and_bears_another_address(self, seed: Seed) -> None:
        placed = order(seed, 1042)

        assert (placed.shop, placed.person, placed.shipments) == (TIENDA_AZUL, "priya", ())
        assert placed.email != seed.tickets[5].email

    def test_the_white_shirt_is_left_in_valencia_alone(self, seed: Seed) -> None:
        shirt = next(p for p in seed.products if p.handle == "camisa-de-lino")
        (white,) = [v for v in shirt.variants if v.title == "Blanco / M"]
        online = {place.key for place in seed.locations if place.fulfils_online}

        assert white.stock["valencia"] > 0
        assert not any(white.stock[key] for key in white.stock.keys() & online)
        assert all(person.email != seed.tickets[6].email for person in seed.people)

    def test_renata_bought_the_same_twice(self, seed: Seed) -> None:
        first, second = order(seed, 2236), order(seed, 2237)

        assert second.placed_at - first.placed_at == timedelta(minutes=2)
        assert [line.sku for line in first.lines] == [line.sku for line in second.lines]
        assert first.total == second.total


def test_pictures_are_well_formed_whatever_the_sku() -> None:
    picture = ET.fromstring(svg('<">&'))

    assert picture.tag.endswith("svg")


def test_a_state_folder_keeps_its_first_day(tmp_path: Path) -> None:
    (tmp_path / "now.txt").write_text("2026-01-02T00:00:00+00:00")

    assert kept_now(tmp_path) == datetime(2026, 1, 2, tzinfo=UTC)
    assert kept_now(None) == midnight()
    assert kept_now(tmp_path / "new") == midnight()
