"""Recorded changes of orders against the pretend shop: what an address does to the money, and all
else that is not a refund. Ids of new lines of tax are masked, as nobody recorded how many were
used in between; so are the keys of the orders made up for this shop."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.integrations.sandbox.woocommerce.lab import Lab, opened
from tests.integrations.sandbox.woocommerce.recordings import Seen, expected

_KEYS = ("order_key", "payment_url")


@pytest.fixture
def shop() -> Lab:
    return opened()


def same(seen: Seen, name: str) -> bool:
    wanted = expected(name)
    assert seen.status == wanted.status
    assert _masked(seen.body) == _masked(wanted.body)
    return True


def _masked(body: Any) -> Any:
    shown = deepcopy(body)
    if isinstance(shown, dict):
        shown |= {name: "" for name in _KEYS if name in shown}
    for line in shown.get("tax_lines", []) if isinstance(shown, dict) else []:
        line["id"] = 0
    return shown


class TestAddresses:
    def test_another_region_taxes_a_paid_order_anew(self, shop: Lab) -> None:
        assert same(shop.play("address-01-before"), "address-01-before")

        seen = shop.play("address-02-shipping-other-region")

        assert same(seen, "address-02-shipping-other-region")

    def test_fields_not_sent_stay_and_no_country_is_checked(self, shop: Lab) -> None:
        for name in ("refunds-02-partial-gateway", "refunds-04-manual-amount-only"):
            shop.play(name)

        for name in ("address-03-shipping-same-region", "address-04-invalid-country"):
            assert same(shop.play(name), name)

    @pytest.mark.parametrize(
        "name", ["address-05-billing-email-invalid", "address-06-on-completed"]
    )
    def test_what_is_looked_at_and_what_is_not(self, shop: Lab, name: str) -> None:
        assert same(shop.play(name), name)

    def test_even_a_phone_runs_the_calculation_again(self, shop: Lab) -> None:
        name = "orders-35-shipping-only-change-totals"
        shop.shop.change("orders", 35, lambda order: order.update(_other_marks()))

        seen = shop.play(name)

        wanted = expected(name).body
        shown = {**seen.body, **{key: wanted[key] for key in _UNRECORDED}}
        lines = [{**line, "id": 40} for line in shown["line_items"]]
        assert _masked({**shown, "line_items": lines}) == _masked(wanted)


# order 35 is made up from its neighbours but for its money and its buyer
_UNRECORDED = ("customer_note", "payment_method_title")


def _other_marks() -> dict[str, Any]:
    return {"date_created_gmt": "2026-11-22T15:26:14"}


class TestTaxes:
    def test_rates_are_listed(self, shop: Lab) -> None:
        assert shop.play("taxes-01").body == [
            {key: value for key, value in rate.items() if key != "_links"}
            for rate in expected("taxes-01").body
        ]
