"""Goods stand still while their order's address changes, and never longer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from integrations.http import ApiClient
from integrations.registry import stores
from plugin.domain.addresses import AddressChoice, AddressPlan
from plugin.domain.people import Address
from plugin.errors import ActionRefused, MostradorError, OutcomeUnknown
from tests.contracts.shop import Running, running
from tests.contracts.shopify import SHOP

KEY, REFERENCE = "k", "M-ABCDEFGH"
ORDER = "1041"
HOLD, UPDATE, RELEASE = "fulfillmentOrderHold", "orderUpdate", "fulfillmentOrderReleaseHold"
ELSEWHERE = Address(
    first_name="Ana", last_name="Sol", line1="Sol 1", city="Madrid", province_code="M",
    postcode="28013", country="ES",
)  # fmt: skip


@pytest.fixture
def shop() -> Iterator[Running]:
    http = ApiClient(allow_loopback=True, attempts=1)
    with running(SHOP, stores()["shopify"], http) as opened:
        yield opened
    http.close()


def plan_of(shop: Running, **fields: object) -> AddressPlan:
    choice = AddressChoice(order_ref=ORDER, address=ELSEWHERE)
    return shop.store.plan_address(replace(choice, **fields))


def held(shop: Running) -> list[str]:
    return [hold["handle"] for hold in shop.kept("hold")]


def test_goods_are_held_and_let_go(shop: Running) -> None:
    plan = plan_of(shop)

    receipt = shop.store.change_address(plan, key=KEY, reference=REFERENCE)

    assert (len(plan.holds), receipt.held, held(shop)) == (1, (), [])


def test_email_alone_holds_nothing(shop: Running) -> None:
    assert plan_of(shop, address=None, email="otra@example.com").holds == ()


@pytest.mark.parametrize("call", [HOLD, UPDATE, RELEASE])
@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_after", "bad_token"])
def test_nothing_stands_still_whichever_call_fails(shop: Running, call: str, fault: str) -> None:
    plan = plan_of(shop)
    shop.fault(fault, call)

    try:
        shop.store.change_address(plan, key=KEY, reference=REFERENCE)
    except MostradorError:
        shop.store.find_address(plan, REFERENCE)

    assert held(shop) == []


def test_what_a_killed_worker_left_standing_is_found_and_let_go(shop: Running) -> None:
    plan = plan_of(shop)
    shop.fault("drop_before", UPDATE)
    shop.fault("down", RELEASE, times=2)
    with pytest.raises(OutcomeUnknown):
        shop.store.change_address(plan, key=KEY, reference=REFERENCE)
    assert held(shop) == [REFERENCE]

    assert shop.store.find_address(plan, REFERENCE) is None

    assert held(shop) == []


def test_goods_that_cannot_be_let_go_are_named(shop: Running) -> None:
    plan = plan_of(shop)
    shop.fault("down", RELEASE, times=0)

    receipt = shop.store.change_address(plan, key=KEY, reference=REFERENCE)

    assert receipt.held == plan.holds


def test_a_refused_address_lets_the_goods_go(shop: Running) -> None:
    plan = plan_of(shop, email="x")

    with pytest.raises(ActionRefused):
        shop.store.change_address(plan, key=KEY, reference=REFERENCE)

    assert held(shop) == []


def test_holds_of_others_stay(shop: Running) -> None:
    plan = plan_of(shop)
    shop.store.change_address(plan, key=KEY, reference=REFERENCE)
    shop.fault("down", RELEASE, times=2)
    shop.store.change_address(plan, key=KEY, reference="M-ZZZZZZZZ")

    shop.store.find_address(plan, REFERENCE)

    assert held(shop) == ["M-ZZZZZZZZ"]


def test_a_phone_as_people_write_it_is_sent_as_the_shop_takes_it(shop: Running) -> None:
    plan = plan_of(shop, phone="600 111 222")

    receipt = shop.store.change_address(plan, key=KEY, reference=REFERENCE)

    assert (plan.phone_after, receipt.phone) == ("600 111 222", "+34600111222")
