"""Values to words: places, links, and what of an order can still go back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from plugin.domain.orders import Discount
from plugin.domain.people import Address
from tests.builders import an_address, eur
from tests.ui.samples import a_full_address, a_full_order, a_person
from ui.present.orders import order_view, shipping_left
from ui.present.people import person_card
from ui.present.places import address_lines, country_name, language_name, local_zone
from ui.present.words import Words, image_url, order_path, web_url

WORDS = Words("es", "Europe/Madrid")
NOW = datetime(2026, 11, 22, 9, 45, tzinfo=UTC)


class TestLocalZone:
    @pytest.mark.parametrize(
        ("phone", "address", "zone"),
        [
            ("+52 55 5555 0134", None, "America/Mexico_City"),
            ("", Address(country="ES", postcode="28004"), "Europe/Madrid"),
            ("", Address(country="ES", postcode="35002"), "Atlantic/Canary"),
            ("+34 600 111 222", Address(country="ES", postcode="38001"), "Atlantic/Canary"),
            ("", Address(country="DE"), "Europe/Berlin"),
        ],
    )
    def test_is_known_where_one_clock_is_left(
        self, phone: str, address: Address | None, zone: str
    ) -> None:
        assert local_zone(phone, address, NOW) == zone

    @pytest.mark.parametrize(
        ("phone", "address"),
        [
            ("", None),
            ("not a phone", Address(country="??")),
            ("", Address(country="MX")),
            ("+34 600 111 222", None),
        ],
    )
    def test_is_unknown_rather_than_guessed(self, phone: str, address: Address | None) -> None:
        assert local_zone(phone, address, NOW) == ""


class TestAddress:
    def test_reads_line_by_line_without_gaps(self) -> None:
        address = an_address(name="Eva", line1="C/ Triana 12", city="Las Palmas", country="ES",
                             postcode="35002", province="Las Palmas")  # fmt: skip

        lines = address_lines(address, "en")

        assert lines == ("Eva", "C/ Triana 12", "35002 Las Palmas", "Spain")

    def test_a_country_nobody_knows_keeps_its_code(self) -> None:
        assert country_name("ZZZ", "es") == "ZZZ"

    def test_languages_are_named_in_the_agents(self) -> None:
        assert language_name("pt-BR", "es") == "portugués"
        assert language_name("es_MX", "en") == "Spanish"
        assert language_name("<b>", "en") == ""


class TestLinks:
    @pytest.mark.parametrize(
        "text",
        ["javascript:alert(1)", "data:text/html,x", "//host/x", "/x", "ftp://h/x", "http://", "",
         "https://[bad"],
    )  # fmt: skip
    def test_only_web_addresses_are_links(self, text: str) -> None:
        assert web_url(text) == ""

    def test_web_addresses_are(self) -> None:
        assert web_url(" https://track.example/1?a=2 ") == "https://track.example/1?a=2"

    def test_pictures_need_https_or_this_machine(self) -> None:
        assert image_url("https://cdn.example/a.jpg")
        assert image_url("http://127.0.0.1:9000/a.svg")
        assert image_url("http://cdn.example/a.jpg") == ""

    def test_a_reference_is_one_part_of_a_path(self) -> None:
        assert order_path("co/1", "gid://x?#&") == "co%2F1/gid%3A%2F%2Fx%3F%23%26"


class TestShippingLeft:
    def test_is_what_was_charged_less_what_went_back(self) -> None:
        order = a_full_order()
        back = replace(order.refunds[0], shipping=eur("3.00"))

        assert shipping_left(order) == eur("4.90")
        assert shipping_left(replace(order, refunds=(back,))) == eur("1.90")

    def test_is_never_below_zero(self) -> None:
        order = a_full_order()
        back = replace(order.refunds[0], shipping=eur("9.00"))

        assert shipping_left(replace(order, refunds=(back,))) == eur("0")


class TestOrderView:
    def test_an_address_is_the_same_whoever_answers_the_phone(self) -> None:
        order = a_full_order(billing_address=replace(a_full_address(), phone="+34 600 000 000"))

        assert order_view(order, WORDS).bill_to == ("Igual que la de envío",)

    def test_a_percentage_reads_as_one(self) -> None:
        discounts = (Discount(label="VERANO10", percentage="10"),)

        assert order_view(a_full_order(discounts=discounts), WORDS).discounts == (
            ("VERANO10", "10 %"),
        )


class TestPerson:
    def test_one_phone_in_two_spellings_is_one(self) -> None:
        people = (a_person(phone="+34600111222"), a_person("co_olive", phone="+34 600 111 222"))

        card = person_card(people, {}, WORDS)

        assert card.contact == ("carmen@example.com", "+34 600 111 222")
