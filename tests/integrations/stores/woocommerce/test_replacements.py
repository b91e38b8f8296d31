"""The shop makes whatever it is sent: what came out is compared, and taken back if it differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from integrations.http import ApiClient
from integrations.registry import stores
from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.domain.replacements import ReplacementChoice, ReplacementLine, ReplacementPlan
from plugin.errors import ActionRefused, InvalidInput, OutcomeUnknown, Unsupported
from tests.contracts.shop import Catalogue, Running, everything, running
from tests.contracts.woocommerce import SHOP

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


def choice_of(order: Order, **fields: object) -> ReplacementChoice:
    line = order.lines[0]
    wanted = ReplacementLine(
        line_ref=line.ref, product_ref=line.product_ref, variant_ref=line.variant_ref, quantity=1
    )
    return replace(ReplacementChoice(order_ref=order.ref, lines=(wanted,)), **fields)


def plan_of(shop: Running, seed: Catalogue, **fields: object) -> ReplacementPlan:
    for order in seed.orders:
        if order.currency == "EUR" and order.shipping_address and order.email:
            try:
                return shop.store.plan_replacement(choice_of(order, **fields))
            except ActionRefused:
                continue
    raise AssertionError("nothing is in stock")


def wrong_one(shop: Running) -> list[str]:
    newest = max(shop.kept("orders"), key=lambda order: order["id"] % 90000)
    return [newest["status"]]


def test_one_at_another_price_is_cancelled_at_once(shop: Running, seed: Catalogue) -> None:
    plan = plan_of(shop, seed, charge=True)
    cheap = replace(plan, total=Money(Decimal("0.01"), "EUR"))

    with pytest.raises(ActionRefused) as caught:
        shop.store.replace_order(cheap, key=KEY, reference=REFERENCE)

    assert caught.value.code == "replacement_came_out_wrong"
    assert wrong_one(shop) == ["cancelled"]
    assert shop.store.find_replacement(cheap, REFERENCE) is None


def test_one_that_cannot_be_taken_back_is_unknown(shop: Running, seed: Catalogue) -> None:
    plan = plan_of(shop, seed, charge=True)
    cheap = replace(plan, total=Money(Decimal("0.01"), "EUR"))
    shop.fault("error_before", "PUT orders")

    with pytest.raises(OutcomeUnknown):
        shop.store.replace_order(cheap, key=KEY, reference=REFERENCE)

    assert shop.store.find_replacement(cheap, REFERENCE) is None
    assert wrong_one(shop) == ["cancelled"]


def test_a_product_that_is_gone_never_becomes_an_empty_line(shop: Running, seed: Catalogue) -> None:
    order = seed.order(lambda item: bool(item.shipping_address))
    choice = choice_of(order)
    line = replace(choice.lines[0], product_ref="999999", variant_ref="999999")

    with pytest.raises(InvalidInput) as caught:
        shop.store.plan_replacement(replace(choice, lines=(line,)))

    assert caught.value.code == "product_gone"


def test_a_paid_one_in_another_currency_is_not_offered(shop: Running, seed: Catalogue) -> None:
    order = seed.order(lambda item: item.currency == "JPY")

    with pytest.raises(Unsupported) as caught:
        shop.store.plan_replacement(choice_of(order, charge=True))

    assert caught.value.code == "replacement_other_currency"


def test_the_link_to_pay_leads_to_the_shop(shop: Running, seed: Catalogue) -> None:
    plan = plan_of(shop, seed, charge=True)

    receipt = shop.store.replace_order(plan, key=KEY, reference=REFERENCE)

    assert receipt.pay_url.startswith(f"{shop.url}/checkout/order-pay/")


def test_notes_are_left_once(shop: Running, seed: Catalogue) -> None:
    plan = plan_of(shop, seed)
    shop.store.replace_order(plan, key=KEY, reference=REFERENCE)

    shop.store.find_replacement(plan, REFERENCE)

    notes = [note["note"] for note in shop.record(plan.order_ref)["notes"]]
    assert sum(REFERENCE in note for note in notes) == 1
