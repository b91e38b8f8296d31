"""Each of the eight conversations opens in its true state."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.desk import Desk

HOSTILE_EMAIL = "hostile.markup@example.com"
MASKED = ("€", "Larch", "LS8", "priya.shah@example.com", "Payments", "Refund")


def says(where: Locator, *texts: str) -> None:
    for text in texts:
        expect(where).to_contain_text(text)


def says_not(where: Locator, *texts: str) -> None:
    for text in texts:
        expect(where).not_to_contain_text(text)


class TestCarmen:
    def test_shows_who_she_is_over_both_shops(self, desk: Desk) -> None:
        desk.open(1)

        says(
            desk.side, "Carmen Ferrándiz López", "Coincide el correo", "Cliente desde",
            "Tienda Azul", "Casa Oliva", "14 pedidos", "fiel", "Prefiere entrega por la tarde",
        )  # fmt: skip
        expect(desk.frame.locator(".order")).to_have_count(14)

    def test_the_parcel_under_way_has_its_tracking_link(self, desk: Desk) -> None:
        order = desk.open(1).opened(1038)

        says(order, "Envío 1 de 2", "Envío 2 de 2", "SEUR SE10382ES", "Mantel de algodón")
        parcel = order.locator(".parcel").filter(has_text="Mantel de algodón")
        says(parcel, "En camino")
        link = parcel.get_by_role("link", name="Ver seguimiento")
        expect(link).to_have_attribute("href", re.compile("SE10382ES"))
        expect(link).to_have_attribute("target", "_blank")

    def test_in_english(self, english_desk: Desk) -> None:
        english_desk.open(1)

        says(
            english_desk.side, "Carmen Ferrándiz López", "E-mail matches", "14 orders",
            "In transit", "Delivered", "Refund",
        )  # fmt: skip


class TestJoseAngel:
    def test_is_found_by_the_phone_as_it_is_written_here(self, desk: Desk) -> None:
        order = desk.open(2).opened(1036)

        says(desk.side, "José Ángel Hernández", "Coincide el teléfono", "2 pedidos", "MXN")
        says(order, "Playera Agave", "M / Hueso", "1.436,00 MXN", "55 5555 0134")


class TestLucia:
    def test_an_address_in_the_text_is_a_weak_reason(self, desk: Desk) -> None:
        desk.open(3)

        says(
            desk.side, "Lucía Prats", "#2231", "Correo hallado en el mensaje",
            "El dato sale del texto del mensaje. Confirmar un dato de la compra",
        )  # fmt: skip
        says_not(desk.side, "€", "lucia.prats@example.com", "Reembolsar")


class TestMartin:
    def test_what_was_refunded_elsewhere_is_known(self, desk: Desk) -> None:
        order = desk.open(4).opened(1033)

        says(desk.side, "Martín Quiroga", "Coincide el teléfono")
        says(
            order, "Reembolso parcial", "Aún reembolsable: 163,00", "Dinero devuelto",
            "Gift card", "45,00",
        )  # fmt: skip


class TestAmparo:
    def test_cash_on_delivery_is_paid_back_by_hand_and_says_why(self, desk: Desk) -> None:
        order = desk.open(5).opened(2219)

        says(
            order, "Pago contra entrega", "48,90",
            "Esta forma de pago no admite reembolso automático: se paga a mano",
        )  # fmt: skip
        expect(order.get_by_role("button", name="Reembolsar")).to_have_count(0)
        expect(order.get_by_role("button", name="Reembolso manual")).to_be_visible()

    def test_in_english(self, english_desk: Desk) -> None:
        order = english_desk.open(5).opened(2219)

        says(order, "This payment method has no automatic refund: it is paid by hand")
        expect(order.get_by_role("button", name="Refund", exact=True)).to_have_count(0)
        expect(order.get_by_role("button", name="Manual refund")).to_be_visible()


class TestPriya:
    def test_a_number_alone_is_masked_until_a_purchase_detail_is_confirmed(
        self, english_desk: Desk, expected_errors: list[str]
    ) -> None:
        expected_errors.append("status of 4")
        english_desk.open(6)
        says(
            english_desk.side, "#1042", "Only the order number matches",
            "Confirm one purchase detail", "Not shipped", "Manta de cuadros",
        )  # fmt: skip
        says_not(english_desk.side, *MASKED)

        fact = english_desk.frame.get_by_role("textbox", name="Purchase e-mail, postcode")
        fact.fill("EC1A 1BB")
        fact.press("Enter")

        says(english_desk.side, "That does not match. 2 tries left")
        says_not(english_desk.side, *MASKED)

        fact.fill("ls8 4ab")
        fact.press("Enter")

        says(english_desk.side, "Linked to this customer")
        says(english_desk.opened(1042), "14 Larch Road", "LS8 4AB", "€", "Refund")


class TestTom:
    def test_an_unknown_writer_is_not_somebody_else(self, english_desk: Desk) -> None:
        english_desk.open(7)

        says(
            english_desk.side, "Tom Becker", "No orders under these details",
            "Try another e-mail or phone",
        )  # fmt: skip
        expect(english_desk.frame.locator(".order")).to_have_count(0)

    def test_the_shirt_he_asks_for_is_in_the_shop_in_valencia(self, english_desk: Desk) -> None:
        english_desk.open(7)

        english_desk.search("linen shirt")

        shirt = english_desk.frame.locator(".product").filter(has_text="Linen shirt").first
        wanted = shirt.locator("li").filter(has_text="Blanco").filter(has_text="/ M")
        says(wanted, "Valencia")
        link = shirt.get_by_role("link", name="Linen shirt")
        expect(link).to_have_attribute("href", re.compile("camisa-de-lino"))

        english_desk.frame.get_by_role("button", name="Back to the conversation").click()

        says(english_desk.side, "No orders under these details")


class TestRenata:
    def test_a_shop_that_is_silent_is_named_and_actions_wait(self, desk: Desk) -> None:
        order = desk.open(8).opened(2237)

        says(
            desk.side, "Casa Oliva no responde desde las",
            "Se muestran los últimos datos guardados", "3 pedidos", "#2236",
        )  # fmt: skip
        says(order, "Acciones en pausa", "Es un regalo 🎁")
        expect(desk.frame.get_by_role("button", name="Reembolsar")).to_have_count(0)

    def test_the_way_back_when_the_shop_wakes_up(self, desk: Desk) -> None:
        order = desk.open(8).opened(2237)
        says(order, "Acciones en pausa")

        desk.press("wake")

        expect(order.get_by_role("button", name="Reembolsar")).to_be_visible()
        says_not(desk.side, "no responde")

    def test_a_hostile_subject_is_text(self, desk: Desk) -> None:
        desk.open(8)

        subject = desk.page.get_by_role("heading", name='Cancelar "urgente" <b>hoy</b>')
        expect(subject).to_be_visible()
        says(desk.side, "Renata ✨ Souza")
        expect(desk.frame.locator("b", has_text="hoy")).to_have_count(0)


class TestEverybody:
    @pytest.mark.parametrize("number", [1020, 2228])
    def test_hostile_notes_of_orders_are_text(self, desk: Desk, number: int) -> None:
        desk.open(7).search(HOSTILE_EMAIL)

        order = desk.opened(number)
        says(desk.side, "<script>alert(1)</script>", "<i>vip</i>")
        says(order, 'alert("nota")', "{{ 7 * 7 }}")
        expect(order.locator("script, svg")).to_have_count(0)
