"""Every state inside the frame, at both ends of its width, light and dark: nothing overflows and
axe finds nothing serious. Pictures of all are kept for people to look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.desk import Desk, confirm_button, result
from tests.browser.house import House

OVERFLOWING = """() => {
  const width = document.documentElement.clientWidth;
  const wide = [...document.querySelectorAll("main, main *")].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && (box.right > width + 0.5 || box.left < -0.5);
  });
  return wide.map((each) => each.outerHTML.slice(0, 160));
}"""
LOOKS = [(230, "light", "es"), (230, "dark", "en"), (400, "light", "en"), (400, "dark", "es")]
HOSTILE = "hostile.markup@example.com"


@dataclass(frozen=True)
class Look:
    """Looks at the frame as it stands."""

    desk: Desk
    name: str
    axe: Callable[[Page | Frame], list[str]]
    screenshot: Callable[..., Path]

    def at(self, state: str) -> None:
        frame = self.desk.page.frame(name="mostrador")
        assert frame is not None
        self.desk.page.mouse.move(0, 0)
        self.screenshot(self.desk.page.locator("#panel"), f"{state}-{self.name}")
        wide = frame.evaluate(OVERFLOWING)
        assert wide == [], f"{state} overflows"
        assert self.axe(frame) == [], f"axe in {state}"


@pytest.fixture(params=LOOKS, ids=lambda look: "-".join(map(str, look)))
def look(
    request: pytest.FixtureRequest,
    house: House,
    open_page: Callable[..., Page],
    axe: Callable[[Page | Frame], list[str]],
    screenshot: Callable[..., Path],
    expected_errors: list[str],
) -> Look:
    width, scheme, lang = request.param
    expected_errors.append("status of 4")
    page = open_page(viewport={"width": 1200, "height": 1600}, color_scheme=scheme)
    return Look(Desk(page, house, lang, width), f"{width}-{scheme}-{lang}", axe, screenshot)


def test_orders_and_a_refund(look: Look) -> None:
    desk = look.desk.open(1)
    desk.opened(1038)
    look.at("orders")
    order = desk.form(1038)
    look.at("form")
    order.get_by_role("radio", name=desk.words["amount"], exact=True).check()
    order.locator("#amount").fill("99999")
    order.locator("#amount").press("Enter")
    expect(order.get_by_role("alert")).to_be_visible()
    look.at("error")
    order.locator("#amount").fill("0.10")
    order.locator("#amount").press("Enter")
    expect(confirm_button(order)).to_be_visible()
    look.at("preview")
    confirm_button(order).click()
    expect(result(order)).to_have_attribute("data-state", "done")
    look.at("result")


def test_people_who_are_not_known(look: Look) -> None:
    desk = look.desk.open(3)
    expect(desk.order(2231)).to_be_visible()
    look.at("masked")
    desk.select("Tom Becker")
    expect(desk.frame.locator(".empty")).to_be_visible()
    look.at("unknown")
    desk.search("lino")
    expect(desk.frame.locator(".product").first).to_be_visible()
    look.at("products")
    desk.search("zzzz")
    expect(desk.frame.locator("#results .line")).to_be_visible()
    look.at("nothing")
    desk.search(HOSTILE)
    expect(desk.frame.locator(".order").first).to_be_visible()
    look.at("hostile")


def test_cash_on_delivery_and_a_shop_that_is_silent(look: Look) -> None:
    desk = look.desk.open(5)
    desk.opened(2219)
    look.at("manual")
    desk.select("Renata")
    desk.opened(2237)
    paused = "Acciones en pausa" if desk.lang == "es" else "Actions paused"
    expect(desk.side).to_contain_text(paused)
    look.at("silent")


def test_an_answer_that_got_lost(look: Look) -> None:
    """The longest sentence there is, in the narrowest place."""
    desk = look.desk.open(4)
    order = desk.reviewed_amount(1033, "0.10")
    desk.press("lose")
    confirm_button(order).click()
    expect(result(order)).to_have_attribute("data-state", "unknown")
    look.at("unconfirmed")
    expect(result(order)).to_have_attribute("data-state", "done")
    look.at("settled")
