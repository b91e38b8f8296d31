"""Ticket 3: an address in the text, to the Canary Islands, on an order that costs less there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.desk import Desk
from tests.browser.house import House
from tests.browser.test_refunds import tab_to


def address_form(desk: Desk) -> Locator:
    """What the agent knows by heart opens the masked order; then the form."""
    fact = desk.frame.get_by_role("textbox", name="Correo de compra, código postal")
    fact.fill("lucia.prats@example.com")
    fact.press("Enter")
    expect(desk.side).to_contain_text("Vinculado con este cliente")
    order = desk.opened(2231)
    order.get_by_text("Más", exact=True).click()
    order.get_by_role("button", name="Cambiar dirección de envío").click()
    expect(order.get_by_label("País")).to_be_visible()
    return order


def test_the_address_follows_its_country_and_changes_once(
    desk: Desk, house: House, expected_errors: list[str], screenshot: Callable[..., Path]
) -> None:
    expected_errors.append("status of 4")
    desk.open(3)
    order = address_form(desk)

    order.get_by_label("País").select_option("MX")
    expect(order.get_by_label("Estado")).to_be_visible()
    order.get_by_label("País").select_option("ES")
    order.get_by_label("Provincia").select_option("GC")
    order.get_by_label("Calle y número").fill("C/ Triana 12")
    order.get_by_label("Ciudad").fill("Las Palmas")
    order.get_by_label("Código postal").fill("3500")
    order.get_by_role("button", name="Revisar cambio").click()
    screenshot(desk.page, "address-form")
    expect(order.locator(".errors")).to_contain_text("Ese código postal no existe")
    order.get_by_label("Código postal").fill("35002")
    desk.page.keyboard.press("Enter")
    expect(order.locator("form.preview")).to_contain_text("C/ Triana 12, 35002 Las Palmas")
    screenshot(desk.page, "address-preview")
    button = order.get_by_role("button", name="Cambiar dirección")
    tab_to(desk, button)
    desk.page.keyboard.press("Enter")

    expect(order.locator(".result")).to_contain_text("Cambiado en la tienda")
    screenshot(desk.page, "address-done")
