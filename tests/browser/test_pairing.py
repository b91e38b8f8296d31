"""A helpdesk that proves nobody, with third-party cookies blocked: the browser is paired once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from integrations.sandbox.serving import in_thread
from tests.browser.desk import confirm_button, result
from tests.browser.house import House
from tests.browser.pairs import invited, mostrador, pair
from tests.browser.test_cookies import block_third_parties, expect_cookies
from tests.hosts import chatwoot

ANA = "ana.pairs@tiendaazul.example"
AMPARO = {"name": "Amparo Gil", "email": "amparo.gil@example.com"}
NOBODY = {"name": "Nadie", "email": None}
CONVERSATIONS = [
    chatwoot.conversation(1, chatwoot.CARMEN, "Falta el mantel", email=ANA),
    chatwoot.conversation(2, AMPARO, "Llegó roto", email=ANA),
    chatwoot.conversation(3, NOBODY, "Hola", email="otra@tiendaazul.example"),
]


@pytest.fixture
def inbox(house: House) -> Iterator[str]:
    """Where Chatwoot is, with the dashboard app installed."""
    made: dict[str, Any] = {}
    app = chatwoot.create_app("", [])
    with in_thread(lambda environ, start: made.get("app", app)(environ, start)) as url:
        install = mostrador(house, "install", "chatwoot", "--origin", url)
        made["app"] = chatwoot.create_app(install["url"], CONVERSATIONS)
        yield url


def test_an_agent_pairs_once_and_refunds(
    open_page: Callable[..., Page], house: House, inbox: str, screenshot: Callable[..., object],
) -> None:  # fmt: skip
    before = house.mark()
    page = open_page(viewport={"width": 1200, "height": 1000})
    block_third_parties(page)
    expect_cookies(page, house, foreign="lost", own="kept")
    invited(page, house, ANA)

    frame = _open(page, inbox, "Carmen Ferrándiz López")
    expect(frame.locator(".pairing")).to_contain_text("El código debe coincidir")
    expect(frame.locator("main")).not_to_contain_text("#")
    screenshot(page, "pairing-frame")
    pair(page, frame)

    expect(frame.locator("#side")).to_contain_text("#1038")
    expect(frame.locator("#side")).to_contain_text("Coincide el correo")
    _refund(frame, "1,00")
    assert [amount for amount, _ in house.paid_back(before)] == [1]

    frame = _open(page, inbox, "Amparo Gil")
    expect(frame.locator("#side")).to_contain_text("#2219")
    expect(frame.locator("main")).not_to_contain_text("Carmen")


def test_somebody_else_than_the_paired_agent_is_blocked(
    open_page: Callable[..., Page], house: House, inbox: str, expected_errors: list[str],
) -> None:  # fmt: skip
    expected_errors.append("status of 403")
    page = open_page(viewport={"width": 1200, "height": 1000})
    invited(page, house, ANA)
    frame = _open(page, inbox, "Amparo Gil")
    pair(page, frame)
    expect(frame.locator("#side")).to_contain_text("#2219")

    frame = _open(page, inbox, "Nadie")

    expect(frame.get_by_role("alert")).to_contain_text("otra@tiendaazul.example")
    frame.get_by_role("button", name="Autorizar otra vez").click()
    expect(frame.locator(".pairing")).to_be_visible()


def test_a_withdrawn_browser_is_out_at_once(
    open_page: Callable[..., Page], house: House, inbox: str, expected_errors: list[str],
) -> None:  # fmt: skip
    expected_errors.append("status of 40[134]")
    page = open_page(viewport={"width": 1200, "height": 1000})
    page.clock.install()
    invited(page, house, ANA)
    frame = _open(page, inbox, "Amparo Gil")
    pair(page, frame)
    expect(frame.locator("#side")).to_contain_text("#2219")

    newest = max(mostrador(house, "agents", "browsers"), key=lambda known: known["since"])
    mostrador(house, "agents", "revoke", newest["id"])
    page.clock.fast_forward(25_000)  # until it looks again

    expect(frame.locator(".pairing")).to_be_visible()
    expect(frame.locator("main")).not_to_contain_text("#2219")


def _open(page: Page, inbox: str, writer: str) -> FrameLocator:
    if not page.url.startswith(inbox):
        page.goto(inbox)
    page.get_by_role("button", name=writer).click()
    return page.frame_locator("#dashboard-app")


def _refund(frame: FrameLocator, amount: str) -> None:
    order = frame.locator(".order").filter(has_text="#1038")
    expect(order).to_be_visible()
    if order.get_attribute("open") is None:
        order.locator("summary").first.click()
    order.get_by_role("button", name="Reembolsar", exact=True).click()
    order.get_by_role("radio", name="Importe", exact=True).check()
    order.locator("#amount").fill(amount)
    order.get_by_role("button", name="Revisar reembolso").click()
    confirm_button(order).click()
    expect(result(order)).to_contain_text("Reembolsado")
