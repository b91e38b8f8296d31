"""The panel without a helpdesk: a search keyword, a pasted message, installed as an app."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.arriving import named
from tests.browser.test_every_host import PASSWORD, join
from tests.builders import an_order
from tests.hosts import generic
from tests.hosts.secure import PANEL, Street
from tests.plugin.conftest import Desk, desk
from tests.plugin.pairing import ANA

__all__ = ["desk"]

CARMEN = "carmen+compras@example.com"
MESSAGE = f"""Hola, buenas tardes:

Soy Carmen ({CARMEN}), mi teléfono es +34 655 55 01 01.
¿Dónde está el pedido #2040?
"""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def tab(desk: Desk, street: Street, browser: Browser) -> Iterator[Page]:
    """Where Ana, who has an account, is not logged in yet."""
    desk.save(an_order("o1", email=CARMEN), an_order("o2", number="#2040"))
    desk.synced()
    with named(
        desk, street, browser, "generic", "helpdesk.example",
        lambda place: generic.create_app(place.panel, place.install.url),
    ) as (place, page):  # fmt: skip
        join(place)
        yield page


def log_in(tab: Page) -> None:
    tab.locator("#email").fill(ANA.email)
    tab.locator("#password").fill(PASSWORD)
    tab.locator("#password").press("Enter")


def test_a_keyword_of_the_browser_leads_through_the_login_to_the_customer(tab: Page) -> None:
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url + (request.post_data or "")))
    tab.goto(f"https://{PANEL}/go#q={CARMEN}")
    log_in(tab)

    expect(tab.locator(".order")).to_contain_text("o1")
    assert [url for url in asked if "carmen" in url and "/search" not in url] == []


def test_a_pasted_message_gives_its_address_phone_and_number(
    tab: Page, screenshot: Callable[..., object]
) -> None:
    tab.set_viewport_size({"width": 640, "height": 700})
    tab.goto(f"https://{PANEL}/desk")
    log_in(tab)
    expect(tab.locator("#q")).to_be_focused()
    expect(tab.locator("main")).to_contain_text("pegar un mensaje entero")
    tips = tab.locator(".tips")
    tips.locator("summary").click()
    expect(tips.locator("code")).to_have_text(f"https://{PANEL}/go#q=%s")
    screenshot(tab, "desk-tips")
    app = tab.context.new_cdp_session(tab).send("Page.getAppManifest")
    assert (app["errors"], app["manifest"]["display"]) == ([], "kStandalone")

    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.locator("#q").focus()
    tab.evaluate("(said) => navigator.clipboard.writeText(said)", MESSAGE)
    tab.keyboard.press("Control+V")

    expect(tab.locator(".order")).to_have_count(2)
    expect(tab.locator(".order.masked")).to_have_count(2)
    expect(tips).to_be_hidden()
    picked = tab.locator(".picked button")
    expect(picked).to_have_text([CARMEN, "+34655550101", "#2040"])
    screenshot(tab, "desk-pasted")
    picked.first.click()
    expect(tab.locator(".order")).to_have_count(1)
    expect(tab.locator(".order")).to_contain_text("50,00")
    expect(tab.locator(".picked")).to_have_count(0)
    tab.get_by_role("button", name="Nueva búsqueda").click()
    expect(tab.locator(".order")).to_have_count(0)
