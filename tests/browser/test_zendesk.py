"""Zendesk's own SDK in the frame of a signed launch: who writes changes, a line goes back, and a
link goes into the reply."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Desk, confirm_button, result
from tests.browser.house import House
from tests.browser.pairs import mostrador
from tests.hosts import zendesk
from tests.hosts.secure import PANEL, at_home, https_hosts, pass_on


@pytest.fixture
def ticket(browser: Browser, house: House, tmp_path: Path) -> Iterator[Page]:
    """A ticket of Carmen's, opened by Ana."""
    account = zendesk.Account()
    key = tmp_path / "app.pem"
    key.write_text(account.pem, encoding="ascii")
    made = mostrador(house, "install", "zendesk", "--origin", zendesk.ORIGIN, "--role", "agent")
    mostrador(house, "fill", made["id"], "--set", f"public_key=@{key}")
    app = zendesk.create_app(account, made["url"].replace(house.panel, f"https://{PANEL}"))
    apps = {zendesk.HOST: app, PANEL: pass_on(house.panel)}
    with https_hosts(tmp_path, apps) as port, at_home(browser, port, tuple(apps)) as page:
        page.goto(f"{zendesk.ORIGIN}/agent/tickets/35")
        yield page


def test_an_agent_refunds_a_line_and_inserts_the_link(
    ticket: Page, house: House, screenshot: Callable[..., object]
) -> None:
    before, desk = house.mark(), Desk(ticket, house)
    expect(desk.side).to_contain_text("Coincide el correo")

    parcels = desk.opened(1038)
    link = parcels.locator(".clip").first.locator(".insert")
    wanted = link.get_attribute("data-text")
    link.click()
    expect(ticket.locator("#reply")).to_have_value(str(wanted))
    screenshot(ticket, "zendesk")

    order = desk.form(2066)
    order.get_by_role("radio", name=desk.words["lines"], exact=True).check()
    order.get_by_role("button", name=desk.words["one_more"] + "Azulejo").click()
    order.get_by_role("button", name=desk.words["review"]).click()
    confirm_button(order).click()
    expect(result(order)).to_contain_text("Reembolsado")
    house.wait_until_nothing_is_open()
    assert len(house.paid_back(before)) == 1
    assert house.paid_back(before)[0][0] > Decimal(0)

    result(order).locator(".note").click()
    expect(ticket.locator("#type")).to_have_text("internalNote")
    said = order.locator(".reply").inner_text()
    expect(ticket.locator("#reply")).to_have_value(f"{wanted}{said}")
    expect(ticket.locator("#panel")).to_have_attribute("data-resized", re.compile(r"^\d{3,4}px$"))


def test_another_requester_shows_without_a_reload(ticket: Page, house: House) -> None:
    desk = Desk(ticket, house)
    expect(desk.side).to_contain_text("#1038")

    ticket.evaluate(f"change({json.dumps(zendesk.JOSE_ANGEL)})")

    expect(desk.side).to_contain_text("#1036")
    expect(desk.side).to_contain_text("Coincide el teléfono")
    expect(desk.panel).not_to_contain_text("#1038")
    expect(desk.panel.locator("img[src=x]")).to_have_count(0)
