"""The address as a form that follows its country, and as a difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from plugin.actions.address import AddressForm
from plugin.actions.places import countries, rules_of
from plugin.domain.addresses import AddressPlan
from plugin.domain.people import Address
from plugin.ports.store import Capability
from tests.builders import eur
from tests.ui.conftest import Ask
from tests.ui.pretend import PretendCore
from tests.ui.samples import a_seat, an_action
from ui.present import address
from ui.present.words import Words

FORM = "act/address/co_blue/gid%2F1042"
OPEN = Capability(name="address", available=True)
MADRID = Address(name="Ana Gil", line1="C/ Mayor 1", city="Madrid", postcode="28013", country="ES")
LAS_PALMAS = replace(MADRID, line1="C/ Triana 12", city="Las Palmas", postcode="35002")


@pytest.fixture(autouse=True)
def offered(core: PretendCore) -> None:
    def content(typed: Mapping[str, str]) -> AddressForm:
        rules = rules_of(typed.get("country", "ES"))
        return AddressForm(place=OPEN, rules=rules, countries=countries())

    core.content = content


def a_change(**fields: Any) -> AddressPlan:
    values: dict[str, Any] = {
        "order_ref": "o1", "order_number": "#1042", "order_version": "1", "order_state": "paid",
        "address_before": MADRID, "address_after": LAS_PALMAS, "total_before": eur("50"),
        "total_after": eur("46.69"), "tax_before": eur("8"), "tax_after": eur("4"),
    }  # fmt: skip
    return AddressPlan(**{**values, **fields})


class TestForm:
    def test_shows_what_the_order_has_and_what_its_country_asks(self, ask: Ask) -> None:
        html = ask(FORM).text

        assert '<option value="ES" selected>España</option>' in html
        assert '<option value="GC">Las Palmas</option>' in html
        assert ">Provincia</label>" in html
        assert 'name="contact_email" value="carmen@example.com"' in html
        assert html.index('value="US"') < html.index('value="AF"')

    def test_another_country_asks_for_its_own_and_keeps_what_was_typed(self, ask: Ask) -> None:
        typed = {
            "kind": "address", "connection": "co_blue", "order": "gid/1042",
            "country": "MX", "line1": "Av. <b>Juárez</b> 5", "province": "GC",
        }  # fmt: skip

        html = ask("act/form", "POST", data=typed).text

        assert '<option value="MX" selected>México</option>' in html
        assert '<option value="JAL">Jalisco</option>' in html
        assert ">Estado</label>" in html
        assert "Av. &lt;b&gt;Juárez&lt;/b&gt; 5" in html

    def test_an_order_that_is_gone_only_asks_for_the_contact(
        self, core: PretendCore, ask: Ask
    ) -> None:
        closed = Capability(name="address", available=False, reason="address_order_sent")
        core.content = lambda typed: AddressForm(
            place=closed, rules=rules_of("ES"), countries=countries()
        )

        html = ask(FORM).text

        assert "El pedido ya se envió" in html
        assert 'name="country"' not in html
        assert 'name="contact_phone"' in html

    def test_a_form_without_its_order_is_refused(self, ask: Ask) -> None:
        assert ask("act/form", "POST", data={"kind": "address"}).status_code == 422


class TestPreview:
    def test_shows_before_after_and_what_it_does_to_the_total(
        self, core: PretendCore, ask: Ask
    ) -> None:
        core.seat = a_seat(locale="en")
        core.action = an_action(kind="address", plan=a_change(warnings=("total_changes_paid",)))

        chosen = {"kind": "address", "connection": "co_blue", "order": "gid/1042"}
        html = ask("act/preview", "POST", data=chosen).text

        for words in (
            "C/ Mayor 1, 28013 Madrid", "C/ Triana 12, 35002 Las Palmas", "€50.00", "€46.69",
            "-€3.31", "the difference stays open", ">Change address</button>",
        ):  # fmt: skip
            assert words in html, words

    def test_a_total_that_cannot_be_known_is_not_made_up(self) -> None:
        told = address.consequences(a_change(total_after=None), Words("en", ""))

        assert ("Total", "the shop calculates it anew") in told.sections[1].rows


def test_the_result_says_what_did_not_work_beside_it() -> None:
    said = address.outcome({"held": ["fo_1"], "default": "failed"}, Words("es", ""))

    assert said == [
        "Un paquete en preparación sigue retenido: liberarlo en la tienda.",
        "El pedido cambió; la dirección habitual del cliente, no.",
    ]
