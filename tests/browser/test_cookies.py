"""No cookie is needed, and none is set: in the frame of another site it would be lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.chromium import FLAGS, find_chromium
from tests.browser.desk import Desk, confirm_button, result
from tests.browser.house import House

# Some builds block third parties by default, others do not: it is asked for here.
BLOCKED = {
    "enableThirdPartyCookieRestriction": True,
    "disableThirdPartyCookieMetadata": True,
    "disableThirdPartyCookieHeuristics": True,
}
# What a person sets under "allow third-party cookies".
ALLOWED = {"profile": {"block_third_party_cookies": False, "cookie_controls_mode": 0}}


def block_third_parties(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCookieControls", BLOCKED)


def expect_cookies(page: Page, house: House, *, foreign: str, own: str) -> None:
    page.goto(f"{house.inbox}/control/cookies")
    expect(page.locator("#own")).to_have_text(own)
    expect(page.locator("#foreign")).to_have_text(foreign)


def test_a_cookie_is_lost_in_the_foreign_frame_and_kept_in_our_own(
    page: Page, house: House
) -> None:
    block_third_parties(page)
    expect_cookies(page, house, foreign="lost", own="kept")


def test_the_foreign_frame_keeps_its_cookie_where_third_parties_are_allowed(
    browser: Browser, house: House, tmp_path: Path
) -> None:
    """So that "lost" above is the browser's blocking, and no fault of the pages."""
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(ALLOWED), encoding="utf-8")
    chromium = find_chromium()
    context = browser.browser_type.launch_persistent_context(
        tmp_path, executable_path=chromium.path, args=list(FLAGS),
        env={**os.environ, **chromium.environment},
    )  # fmt: skip

    try:
        expect_cookies(context.new_page(), house, foreign="kept", own="kept")
    finally:
        context.close()


def test_nothing_under_panel_sets_a_cookie(
    open_page: Callable[..., Page], house: House, expected_errors: list[str]
) -> None:
    expected_errors.append("status of 4")
    seen: list[Response] = []
    page = open_page(viewport={"width": 1200, "height": 1000})
    block_third_parties(page)
    page.on("response", lambda response: seen.append(response))
    desk = Desk(page, house).open(1)

    order = desk.type_amount(1038, "nada")
    expect(order.get_by_role("alert")).to_be_visible()
    order.locator("#amount").fill("1")
    order.locator("#amount").press("Enter")
    confirm_button(order).click()
    expect(result(order)).to_contain_text("Reembolsado")
    desk.search("lino")
    expect(desk.frame.locator(".product").first).to_be_visible()
    desk.select("Lucía Prats")
    expect(desk.side).to_contain_text("#2231")

    answers = [response for response in seen if "/panel" in response.url]
    assert {response.status for response in answers} >= {200, 422}
    assert len(answers) > 6
    assert [response.url for response in answers if "set-cookie" in response.all_headers()] == []
    assert page.context.cookies() == []
