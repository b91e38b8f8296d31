"""The SDKs of Front, LiveChat and HelpDesk.com themselves, in the frame of a double of each: a
conversation is told, its orders show, a link goes into the reply, a line goes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from plugin.actions.kinds import KINDS
from plugin.actions.ledger import perform
from plugin.domain.orders import Fulfilment, FulfilmentLine, Tracking
from tests.browser.arriving import Place, named
from tests.builders import NOON, an_order
from tests.fakes.shop import FakeShop
from tests.hosts import front, livechat
from tests.plugin.conftest import Desk, desk

__all__ = ["desk"]

CARMEN, AMPARO = "carmen@example.com", "amparo@example.com"
LINK = "https://track.example/PK4GA7"
SECRET = "front-secret"
PARCEL = Fulfilment(
    ref="f1", state="in_transit", created_at=NOON,
    lines=(FulfilmentLine(line_ref="l1", quantity=1),),
    tracking=(Tracking(company="Correos", number="PK4GA7", url=LINK),),
)  # fmt: skip


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def shop(desk: Desk) -> FakeShop:
    """Two customers with an order each, Carmen's on its way."""
    orders = an_order("o1", email=CARMEN, fulfilments=(PARCEL,)), an_order("o2", email=AMPARO)
    desk.save(*orders)
    desk.synced()
    made = FakeShop(now=desk.clock).holds(*orders)
    desk.stores[desk.shops["blue"]] = made
    return made


def opened(page: Page, place: Place) -> FrameLocator:
    """Paired; the only order is open by itself."""
    frame = page.frame_locator("#panel")
    place.confirm(frame)
    order = frame.locator(".order")
    expect(order).to_contain_text("o1")
    expect(order.locator(".clip").first).to_be_visible()
    return frame


def refund_some(place: Place, frame: FrameLocator, shop: FakeShop) -> None:
    """Previewed and confirmed in the panel; what the worker would do is done here."""
    frame.locator(".order").get_by_role("button", name="Reembolsar", exact=True).click()
    frame.get_by_role("radio", name="Importe", exact=True).check()
    frame.locator("#amount").fill("7,50")
    frame.get_by_role("button", name="Revisar reembolso").click()
    frame.get_by_role("button", name="Reembolsar 7,50").click()
    expect(frame.locator(".result[data-watch]")).to_be_visible()
    action = next(said for name, *_, said in place.desk.woken if name == "perform")
    perform(place.services, place.desk.scope, action, KINDS)
    expect(frame.locator(".order")).to_contain_text("Reembolsado")
    assert [str(amount) for amount in shop.paid] == ["7.50"]


class TestFront:
    @pytest.fixture
    def seen(
        self, desk: Desk, shop: FakeShop, browser: Browser, tmp_path: Path
    ) -> Iterator[tuple[Place, Page]]:
        context = front.conversation(1, CARMEN)
        messages = [
            front.message(1, "<p>¿Dónde está?</p>"),
            front.message(2, "<p>El pedido #o2</p>", status="outbound"),
        ]

        def host(made: Any) -> Any:
            return front.create_app(made.url, SECRET, context, messages)

        with named(desk, browser, tmp_path, "front", front.HOST, host, auth_secret=SECRET) as (
            place,
            page,
        ):
            page.goto(f"{front.ORIGIN}/open/cnv_1")
            yield place, page

    def test_a_conversation_from_its_orders_to_a_refund(
        self, seen: tuple[Place, Page], shop: FakeShop, screenshot: Callable[..., object]
    ) -> None:
        place, page = seen
        page.frame_locator("#panel").locator("[data-pair-link]").click()
        frame = opened(page, place)
        expect(page.locator("#log")).to_contain_text(f"open {place.panel}/pair/")
        expect(frame.locator("main")).not_to_contain_text("o2")

        frame.locator(".clip .insert").first.click()
        expect(page.locator("#draft")).to_have_value(LINK)
        expect(page.locator("#log")).to_contain_text("reply to msg_2")
        screenshot(page, "front")

        refund_some(place, frame, shop)

    def test_changes_are_told_without_a_reload(self, seen: tuple[Place, Page]) -> None:
        place, page = seen
        frame = opened(page, place)

        look(page, front.conversation(2, AMPARO, draftId="dra_1"))
        expect(frame.locator(".order")).to_contain_text("o2")
        look(page, front.conversation(2, AMPARO, draftId="dra_1", tags=[{"id": "tag_1"}]))
        look(page, {"type": "multiConversations", "conversations": []})
        expect(frame.locator(".order")).to_have_count(0)
        look(page, front.conversation(1, CARMEN, draftId="dra_1"))
        frame.locator(".clip .insert").first.click()
        expect(page.locator("#draft")).to_have_value(LINK)
        expect(page.locator("#log")).not_to_contain_text("reply to")


class TestLiveChat:
    def test_a_chat_from_its_orders_to_a_refund(
        self, desk: Desk, shop: FakeShop, browser: Browser, tmp_path: Path,
        screenshot: Callable[..., object],
    ) -> None:  # fmt: skip
        def host(made: Any) -> Any:
            told = livechat.profile(CARMEN)
            return livechat.create_app(made.url, "livechat:customer_profile", told, ["put_message"])

        with named(desk, browser, tmp_path, "livechat", livechat.LIVECHAT, host) as (place, page):
            page.goto(place.host)
            frame = opened(page, place)

            frame.locator(".clip .insert").first.click()
            expect(page.locator("#box")).to_have_value(LINK)
            screenshot(page, "livechat")
            refund_some(place, frame, shop)

            page.evaluate(f"change({json.dumps(livechat.profile(AMPARO, 'CHAT2'))})")
            expect(frame.locator(".order")).to_contain_text("o2")
            expect(frame.locator("img[src=x]")).to_have_count(0)


class TestHelpDesk:
    def test_a_ticket_shows_its_orders_and_offers_to_copy(
        self, desk: Desk, shop: FakeShop, browser: Browser, tmp_path: Path
    ) -> None:
        def host(made: Any) -> Any:
            return livechat.create_app(
                made.url, "livechat:ticket_info", livechat.ticket(CARMEN), []
            )

        known = "Clipboard"  # refused in this frame, and copied by a selection
        with named(
            desk, browser, tmp_path, "helpdeskcom", livechat.HELPDESK, host, known
        ) as (place, page):  # fmt: skip
            page.goto(place.host)
            frame = opened(page, place)

            clip = frame.locator(".clip").first
            expect(clip.locator(".insert")).to_be_hidden()
            copy = clip.get_by_role("button", name="Copiar")
            copy.click()
            expect(clip.get_by_role("button", name="Copiado")).to_be_visible()

            page.evaluate(f"change({json.dumps(livechat.ticket(AMPARO, 'T2'))})")
            expect(frame.locator(".order")).to_contain_text("o2")


def look(page: Page, context: dict[str, Any]) -> None:
    page.evaluate("(context) => look(context)", context)
