"""A frame that a signature opened once, and that nobody looks at for long."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.arriving import named
from tests.builders import an_order
from tests.hosts import zendesk
from tests.hosts.secure import Street
from tests.plugin.conftest import Desk, desk

__all__ = ["desk"]

EMAIL = "carmen.ferrandiz@example.com"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_it_goes_on_when_it_is_looked_at_again(
    desk: Desk, street: Street, browser: Browser
) -> None:
    """The host signs nothing anew, and nobody has to authorise anything."""
    desk.save(an_order("o1", email=EMAIL))
    desk.synced()
    account = zendesk.Account()
    with named(
        desk, street, browser, "zendesk", zendesk.HOST,
        lambda place: zendesk.create_app(account, place.install.url),
        expected="status of 401", public_key=account.pem,
    ) as (place, page):  # fmt: skip
        page.clock.install()
        with page.expect_response("**/v1/hold"):
            page.goto(f"{place.host}/agent/tickets/35")
        frame = page.frame_locator("#panel")
        expect(frame.locator(".order")).to_contain_text("o1")
        page.wait_for_load_state("networkidle")

        page.evaluate("event('app.deactivated')")
        page.clock.run_for("40:00")
        desk.clock.pass_(minutes=40)
        with page.expect_response(
            lambda answer: answer.url.endswith("/v1/told") and answer.status == 200
        ):
            page.evaluate("event('app.activated')")

        expect(frame.locator(".order")).to_contain_text("o1")
        expect(frame.locator(".pairing")).to_have_count(0)
        page.wait_for_load_state("networkidle")
        desk.clock.pass_(minutes=14)
        page.clock.run_for("14:30")  # and then it is renewed before it ends, as ever
        page.evaluate(f"change({{id: 33, name: 'Amparo', email: '{EMAIL}'}})")
        expect(frame.locator(".order")).to_contain_text("o1")
