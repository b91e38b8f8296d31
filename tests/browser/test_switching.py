"""Switching tickets fast, late answers, and roles: nobody sees what is not theirs to see."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from tests.browser.desk import Desk
from tests.browser.house import House

CARMEN, MARTIN = "Carmen Ferrándiz López", "Martín Quiroga"


def test_the_previous_person_leaves_at_once(desk: Desk) -> None:
    """The answer for the next one is held back: an empty panel, never the old one."""
    desk.open(1)
    held: list[Route] = []
    desk.page.route("**/v1/launch", lambda route: held.append(route))

    desk.select(MARTIN)

    expect(desk.panel.locator(".skeleton")).to_be_visible()
    expect(desk.panel).not_to_contain_text("Carmen")
    expect(desk.frame.locator(".order")).to_have_count(0)

    held[0].continue_()
    expect(desk.side).to_contain_text(MARTIN)


def test_a_late_answer_is_never_shown_under_the_next_person(desk: Desk) -> None:
    desk.open(5)
    held: list[Route] = []
    desk.page.route("**/v1/launch", lambda route: held.append(route))
    desk.select(CARMEN)
    _until_held(desk, held, 1)

    desk.select(MARTIN)
    _until_held(desk, held, 2)
    held[1].continue_()
    expect(desk.side).to_contain_text(MARTIN)
    held[0].continue_()

    desk.page.wait_for_load_state("networkidle")
    expect(desk.side).to_contain_text(MARTIN)
    expect(desk.panel).not_to_contain_text("Carmen")


def test_a_late_order_is_never_opened_under_the_next_person(desk: Desk) -> None:
    desk.open(1)
    held: list[Route] = []
    desk.page.route("**/v1/orders/**", lambda route: held.append(route))
    desk.order(1031).locator("summary").click()
    _until_held(desk, held, 1)

    desk.select(MARTIN)
    expect(desk.side).to_contain_text(MARTIN)
    held[0].continue_()

    desk.page.wait_for_load_state("networkidle")
    expect(desk.panel).not_to_contain_text("Jarra")


def test_many_quick_clicks_end_at_the_last_ticket(desk: Desk) -> None:
    desk.open(1)

    for writer in ("José", "Lucía", "Martín", "Amparo", "Priya", "Tom", "Amparo Gil"):
        desk.select(writer)

    expect(desk.side).to_contain_text("#2219")
    expect(desk.side).to_contain_text("Amparo Gil")
    expect(desk.frame.locator(".order")).to_have_count(1)


class TestViewer:
    def test_sees_the_order_and_no_refund_button(self, desk: Desk) -> None:
        order = desk.open(1, agent="vicente").opened(1038)

        expect(order).to_contain_text("SE10382ES")
        expect(desk.frame.get_by_role("button", name="Reembolsar")).to_have_count(0)

    def test_the_server_refuses_what_the_page_does_not_offer(self, house: House) -> None:
        before = house.mark()
        agent, viewer = house.launch(1, "ana"), house.launch(1, "vicente")
        connection, order = house.connection_id("shopify"), house.order_ref("shopify", 1038)
        order_of = {"kind": "refund", "connection": connection, "order": order}
        form = {**order_of, "mode": "amount", "amount": "1"}
        preview = agent.post("act/preview", **form)
        action = re.search(r'name="action" value="([^"]+)"', preview.text)
        assert action, preview.text

        refused = [
            viewer.post("act/preview", **form),
            viewer.post("act/confirm", action=action[1]),
        ]

        assert [answer.status_code for answer in refused] == [403, 403]
        assert "Este rol no permite la acción" in refused[0].text
        assert viewer.get(f"act/refund/{connection}/{order}").status_code == 403
        assert house.paid_back(before) == []


def _until_held(desk: Desk, held: list[Route], count: int) -> None:
    """Routes are delivered while the page waits for something."""
    while len(held) < count:
        desk.page.wait_for_timeout(50)
