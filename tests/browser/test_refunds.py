"""A line refunded end to end, by mouse and by keyboard; the gateway's own log has the last word."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.desk import Desk, confirm_button, result
from tests.browser.house import House

# platform, order, title of the line, what one unit gives back
LINES = {
    "mouse": (("shopify", 1031, "Jarra", "33.00"), ("woocommerce", 2170, "Farolillo", "26.00")),
    "keyboard": (("shopify", 1024, "Pañuelo", "38.00"),),  # and test_keyboard
}


def reviewed_line(desk: Desk, number: int, title: str) -> Locator:
    order = desk.form(number)
    order.get_by_role("radio", name=desk.words["lines"], exact=True).check()
    order.get_by_role("button", name=desk.words["one_more"] + title).click()
    order.get_by_role("button", name=desk.words["review"]).click()
    expect(order.locator("form.preview")).to_be_visible()
    return order


def spoken(amount: str) -> str:
    return amount.replace(".", ",")


@pytest.mark.parametrize(("platform", "number", "title", "amount"), LINES["mouse"])
def test_a_line_is_refunded_with_the_mouse(
    desk: Desk, house: House, platform: str, number: int, title: str, amount: str
) -> None:
    before = house.mark()
    desk.open(1)
    order = reviewed_line(desk, number, title)

    expect(confirm_button(order)).to_have_text(f"Reembolsar {spoken(amount)} €")
    assert house.paid_back(before) == []
    confirm_button(order).click()

    expect(result(order)).to_contain_text(f"Reembolsado: {spoken(amount)} €")
    assert house.paid_back(before) == [(Decimal(amount), "EUR")]
    assert len(house.records(platform, house.order_ref(platform, number))) == 1


def tab_to(desk: Desk, wanted: Locator) -> None:
    """Presses Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(60):
        desk.page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never reached {wanted}")


@pytest.mark.parametrize(("platform", "number", "title", "amount"), LINES["keyboard"])
def test_a_line_is_refunded_by_tab_enter_and_escape_alone(
    desk: Desk, house: House, platform: str, number: int, title: str, amount: str
) -> None:
    before = house.mark()
    desk.open(1)
    keyboard, order = desk.page.keyboard, desk.order(number)
    desk.page.locator("#language").focus()

    tab_to(desk, order.locator("summary"))
    keyboard.press("Enter")
    expect(order.locator(".bar")).to_be_visible()
    tab_to(desk, order.get_by_role("button", name="Reembolsar", exact=True))
    keyboard.press("Enter")
    expect(order.locator("form.refund h3")).to_be_focused()
    keyboard.press("Escape")
    expect(order.locator("form.refund")).to_have_count(0)
    expect(order.get_by_role("button", name="Reembolsar", exact=True)).to_be_focused()
    keyboard.press("Enter")
    expect(order.locator("form.refund h3")).to_be_focused()
    tab_to(desk, order.get_by_role("button", name=f"Añadir uno: {title}"))
    keyboard.press("Enter")
    tab_to(desk, order.get_by_role("button", name="Revisar reembolso"))
    keyboard.press("Enter")
    expect(order.locator("form.preview h3")).to_be_focused()
    tab_to(desk, confirm_button(order))
    keyboard.press("Enter")

    expect(result(order)).to_contain_text(f"Reembolsado: {spoken(amount)} €")
    expect(result(order).locator("[data-focus]")).to_be_focused()
    assert house.paid_back(before) == [(Decimal(amount), "EUR")]
    assert len(house.records(platform, house.order_ref(platform, number))) == 1


def test_a_line_is_refunded_in_english(english_desk: Desk, house: House) -> None:
    before = house.mark()
    order = reviewed_line(english_desk.open(2), 1019, "Comal")

    expect(confirm_button(order)).to_have_text("Refund MX$740.00")
    confirm_button(order).click()

    expect(result(order)).to_contain_text("Refunded: MX$740.00")
    assert house.paid_back(before) == [(Decimal("740.00"), "MXN")]
