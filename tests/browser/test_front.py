"""What Front tells besides one conversation after the other: windows without one, several, a draft
that is written already, one message, a new mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.arriving import Place, named
from tests.builders import an_order
from tests.hosts import front
from tests.hosts.parcels import LINK, PARCEL
from tests.hosts.secure import Street
from tests.plugin.conftest import Desk, desk

__all__ = ["desk"]

CARMEN, AMPARO = "carmen@example.com", "amparo@example.com"
SECRET = "front-secret"
MESSAGES = [
    front.message(1, "<p>¿Dónde está?</p>"),
    front.message(2, "<p>El pedido #o2</p>", status="outbound"),
]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def seen(desk: Desk, street: Street, browser: Browser) -> Iterator[tuple[Page, FrameLocator]]:
    """Carmen's conversation in a paired browser."""
    desk.save(an_order("o1", email=CARMEN, fulfilments=(PARCEL,)), an_order("o2", email=AMPARO))
    desk.synced()
    context = front.conversation(1, CARMEN)

    def host(place: Place) -> Any:
        return front.create_app(place.install.url, SECRET, context, MESSAGES)

    with named(
        desk, street, browser, "front", front.HOST, host, auth_secret=SECRET
    ) as (place, page):  # fmt: skip
        page.clock.install()
        page.goto(f"{front.ORIGIN}/open/cnv_1")
        frame = page.frame_locator("#panel")
        frame.locator("[data-pair-link]").click()  # the sandbox opens no tab, Front does
        expect(page.locator("#log")).to_contain_text(f"open {place.panel}/pair/")
        place.confirm(frame)
        expect(frame.locator(".order")).to_contain_text("o1")
        expect(frame.locator("main")).not_to_contain_text("o2")
        yield page, frame


def test_changes_are_told_without_a_reload(seen: tuple[Page, FrameLocator]) -> None:
    page, frame = seen

    look(page, front.conversation(2, AMPARO, draftId="dra_1"))
    expect(frame.locator(".order")).to_contain_text("o2")
    look(page, front.conversation(2, AMPARO, draftId="dra_1", tags=[{"id": "tag_1"}]))
    look(page, {"type": "multiConversations", "conversations": []})
    expect(frame.locator(".order")).to_have_count(0)
    look(page, front.conversation(1, CARMEN, draftId="dra_1"))
    frame.locator(".clip .insert").first.click()
    expect(page.locator("#draft")).to_have_value(LINK)
    expect(page.locator("#log")).not_to_contain_text("reply to")


def test_a_window_of_the_composer_is_about_whom_is_written_to(
    seen: tuple[Page, FrameLocator],
) -> None:
    page, frame = seen
    new = {"id": "dra_1", "subject": "", "to": [{"handle": AMPARO, "name": "Amparo"}]}

    look(page, {"type": "messageComposer", "draft": new, "conversation": None})
    expect(frame.locator(".order")).to_contain_text("o2")
    two = {**new, "to": [*new["to"], {"handle": CARMEN}]}
    look(page, {"type": "messageComposer", "draft": two, "conversation": None})
    expect(frame.locator(".order")).to_have_count(0)
    look(page, {**front.conversation(1, CARMEN), "type": "messageComposer", "draft": new})
    expect(frame.locator(".order")).to_contain_text("o1")
    frame.locator(".clip .insert").first.click()
    expect(page.locator("#draft")).to_have_value(LINK)
    expect(page.locator("#log")).not_to_contain_text("reply to")


def test_a_window_of_one_message_is_about_its_conversation(
    seen: tuple[Page, FrameLocator],
) -> None:
    page, frame = seen
    look(page, {"type": "noConversation"})
    expect(frame.locator(".order")).to_have_count(0)

    look(page, {**front.conversation(2, AMPARO), "type": "message", "message": MESSAGES[0]})

    expect(frame.locator(".order")).to_contain_text("o2")
    expect(frame.locator("main")).not_to_contain_text("o1")


def look(page: Page, context: dict[str, Any]) -> None:
    page.evaluate("(context) => look(context)", context)
