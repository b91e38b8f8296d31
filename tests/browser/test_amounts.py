"""Amounts as people type them: taken as meant, or refused in a sentence with nothing moved."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk, confirm_button, result
from tests.browser.house import House

REFUSED = (
    ("", "Falta el importe."),
    ("diez", "El importe no es un número. Ejemplo: 12,50"),
    ("0", "El importe debe ser mayor que cero."),
    ("0,00", "El importe debe ser mayor que cero."),
    ("-3", "El importe debe ser mayor que cero."),
    ("0,505", "El importe tiene más decimales de los que admite la moneda."),
    ("1.005", "El importe puede leerse de dos maneras."),
    ("9999", "El importe lo supera."),
)
PESOS = "rodrigo.sepulveda@example.com"


@pytest.fixture
def refusing(expected_errors: list[str]) -> None:
    """A refused request is logged by the browser itself."""
    expected_errors.append("status of 4")


@pytest.mark.usefixtures("refusing")
@pytest.mark.parametrize("number", [1013, 2115])
def test_bad_amounts_are_refused_in_a_sentence(desk: Desk, house: House, number: int) -> None:
    before = house.mark()
    desk.open(1)
    order = desk.type_amount(number, "x")
    expect(order.get_by_role("alert")).to_be_visible()
    field = order.locator("#amount")

    for typed, sentence in REFUSED:
        field.fill(typed)
        field.press("Enter")
        expect(order.get_by_role("alert")).to_contain_text(sentence)
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")

    expect(order.locator("form.preview")).to_have_count(0)
    assert house.paid_back(before) == []


@pytest.mark.usefixtures("refusing")
def test_bad_amounts_are_refused_in_english(english_desk: Desk, house: House) -> None:
    before = house.mark()
    order = english_desk.open(1).type_amount(1013, "-1")

    expect(order.get_by_role("alert")).to_have_text("The amount must be above zero.")
    order.locator("#amount").fill("9999")
    order.locator("#amount").press("Enter")
    expect(order.get_by_role("alert")).to_contain_text("The amount is above it.")
    assert house.paid_back(before) == []


@pytest.mark.usefixtures("refusing")
def test_a_currency_without_decimals_takes_none(desk: Desk, house: House) -> None:
    before = house.mark()
    desk.open(7).search(PESOS)
    order = desk.type_amount(1047, "100,5")

    expect(order.get_by_role("alert")).to_contain_text("más decimales")
    order.locator("#amount").fill("100")
    order.locator("#amount").press("Enter")
    expect(confirm_button(order)).to_contain_text("Reembolsar 100 ")
    assert house.paid_back(before) == []


@pytest.mark.usefixtures("refusing")
def test_nothing_chosen_is_refused(desk: Desk, house: House) -> None:
    before = house.mark()
    order = desk.open(1).form(1013)

    order.get_by_role("button", name="Revisar reembolso").click()

    expect(order.get_by_role("alert")).to_contain_text("No se eligió nada para reembolsar.")
    assert house.paid_back(before) == []


@pytest.mark.parametrize("number", [1004, 2040])
def test_a_comma_before_cents_is_understood(desk: Desk, house: House, number: int) -> None:
    before = house.mark()
    order = desk.open(1).reviewed_amount(number, "0,50")

    expect(confirm_button(order)).to_have_text("Reembolsar 0,50 €")
    confirm_button(order).click()

    expect(result(order)).to_contain_text("Reembolsado: 0,50 €")
    assert house.paid_back(before) == [(Decimal("0.50"), "EUR")]
