"""A shop is connected in the browser: typed, allowed at the shop, and here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from integrations.sandbox import demo
from tests.browser.house import House

PATIENCE = 30_000


def log_in(page: Page, house: House) -> None:
    page.goto(f"{house.panel}/console/login?next=/connect/woocommerce/begin")
    page.get_by_label("Correo").fill(demo.OWNER.email)
    page.get_by_label("Contraseña").fill(demo.OWNER.password)
    page.get_by_role("button", name="Entrar").click()


def test_an_address_leads_to_the_shop_and_back_to_a_connected_one(
    house: House,
    open_page: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    screenshot: Callable[..., Path],
    expected_errors: list[str],
) -> None:
    expected_errors.append("422")
    page: Any = open_page(viewport={"width": 390, "height": 844})
    log_in(page, house)
    address = page.get_by_label("Dirección de la tienda")

    address.fill(house.gateway)
    page.get_by_role("button", name="Continuar en la tienda").click()
    expect(page.get_by_role("alert")).to_contain_text("WordPress")
    expect(page.get_by_label("En español")).to_be_visible()
    assert axe(page) == []
    screenshot(page, "wc-auth-failure-es-390")

    address.fill(house.shop("woocommerce"))
    page.get_by_role("button", name="Intentar de nuevo").click()
    page.get_by_role("link", name="Approve").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(
        "La tienda está conectada", timeout=PATIENCE
    )
    expect(page.get_by_role("status")).to_contain_text("Casa Oliva")
    assert axe(page) == []
    screenshot(page, "wc-auth-connected-es-390")
