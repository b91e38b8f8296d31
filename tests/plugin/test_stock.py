"""Product search: the mirror answers at once, the shops are asked behind it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from plugin.actions.search import search
from plugin.actions.stock import look_for_products
from plugin.domain.money import Money
from plugin.domain.products import Product, StockLevel, Variant
from plugin.errors import Unreachable
from tests.builders import NOON
from tests.plugin.conftest import Desk


def a_shirt(units: int) -> Product:
    stock = (StockLevel(location="Valencia", quantity=units),)
    price = Money(Decimal("39.00"), "EUR")
    white = Variant(ref="v1", title="Blanco / M", sku="LINO-M", price=price, stock=stock)
    return Product(ref="p1", title="Camisa de Liño", updated_at=NOON, variants=(white,))


class Shop:
    def __init__(self, found: Sequence[Product] | Exception) -> None:
        self.found = found

    def search_products(self, text: str, *, limit: int) -> Sequence[Product]:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def work(desk: Desk) -> None:
    for job, _, subject_key, connection_id in [w for w in desk.woken if w[0].endswith("products")]:
        assert job == "look_for_products"
        look_for_products(desk.services, desk.scope, subject_key, connection_id)
    desk.woken.clear()


def test_what_a_shop_knows_is_found_by_the_next_search(desk: Desk) -> None:
    desk.stores |= {"co_blue": Shop([a_shirt(3)]), "co_olive": Shop([])}
    first = search(desk.services, desk.seat(), "camisa lino")

    work(desk)
    second = search(desk.services, desk.seat(), "camisa lino")

    assert (first.products, first.asking) == ((), True)
    assert [view.product.ref for view in second.products] == ["p1"]
    assert not second.asking


def test_shops_are_not_asked_twice_within_a_minute(desk: Desk) -> None:
    desk.stores |= {"co_blue": Shop([]), "co_olive": Shop([])}
    search(desk.services, desk.seat(), "camisa")
    work(desk)

    search(desk.services, desk.seat(), "camisa")

    assert desk.woken == []


def test_a_shop_that_fails_ends_the_asking_and_is_named(desk: Desk) -> None:
    desk.stores |= {"co_blue": Shop(Unreachable("shop_unreachable")), "co_olive": Shop([])}
    search(desk.services, desk.seat(), "camisa")
    work(desk)

    assert not search(desk.services, desk.seat(), "camisa").asking
    assert [s.label for s in desk.seat().connections if s.failing_since] == ["Blue"]
