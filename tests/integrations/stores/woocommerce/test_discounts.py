"""Trap 8: what the shop does not like of a coupon it drops in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import requests

from integrations.http import ApiClient
from integrations.registry import stores
from plugin.domain.discounts import DiscountChoice, DiscountPlan
from plugin.errors import ActionRefused, BadAnswer, OutcomeUnknown, Unsupported
from plugin.ports.store import Connection
from tests.contracts.shop import Running, running
from tests.contracts.woocommerce import SHOP

KEY, REFERENCE = "k", "M-ABCDEFGH"
SOON = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)


@pytest.fixture
def shop() -> Iterator[Running]:
    http = ApiClient(allow_loopback=True, attempts=1)
    with running(SHOP, stores()["woocommerce"], http) as opened:
        # another connection than that of other tests, as what a shop says is remembered
        connection = Connection(
            workspace_id="ws_1", id=f"co_{opened.url}", platform="woocommerce", label="",
            address=opened.url, credentials=SHOP.credentials(),
        )  # fmt: skip
        yield replace(opened, store=opened.platform.open(connection, opened.http))
    http.close()


def plan_of(shop: Running, **fields: object) -> DiscountPlan:
    choice = DiscountChoice(
        code="SORRY-4KQM", kind="percentage", percentage=Decimal(10), email="ana@example.com",
        expires_at=SOON,
    )  # fmt: skip
    return shop.store.plan_discount(replace(choice, **fields))


def test_trap_8_a_coupon_open_to_everybody_is_deleted_at_once(shop: Running) -> None:
    plan = replace(plan_of(shop), email="no-es-un-correo")

    with pytest.raises(ActionRefused) as caught:
        shop.store.make_discount(plan, key=KEY, reference=REFERENCE)

    assert (caught.value.code, caught.value.parameters["cause"]) == (
        "discount_came_out_wrong", "customer",
    )  # fmt: skip
    assert shop.kept("coupons") == []


def test_trap_8_a_coupon_that_never_ends_is_deleted_at_once(shop: Running) -> None:
    """The shop moved to another zone since we asked: its own time is another now."""
    plan = plan_of(shop)
    requests.post(f"{shop.url}/_control/site", json={"timezone": "America/Lima"}, timeout=5)

    with pytest.raises(ActionRefused) as caught:
        shop.store.make_discount(plan, key=KEY, reference=REFERENCE)

    assert caught.value.parameters["cause"] == "expiry"
    assert shop.kept("coupons") == []


def test_trap_8_one_that_cannot_be_deleted_is_unknown_until_it_is_gone(shop: Running) -> None:
    plan = replace(plan_of(shop), email="no-es-un-correo")
    shop.fault("error_before", "DELETE coupons", times=2)

    with pytest.raises(OutcomeUnknown):
        shop.store.make_discount(plan, key=KEY, reference=REFERENCE)
    with pytest.raises(BadAnswer):
        shop.store.find_discount(plan, REFERENCE)

    assert shop.store.find_discount(plan, REFERENCE) is None
    assert shop.kept("coupons") == []


def test_trap_8_a_lost_answer_may_hide_a_wrong_coupon(shop: Running) -> None:
    plan = replace(plan_of(shop), email="no-es-un-correo")
    shop.fault("drop_after", "POST coupons")
    with pytest.raises(OutcomeUnknown):
        shop.store.make_discount(plan, key=KEY, reference=REFERENCE)

    assert shop.store.find_discount(plan, REFERENCE) is None
    assert shop.kept("coupons") == []


@pytest.mark.parametrize("zone", ["Europe/Madrid", "America/Mexico_City", "Asia/Tokyo"])
def test_the_expiry_is_the_moment_that_was_asked_in_every_zone(shop: Running, zone: str) -> None:
    requests.post(f"{shop.url}/_control/site", json={"timezone": zone}, timeout=5)

    receipt = shop.store.make_discount(plan_of(shop), key=KEY, reference=REFERENCE)

    assert receipt.expires_at == SOON


def test_a_shop_without_coupons_says_so_first(shop: Running) -> None:
    requests.post(f"{shop.url}/_control/site", json={"coupons": False}, timeout=5)

    with pytest.raises(Unsupported) as caught:
        plan_of(shop)

    assert caught.value.code == "coupons_off"
