"""What can go wrong with money, seen from the desk: paid once or not at all, and told truly."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk, confirm_button, result
from tests.browser.house import House

FIVE = [(Decimal("5.00"), "EUR")]
UNCONFIRMED = "Enviado, sin confirmar. No repetir: se está comprobando con la tienda"


@pytest.mark.parametrize("number", [1013, 2066])
def test_a_double_click_pays_once(desk: Desk, house: House, number: int) -> None:
    before = house.mark()
    order = desk.open(1).reviewed_amount(number, "5")

    confirm_button(order).dblclick()

    expect(result(order)).to_contain_text("Reembolsado: 5,00 €")
    assert house.paid_back(before) == FIVE


@pytest.mark.parametrize(("number", "title"), [(1036, "MXN"), (2205, "€")])
def test_a_lost_answer_is_told_and_settles_as_done(
    desk: Desk, house: House, number: int, title: str
) -> None:
    before = house.mark()
    order = desk.open(2 if title == "MXN" else 1).reviewed_amount(number, "5")
    desk.press("lose")

    confirm_button(order).click()

    expect(result(order)).to_contain_text(UNCONFIRMED)
    expect(order.get_by_role("button", name="Reembolsar")).to_have_count(0)
    expect(result(order)).to_contain_text(f"Reembolsado: 5,00 {title}")
    assert [amount for amount, _ in house.paid_back(before)] == [Decimal("5.00")]


def test_a_colleague_was_faster(desk: Desk, house: House) -> None:
    before = house.mark()
    order = desk.open(4).reviewed_amount(1033, "7")
    desk.press("second")
    expect(desk.page.locator("#said")).to_have_text("Diego confirma: Reembolsar 5,00 €.")
    house.wait_until_nothing_is_open()

    confirm_button(order).click()

    expect(order.locator(".slot")).to_contain_text("El pedido cambió: Diego ya reembolsó 5,00 €")
    expect(order.get_by_role("button", name="Revisar de nuevo")).to_be_visible()
    assert house.paid_back(before) == FIVE


def test_a_colleague_is_at_it_right_now(desk: Desk, house: House) -> None:
    before = house.mark()
    order = desk.open(4).reviewed_amount(1033, "7")
    house.fault(house.gateway, "slow", seconds=4)
    desk.press("second")

    confirm_button(order).click()

    expect(result(order)).to_contain_text("Diego está trabajando en este pedido")
    house.wait_until_nothing_is_open()
    assert house.paid_back(before) == FIVE


@pytest.mark.parametrize("number", [1004, 2188])
def test_a_declined_refund_moves_no_money(desk: Desk, house: House, number: int) -> None:
    before = house.mark()
    order = desk.open(1).reviewed_amount(number, "5")
    house.fault(house.gateway, "decline", times=0)

    confirm_button(order).click()

    expect(result(order)).to_contain_text("No se movió dinero")
    assert house.paid_back(before) == []


def test_a_refund_made_in_the_shop_meanwhile_stops_ours(desk: Desk, house: House) -> None:
    before = house.mark()
    order = desk.open(1).reviewed_amount(2012, "5")
    house.refund_elsewhere("woocommerce", 2012, "4.00")

    confirm_button(order).click()

    expect(order.locator(".slot")).to_contain_text("El pedido cambió: ya se reembolsaron 4,00 €")
    assert house.paid_back(before) == [(Decimal("4.00"), "EUR")]


def test_reviewing_again_after_a_change_works(desk: Desk, house: House) -> None:
    before = house.mark()
    order = desk.open(1).reviewed_amount(2091, "5")
    house.refund_elsewhere("woocommerce", 2091, "4.00")
    confirm_button(order).click()

    order.get_by_role("button", name="Revisar de nuevo").click()
    expect(order.locator("form.refund")).to_be_visible()
    order.get_by_role("radio", name="Importe", exact=True).check()
    order.locator("#amount").fill("6")
    order.locator("#amount").press("Enter")
    expect(confirm_button(order)).to_have_text("Reembolsar 6,00 €")
    confirm_button(order).click()

    expect(result(order)).to_contain_text("Reembolsado: 6,00 €")
    paid = [amount for amount, _ in house.paid_back(before)]
    assert paid == [Decimal("4.00"), Decimal("6.00")]


def test_a_colleague_sees_what_is_under_way(desk: Desk, english_desk: Desk, house: House) -> None:
    before = house.mark()
    house.fault(house.gateway, "slow", seconds=4)
    order = desk.open(1).reviewed_amount(1038, "5")

    confirm_button(order).click()
    theirs = english_desk.open(1, agent="diego").opened(1038)

    expect(theirs.get_by_role("button", name="Refund", exact=True)).to_have_count(0)
    expect(result(theirs)).to_contain_text("Ana")
    expect(result(order)).to_contain_text("Reembolsado: 5,00 €")
    expect(result(theirs)).to_contain_text("Refunded: €5.00")
    assert house.paid_back(before) == FIVE
