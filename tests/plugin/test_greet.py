"""What an agent confirmed and did not wait for is told them in the panel they look at next."""

from __future__ import annotations

import pytest

from plugin.actions import act, pairing
from plugin.actions.greet import NEWS, greet
from plugin.actions.installs import install_helpdesk
from plugin.actions.launch import renew
from plugin.db import ledger, people
from plugin.errors import NotFound
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.pairing import ANA
from tests.plugin.refunding import BLUE, confirm, look, lost_after, now, preview, requested, work

OTHER = {"emails": ["somebody@example.com"], "conversation": "t2"}


def test_a_result_greets_its_agent_at_another_customer_and_once(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)
    assert desk.seat(**OTHER).untold == ""

    work(desk, action)
    next_seat = desk.seat(**OTHER)
    told = greet(desk.services, next_seat, next_seat.untold)

    assert told is not None
    assert (told.id, told.state) == (action.id, "done")
    assert greet(desk.services, next_seat, action.id) is None
    assert desk.seat(**OTHER).untold == ""


def test_a_result_greets_nobody_else(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)
    work(desk, action)
    colleague = desk.seat("diego", emails=["carmen@example.com"])

    with pytest.raises(NotFound, match="action_not_found"):
        greet(desk.services, colleague, action.id)
    assert colleague.untold == ""
    assert desk.seat(**OTHER).untold == action.id


def test_what_stays_unknown_is_told_and_told_again_when_it_ends(desk: Desk, shop: FakeShop) -> None:
    shop.sends = [lost_after]
    action = requested(desk)
    work(desk, action)
    first = greet(desk.services, desk.seat(**OTHER), action.id)
    between = desk.seat(**OTHER).untold

    look(desk, action)
    second = greet(desk.services, desk.seat(**OTHER), action.id)

    assert first is not None
    assert second is not None
    assert (first.state, between, second.state) == ("unknown", "", "done")


def test_several_results_are_told_one_after_the_other(desk: Desk, shop: FakeShop) -> None:
    first = requested(desk)
    work(desk, first)
    desk.clock.pass_(seconds=1)
    second = requested(desk)
    work(desk, second)

    order = []
    while untold := desk.seat(**OTHER).untold:
        order.append(untold)
        greet(desk.services, desk.seat(**OTHER), untold)

    assert order == [first.id, second.id]


def test_its_own_agent_may_open_it_beside_another_customer(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)
    work(desk, action)

    view = act.view_of(desk.services, desk.seat(**OTHER), action.id)

    assert view.state == "done"
    assert view.untold


def test_it_leads_back_to_its_conversation(desk: Desk, shop: FakeShop) -> None:
    place = "https://help.example/1"
    seat = desk.seat(emails=["carmen@example.com"], link=place)
    typed = {"mode": "amount", "amount": "5"}
    action = act.preview(desk.services, seat, "refund", BLUE, "o1", typed)
    act.confirm(desk.services, renew(desk.services, seat).seat, action.id)
    work(desk, action)

    told = greet(desk.services, desk.seat(**OTHER), action.id)

    assert told is not None
    assert told.link == place


def test_one_account_is_greeted_at_another_install(desk: Desk, shop: FakeShop) -> None:
    """A helpdesk with a mailbox an install: the same person, another agent."""
    made = install_helpdesk(
        desk.services, desk.scope, helpdesk="pretend", label="", origins=["https://b.example"]
    )
    action = preview(desk)
    confirm(desk, action)
    with desk.services.database.writing() as connection:
        _, install = pairing.find_install(connection, desk.install_id)
        here = pairing.agent_of(desk.scope, connection, install, ANA, desk.clock())
        _, install = pairing.find_install(connection, made.id)
        there = pairing.agent_of(desk.scope, connection, install, ANA, desk.clock())
        ledger.change(desk.scope, connection, action.id, agent_id=here)
        host_id = people.agent_row(desk.scope, connection, there).host_id
    work(desk, action)
    desk.install_id = made.id

    assert desk.seat(host_id, **OTHER).untold == action.id
    assert desk.seat("somebody else", **OTHER).untold == ""


def test_news_that_nobody_came_for_grow_old(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)
    work(desk, action)
    desk.clock.pass_(seconds=NEWS.total_seconds() + 1)

    with desk.services.database.writing() as connection:
        ledger.forget_untold(desk.scope, connection, desk.clock() - NEWS)

    assert not now(desk, action).untold
