"""Traps 6 and 7: the shop taxes a changed order anew, paid or not, sent or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
import requests

from integrations.http import ApiClient
from integrations.registry import stores
from integrations.stores.woocommerce import taxes
from integrations.stores.woocommerce.payloads_changes import ClassedRate, TaxedOrder
from integrations.stores.woocommerce.taxes import Place, TaxRules
from plugin.domain.addresses import AddressChoice, AddressPlan
from plugin.domain.people import Address
from plugin.errors import InvalidInput, Unsupported
from plugin.ports.store import Connection
from tests.contracts.shop import Catalogue, Running, everything, running
from tests.contracts.woocommerce import SHOP

CANARY = Address(
    name="Lucía Prats", line1="C/ Triana 12", city="Las Palmas", province_code="GC",
    postcode="35002", country="ES",
)  # fmt: skip
KEY, REFERENCE = "k", "M-ABCDEFGH"


@pytest.fixture
def shop() -> Iterator[Running]:
    http = ApiClient(allow_loopback=True, attempts=1)
    with running(SHOP, stores()["woocommerce"], http) as opened:
        yield opened
    http.close()


@pytest.fixture
def seed(shop: Running) -> Catalogue:
    return everything(shop.platform, shop.store)


def plan_of(shop: Running, order_ref: str, **fields: object) -> AddressPlan:
    choice = AddressChoice(order_ref=order_ref, address=CANARY)
    return shop.store.plan_address(replace(choice, **fields))


def test_trap_6_a_paid_order_is_taxed_anew_and_the_new_total_known_before(
    shop: Running, seed: Catalogue
) -> None:
    order = seed.able("address", lambda item: item.paid and bool(item.tax_total))

    plan = plan_of(shop, order.ref)

    assert plan.total_after is not None
    assert plan.total_after < plan.total_before
    assert "total_changes_paid" in plan.warnings
    receipt = shop.store.change_address(plan, key=KEY, reference=REFERENCE)
    assert receipt.total == plan.total_after


def test_trap_6_a_phone_alone_is_taxed_anew_too(shop: Running, seed: Catalogue) -> None:
    order = seed.able("address", lambda item: item.paid and bool(item.tax_total))

    plan = plan_of(shop, order.ref, address=None, phone="1")

    assert (plan.phone_after, plan.total_after) == ("1", order.total)


def test_trap_6_an_order_at_old_rates_is_not_foretold(shop: Running, seed: Catalogue) -> None:
    """Its rate was another when it was bought: what the shop would make of it is a guess."""
    order = seed.able("address", lambda item: item.paid and bool(item.tax_total))
    requests.post(f"{shop.url}/_control/site", json={"taxes": False}, timeout=5)

    plan = plan_of(_anew(shop), order.ref)

    assert (plan.total_after, plan.warnings) == (None, ("total_unknown",))


def test_trap_6_an_unknown_country_never_leaves(shop: Running, seed: Catalogue) -> None:
    order = seed.able("address")

    with pytest.raises(InvalidInput) as caught:
        plan_of(shop, order.ref, address=replace(CANARY, country="Narnia"))

    assert caught.value.code == "country_invalid"


def test_trap_7_the_shop_would_but_a_sent_order_stays(shop: Running, seed: Catalogue) -> None:
    order = seed.order(lambda item: item.fulfilment_state == "fulfilled" and item.paid)

    with pytest.raises(Unsupported):
        plan_of(shop, order.ref)


def test_a_guest_has_no_address_of_their_own(shop: Running, seed: Catalogue) -> None:
    order = seed.able("address", lambda item: not item.customer_ref)

    plan = plan_of(shop, order.ref, default_too=True)

    assert (plan.default_ref, "address_no_customer" in plan.warnings) == ("", True)


def _anew(shop: Running) -> Running:
    """The same shop as another connection, that has not asked for its rules yet."""
    connection = Connection(
        workspace_id="ws_1", id="co_other", platform="woocommerce", label="", address=shop.url,
        credentials=SHOP.credentials(),
    )  # fmt: skip
    return replace(shop, store=shop.platform.open(connection, shop.http))


# -- the rules alone


def rate(number: int, percent: str, **fields: object) -> ClassedRate:
    made: ClassedRate = {
        "id": number, "country": "", "state": "", "rate": percent, "priority": 1,
        "compound": False, "shipping": True, "order": number, "class": "standard",
    }  # fmt: skip
    return {**made, **fields}  # type: ignore[typeddict-item]


def rules(*rates: ClassedRate, **fields: object) -> TaxRules:
    known = TaxRules(
        enabled=True, based_on="shipping", shipping_class="inherit", round_at_end=False,
        base="ES:M", rates=rates,
    )  # fmt: skip
    return replace(known, **fields)


def order_of(*nets: str, shipping: str = "0") -> TaxedOrder:
    def item(net: str) -> dict[str, object]:
        return {"id": 1, "total": net, "total_tax": "0", "taxes": [], "meta_data": []}

    lines = [{**item(net), "tax_class": ""} for net in nets]
    return {"line_items": lines, "fee_lines": [], "shipping_lines": [item(shipping)]}  # type: ignore


def tax(order: TaxedOrder, known: TaxRules, **place: str) -> Decimal:
    where = Place(**{"country": "ES", "state": "", "postcode": "", "city": "", **place})
    return taxes.sums(order, where, known, 2).tax


def test_each_line_is_rounded_unless_the_shop_rounds_at_the_end() -> None:
    order, vat = order_of("0.50", "0.50", "0.50"), rate(1, "21")

    assert tax(order, rules(vat)) == Decimal("0.33")
    assert tax(order, rules(vat, round_at_end=True)) == Decimal("0.32")


def test_the_nearest_rate_of_a_priority_counts() -> None:
    known = rules(
        rate(1, "21", country="ES"), rate(2, "7", country="ES", state="GC"),
        rate(3, "3", country="ES", postcodes=["35*", "38000...38999"]), rate(4, "50", country="DE"),
    )  # fmt: skip

    assert tax(order_of("100"), known) == Decimal(21)
    assert tax(order_of("100"), known, state="GC") == Decimal(7)
    assert tax(order_of("100"), known, postcode="35002") == Decimal(3)
    assert tax(order_of("100"), known, postcode="38500") == Decimal(3)
    assert tax(order_of("100"), known, country="FR") == Decimal(0)


def test_compound_rates_are_taken_from_the_rest_and_its_tax() -> None:
    known = rules(rate(1, "5"), rate(2, "10", priority=2, compound=True))

    assert tax(order_of("100"), known) == Decimal("15.50")


def test_delivery_has_the_class_of_the_goods_and_only_rates_for_delivery() -> None:
    both, goods_only = rate(1, "21"), rate(1, "21", shipping=False)

    assert tax(order_of("100", shipping="10"), rules(both)) == Decimal("23.10")
    assert tax(order_of("100", shipping="10"), rules(goods_only)) == Decimal(21)


def test_a_shop_without_taxes_takes_them_away() -> None:
    assert tax(order_of("100"), rules(rate(1, "21"), enabled=False)) == Decimal(0)
