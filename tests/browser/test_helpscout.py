"""Help Scout's own SDK in the frame of a signed address that may be a replay: orders show, and who
acts has authorised the browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import redirect
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Desk, confirm_button, result
from tests.browser.house import House
from tests.browser.pairs import invited, mostrador, pair
from tests.hosts import helpscout
from tests.hosts.secure import PANEL, at_home, https_hosts, pass_on


@pytest.fixture
def conversation(browser: Browser, house: House, tmp_path: Path) -> Iterator[Page]:
    """Where Ana opens Carmen's conversation; a server sends her on before the panel comes."""
    made = mostrador(house, "install", "helpscout")
    panel = pass_on(house.panel)
    signed = helpscout.address(urlsplit(made["url"]).path, made["secret"])
    panel.add_url_rule("/moved", "moved", lambda: redirect(signed))
    app = helpscout.create_app(f"https://{PANEL}/moved")
    apps = {helpscout.HOST: app, PANEL: panel}
    with https_hosts(tmp_path, apps) as port, at_home(browser, port, tuple(apps)) as page:
        yield page


def test_orders_show_and_a_line_goes_back_once_the_browser_is_authorised(
    conversation: Page, house: House, screenshot: Callable[..., object]
) -> None:
    page, before, desk = conversation, house.mark(), Desk(conversation, house)
    invited(page, house, helpscout.CONTEXT["user"]["email"])
    page.goto(f"{helpscout.ORIGIN}/conversation/1001")
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))

    expect(desk.side).to_contain_text("Coincide el correo")
    expect(desk.panel).not_to_contain_text("#2219")
    expect(desk.panel.locator("img[src=x]")).to_have_count(0)
    copy = desk.opened(1038).locator(".clip").first
    expect(copy.locator(".insert")).to_be_hidden()
    wanted = copy.locator("[data-clip=copy]").get_attribute("data-text")
    copy.locator("[data-clip=copy]").click()
    expect(page.locator("#clipboard")).to_have_text(str(wanted))
    expect(page.locator("#toast")).to_have_text("Copiado")
    screenshot(page, "helpscout")

    expect(desk.frame.get_by_role("button", name="Reembolsar", exact=True)).to_have_count(0)
    desk.frame.locator("[data-prove]").click()
    pair(page, desk.frame)
    expect(desk.frame.locator("[data-ask]")).to_have_count(0)

    order = desk.form(2091)
    order.get_by_role("radio", name=desk.words["lines"], exact=True).check()
    order.get_by_role("button", name=desk.words["one_more"] + "Tabla").click()
    order.get_by_role("button", name=desk.words["review"]).click()
    confirm_button(order).click()
    expect(result(order)).to_contain_text("Reembolsado")
    house.wait_until_nothing_is_open()
    assert len(house.paid_back(before)) == 1

    expect(page.locator("#panel")).to_have_attribute("data-resized", re.compile(r"^\d{3,4}$"))
    # the SDK is silent in a document that the frame went to by itself
    assert [url for url in loads if PANEL in url and "/moved" not in url] == []
