"""What is half typed, where a host tells a conversation twice, a frame may store nothing, or what
is typed is a secret; and what is left once it was sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from plugin.actions.kinds import KINDS
from plugin.actions.ledger import perform
from plugin.ports.store import Capability
from tests.browser.arriving import Place, named
from tests.browser.desk import confirm_button
from tests.browser.test_arriving import AMPARO, CARMEN, database_url, frame, half_fill, place, tell
from tests.builders import a_payment, an_order
from tests.fakes.shop import FakeShop
from tests.hosts.secure import Street
from tests.hosts.tickets import HOSTS
from tests.plugin.conftest import Desk, desk

__all__ = ["database_url", "desk", "frame", "place"]

IBAN, HOLDER = "ES91 2100 0418 4502 0005 1332", "Amparo Gil"
NO_STORAGE = """
for (const name of ["sessionStorage", "localStorage", "indexedDB"]) {
  Object.defineProperty(window, name, {
    get() { throw new DOMException("The document is sandboxed", "SecurityError"); },
  });
}
"""


def stored(page: Page) -> str:
    """Everything that the frame's tab keeps."""
    kept: str = page.frames[1].evaluate("() => JSON.stringify({...sessionStorage})")
    return kept


def test_a_conversation_told_twice_is_one(desk: Desk, street: Street, browser: Browser) -> None:
    """Chatwoot posts when the frame has loaded, and again when anybody asks for it."""
    desk.save(an_order("o1", email="carmen.ferrandiz@example.com"))
    desk.synced()
    desk.stores[desk.shops["blue"]] = FakeShop(now=desk.clock).holds(
        an_order("o1", email="carmen.ferrandiz@example.com")
    )
    host = next(host for host in HOSTS if host.key == "chatwoot")
    with named(desk, street, browser, host.key, host.name, host.make) as (place, page):
        page.clock.install()
        page.goto(place.host)
        host.begin(place, page)
        shown = page.frame_locator(host.frame)
        place.confirm(shown)
        half_fill(shown)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))

        page.evaluate("() => document.getElementById('dashboard-app').onload()")
        page.clock.fast_forward(1000)

        expect(shown.locator("#amount")).to_have_value("7,5")
        assert [url for url in asked if url.endswith("/context")] == []


class TestBlockedStorage:
    @pytest.fixture
    def page(self, open_page: Callable[..., Page]) -> Page:
        page = open_page()
        page.add_init_script(NO_STORAGE)
        return page

    def test_pairing_and_drafts_last_as_long_as_the_page(
        self, frame: FrameLocator, page: Page
    ) -> None:
        half_fill(frame)

        tell(page, AMPARO)
        expect(frame.locator(".order")).to_contain_text("o2")
        expect(frame.locator("#amount")).to_have_count(0)
        tell(page, CARMEN)

        expect(frame.locator("#amount")).to_have_value("7,5")


def test_nothing_is_left_once_it_was_confirmed(
    place: Place, frame: FrameLocator, page: Page
) -> None:
    half_fill(frame)
    assert "7,5" in stored(page)

    frame.get_by_role("button", name="Revisar reembolso").click()
    confirm_button(frame.locator(".order")).click()
    expect(frame.locator(".result[data-watch]")).to_be_visible()

    assert stored(page) == "{}"
    action = next(said for name, *_, said in place.desk.woken if name == "perform")
    perform(place.services, place.desk.scope, action, KINDS)
    expect(frame.locator(".order")).to_contain_text("Reembolsado")
    tell(page, AMPARO)
    expect(frame.locator(".order")).to_contain_text("o2")
    tell(page, CARMEN)
    expect(frame.locator(".order")).to_contain_text("o1")
    expect(frame.locator("#amount")).to_have_count(0)


class TestSecrets:
    @pytest.fixture
    def desk(self, desk: Desk) -> Desk:
        """Carmen paid in cash: somebody transfers the money back by hand."""
        by_hand = Capability(
            name="refund", available=False, reason="payment_manual",
            parameters={"payment": "Efectivo"},
        )  # fmt: skip
        shop = replace(desk.services.stores["pretend"], refund_capability=lambda order: by_hand)
        desk.services = replace(desk.services, stores={"pretend": shop})
        return desk

    @pytest.fixture
    def place(self, place: Place, desk: Desk) -> Place:
        order = an_order("o1", email=CARMEN, payments=(a_payment(manual=True),))
        desk.save(order)
        desk.stores[desk.shops["blue"]].holds(order)
        return place

    def test_an_account_is_never_kept(self, frame: FrameLocator, page: Page) -> None:
        frame.locator(".order").get_by_role("button", name="Reembolso manual").click()
        frame.locator("#amount").fill("20")
        frame.locator("#account").fill(IBAN)
        frame.locator("#holder").fill(HOLDER)

        kept = stored(page)
        tell(page, AMPARO)
        expect(frame.locator(".order")).to_contain_text("o2")
        tell(page, CARMEN)

        expect(frame.locator("#amount")).to_have_value("20")
        expect(frame.locator("#account")).to_have_value("")
        expect(frame.locator("#holder")).to_have_value("")
        for text in (kept, stored(page)):
            assert json.loads(text)
            assert IBAN not in text
            assert HOLDER not in text
            assert "account" not in text
