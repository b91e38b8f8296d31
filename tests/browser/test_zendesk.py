"""Zendesk's own SDK in the frame of a signed launch: who writes changes, a line goes back, and a
link goes into the reply."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Desk, confirm_button, result
from tests.browser.house import House
from tests.browser.pairs import mostrador
from tests.hosts import zendesk
from tests.hosts.secure import PANEL, Street, pass_on

Installed = tuple[zendesk.Account, str]


@pytest.fixture(scope="module")
def installed(running: House, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The account, and the panel's address for it."""
    account, key = zendesk.Account(), tmp_path_factory.mktemp("zendesk") / "app.pem"
    key.write_text(account.pem, encoding="ascii")
    made = mostrador(running, "install", "zendesk", "--origin", zendesk.ORIGIN, "--role", "agent")
    mostrador(running, "fill", made["id"], "--set", f"public_key=@{key}")
    return account, made["url"].replace(running.panel, f"https://{PANEL}")


@pytest.fixture
def ticket(browser: Browser, house: House, installed: Installed, street: Street) -> Iterator[Page]:
    """A ticket of Carmen's, opened by Ana."""
    app = zendesk.create_app(*installed)
    apps = {zendesk.HOST: app, PANEL: pass_on(house.panel)}
    with street.page(browser, apps) as page:
        page.goto(f"{zendesk.ORIGIN}/agent/tickets/35")
        yield page


def test_an_agent_refunds_and_inserts_the_link(
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

    order = desk.reviewed_amount(2066, "1")  # other tests of this house refund of it too
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

    ticket.evaluate("event('app.deactivated')")
    with ticket.expect_request(re.compile("/sidebar")):
        ticket.evaluate("event('app.activated')")
    ticket.evaluate(f"change({json.dumps(zendesk.JOSE_ANGEL)})")

    expect(desk.side).to_contain_text("#1036")
    expect(desk.side).to_contain_text("Coincide el teléfono")
    expect(desk.panel).not_to_contain_text("#1038")
    expect(desk.panel.locator("img[src=x]")).to_have_count(0)


def test_a_zendesk_without_an_editor_gets_the_text_at_the_end(ticket: Page, house: House) -> None:
    desk, reply = Desk(ticket, house), ticket.locator("#reply")
    ticket.goto(f"{zendesk.ORIGIN}/agent/tickets/35?lacks=ticket.editor.insert")

    insert = desk.opened(1038).locator(".clip .insert").first
    insert.click()

    expect(reply).to_have_value(str(insert.get_attribute("data-text")))
    expect(reply).to_have_attribute("data-by", "ticket.comment.appendText")


def test_new_tickets_and_users_have_their_sidebars(ticket: Page, house: House) -> None:
    desk = Desk(ticket, house)

    ticket.goto(f"{zendesk.ORIGIN}/agent/tickets/35?at=new_ticket_sidebar")
    desk.opened(1038).locator(".clip .insert").first.click()
    expect(ticket.locator("#reply")).not_to_have_value("")
    ticket.goto(f"{zendesk.ORIGIN}/agent/tickets/35?at=user_sidebar")

    expect(desk.side).to_contain_text("Coincide el correo")
    expect(desk.opened(1038).locator(".clip .insert").first).to_be_hidden()
