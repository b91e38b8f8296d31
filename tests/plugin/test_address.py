"""Where an order goes: what is typed, country by country, and the way through the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from plugin.actions import act
from plugin.actions.act import ActionView
from plugin.actions.address import ADDRESS, read_choice
from plugin.actions.places import rules_of
from plugin.domain.orders import Order
from plugin.domain.people import Address
from plugin.errors import Conflict, InvalidInput, OutcomeUnknown
from tests.builders import an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.refunding import BLUE, confirm, look, steps, work

HOME = Address(
    name="Lucía Prats", first_name="Lucía", last_name="Prats", line1="C/ Mayor 1",
    city="Madrid", province="Madrid", province_code="M", postcode="28013", country="ES",
)  # fmt: skip
TRIANA = {
    "first_name": "Lucía", "last_name": "Prats", "line1": "C/ Triana  12 ", "city": "Las Palmas",
    "province": "GC", "postcode": "35002", "country": "ES",
}  # fmt: skip


def _order(**fields: Any) -> Order:
    return an_order("o1", **{"email": "carmen@example.com", "shipping_address": HOME, **fields})


class TestRules:
    @pytest.mark.parametrize(
        ("country", "required", "code", "name"),
        [
            ("ES", {"line1", "city", "province", "postcode"}, "GC", "Las Palmas"),
            ("MX", {"line1", "city", "province", "postcode"}, "CMX", "Ciudad de México"),
            ("US", {"line1", "city", "province", "postcode"}, "CA", "California"),
            ("CO", {"line1", "province"}, "ANT", "Antioquia"),
            ("AR", {"line1", "city"}, "C", "Ciudad Autónoma de Buenos Aires"),
            ("CL", {"line1", "city"}, "RM", "Metropolitana de Santiago"),
        ],
    )
    def test_each_country_asks_for_its_own(
        self, country: str, required: set[str], code: str, name: str
    ) -> None:
        rules = rules_of(country)

        assert rules is not None
        assert rules.required == required
        assert (rules.province_name(code), rules.province_code(name)) == (name, code)

    def test_what_is_no_country_has_none(self) -> None:
        assert (rules_of("ZZ"), rules_of(""), rules_of("../es")) == (None, None, None)


class TestRead:
    def test_a_new_address_is_chosen_with_its_province(self) -> None:
        choice = read_choice(_order(), TRIANA)

        assert choice.address == Address(
            name="Lucía Prats", first_name="Lucía", last_name="Prats", line1="C/ Triana 12",
            city="Las Palmas", province="Las Palmas", province_code="GC", postcode="35002",
            country="ES",
        )  # fmt: skip
        assert (choice.email, choice.phone, choice.default_too) == (None, None, False)

    def test_what_stays_as_it_is_is_not_chosen(self) -> None:
        typed = {
            "first_name": "Lucía", "last_name": "Prats", "line1": "C/ Mayor 1", "city": "Madrid",
            "province": "M", "postcode": "28013", "country": "ES",
            "contact_email": "carmen@example.com", "contact_phone": "",
        }  # fmt: skip

        assert read_choice(_order(), typed).address is None
        assert read_choice(_order(), {**typed, "default_too": "on"}).address == HOME

    def test_an_area_that_the_form_does_not_ask_for_is_no_change(self) -> None:
        home = Address(
            name="Priya Shah", first_name="Priya", last_name="Shah", line1="14 Larch Road",
            city="Leeds", province="West Yorkshire", postcode="LS8 4AB", country="GB",
        )  # fmt: skip
        order = replace(_order(), shipping_address=home)
        typed = {
            "first_name": "Priya", "last_name": "Shah", "line1": "14 Larch Road",
            "city": "Leeds", "postcode": "LS8 4AB", "country": "GB",
        }  # fmt: skip

        assert read_choice(order, typed).address is None

    @pytest.mark.parametrize(
        ("typed", "field", "code"),
        [
            ({"country": "ZZ"}, "country", "country_invalid"),
            ({"line1": " "}, "line1", "field_missing"),
            ({"city": ""}, "city", "field_missing"),
            ({"postcode": ""}, "postcode", "field_missing"),
            ({"first_name": "", "last_name": ""}, "first_name", "field_missing"),
            ({"postcode": "3500"}, "postcode", "postcode_invalid"),
            ({"province": ""}, "province", "province_invalid"),
            ({"province": "Jalisco"}, "province", "province_invalid"),
            ({"contact_email": "nobody@"}, "contact_email", "email_invalid"),
            ({"contact_phone": "12"}, "contact_phone", "phone_invalid"),
        ],
    )
    def test_what_cannot_be_names_its_field(
        self, typed: dict[str, str], field: str, code: str
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            read_choice(_order(), {**TRIANA, **typed})

        assert (caught.value.parameters["field"], caught.value.code) == (field, code)

    def test_without_the_address_part_only_the_contact_is_read(self) -> None:
        choice = read_choice(_order(), {"contact_email": "otra@example.com"})

        assert (choice.address, choice.email) == (None, "otra@example.com")


class TestCheck:
    def test_another_address_than_asked_is_no_plan(self, shop: FakeShop) -> None:
        choice = read_choice(shop.orders["o1"], TRIANA)
        plan = shop.plan_address(choice)

        ADDRESS.check(plan, choice)
        with pytest.raises(InvalidInput):
            ADDRESS.check(replace(plan, address_after=HOME), choice)
        with pytest.raises(InvalidInput):
            ADDRESS.check(replace(plan, email_after="x@example.com"), choice)


def _preview(desk: Desk) -> ActionView:
    seat = desk.seat("ana", emails=["carmen@example.com"])
    return act.preview(desk.services, seat, "address", BLUE, "o1", TRIANA)


class TestLedger:
    def test_it_changes_once(self, desk: Desk, shop: FakeShop) -> None:
        action = _preview(desk)
        confirm(desk, action)

        row = work(desk, action)
        again = work(desk, action)

        assert (row.state, again.state, len(shop.changes)) == ("done", "done", 1)
        assert row.amount == 0
        address = shop.orders["o1"].shipping_address
        assert address is not None
        assert address.postcode == "35002"
        assert steps(desk) == ["previewed", "requested", "claimed", "sent", "done"]

    def test_a_lost_answer_is_found_by_its_mark(self, desk: Desk, shop: FakeShop) -> None:
        def lost(change: Callable[[], Any]) -> Any:
            change()
            raise OutcomeUnknown("answer_lost")

        shop.steps.append(lost)
        action = _preview(desk)
        confirm(desk, action)

        assert work(desk, action).state == "unknown"
        assert look(desk, action).state == "done"
        assert len(shop.changes) == 1

    def test_an_address_changed_meanwhile_is_not_overwritten(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        action = _preview(desk)
        shop.orders["o1"] = replace(shop.orders["o1"], shipping_address=HOME)
        confirm(desk, action)

        row = work(desk, action)

        assert (row.state, row.code, shop.changes) == ("refused", "order_changed", [])
        assert row.parameters["what"] == "address"

    def test_an_expired_preview_changes_nothing(self, desk: Desk, shop: FakeShop) -> None:
        action = _preview(desk)
        desk.clock.pass_(minutes=16)

        with pytest.raises(Conflict):
            confirm(desk, action)

        assert shop.changes == []
