"""Above a limit somebody else says yes or no; one answer counts, and a yes happens once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from plugin.actions import act, attention, connect, journal, settle
from plugin.actions.launch import Seat
from plugin.actions.views import ActionView
from plugin.db import people
from plugin.domain.money import Money
from plugin.errors import ActionRefused, Conflict, Forbidden, InvalidInput, MostradorError
from tests.builders import eur
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.refunding import FIVE, lost_before, now, preview, requested, steps, work
from tests.plugin.test_policy import fuse, limit

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where nothing is asked of the database that its neighbours do not ask of both."""


@pytest.fixture(autouse=True)
def limited(desk: Desk) -> None:
    limit(desk, per_action="4")


def ask(desk: Desk, comment: str | None = "Llegó roto") -> ActionView:
    action = preview(desk)
    seat = desk.seat(emails=["carmen@example.com"])
    return act.confirm(desk.services, seat, action.id, comment)


def named(desk: Desk, host_id: str, role: str, **writer: object) -> Seat:
    """A colleague at a ticket of somebody else."""
    agent_id = desk.seat(host_id).agent_id
    connect.set_role(desk.services, desk.scope, agent_id, role)
    return desk.seat(host_id, **writer)


def decide(desk: Desk, seat: Seat, action: ActionView, reason: str = "") -> ActionView:
    return act.decide(desk.services, seat, action.id, approve=not reason, reason=reason)


def test_asking_waits_and_sends_nothing(desk: Desk, shop: FakeShop) -> None:
    named(desk, "marta", "supervisor")
    action = ask(desk)

    assert action.state == "awaiting_approval"
    assert action.waiting is not None
    assert (action.waiting.who, action.waiting.may_decide) == (("Marta",), False)
    assert action.waiting.since == desk.clock()
    assert work(desk, action).state == "awaiting_approval"
    assert shop.paid == []


@ONE_ENGINE
def test_asking_needs_a_comment(desk: Desk, shop: FakeShop) -> None:
    with pytest.raises(InvalidInput, match="comment_missing"):
        ask(desk, "  ")


def test_an_approved_action_happens_once_and_the_approver_answers_for_it(
    desk: Desk, shop: FakeShop
) -> None:
    action = ask(desk)
    marta = named(desk, "marta", "supervisor")

    decide(desk, marta, action)
    done = work(desk, action)
    work(desk, action)

    assert (done.state, done.answerable_id) == ("done", marta.agent_id)
    assert shop.paid == FIVE
    assert steps(desk)[1:] == [
        "previewed", "approval_asked", "approved", "claimed", "sent", "done",
    ]  # fmt: skip


@ONE_ENGINE
def test_the_approver_sees_the_frozen_preview_of_a_ticket_of_somebody_else(
    desk: Desk, shop: FakeShop
) -> None:
    action = ask(desk)
    marta = named(desk, "marta", "supervisor", emails=["somebody@example.com"])

    seen = act.view_of(desk.services, marta, action.id)

    assert seen.plan == action.plan
    assert seen.waiting is not None
    assert seen.waiting.may_decide
    assert seen.waiting.comment == "Llegó roto"
    assert seen.waiting.over is not None
    assert seen.waiting.over.limit == eur("4")


@ONE_ENGINE
def test_an_order_that_changed_meanwhile_is_refused_after_the_yes(
    desk: Desk, shop: FakeShop
) -> None:
    action = ask(desk)
    shop.orders["o1"] = replace(shop.orders["o1"], refunded=Money.of("3", "EUR"))

    decide(desk, named(desk, "marta", "supervisor"), action)

    refused = work(desk, action)
    assert (refused.state, refused.code) == ("refused", "order_changed")
    assert shop.paid == []


@ONE_ENGINE
def test_declining_needs_a_reason_that_the_agent_reads(desk: Desk, shop: FakeShop) -> None:
    action, marta = ask(desk), named(desk, "marta", "supervisor")

    with pytest.raises(InvalidInput, match="decline_reason_missing"):
        act.decide(desk.services, marta, action.id, approve=False, reason=" ")
    decide(desk, marta, action, "Ya se reembolsó")

    row = now(desk, action)
    assert (row.state, row.code) == ("refused", "approval_declined")
    assert row.parameters == {"who": "Marta", "reason": "Ya se reembolsó"}
    assert work(desk, action).state == "refused"


def test_nobody_approves_their_own_not_even_under_a_second_name(desk: Desk, shop: FakeShop) -> None:
    limit(desk, "supervisor", per_action="4")
    ana = named(desk, "ana", "supervisor", emails=["carmen@example.com"])
    action = ask(desk)
    twin = named(desk, "ana2", "owner")
    with desk.services.database.writing() as connection:
        for seat in (ana, twin):
            people.change_agent(desk.scope, connection, seat.agent_id, email="ana@shop.example")

    for seat in (ana, twin):
        with pytest.raises(Forbidden, match="own_approval"):
            decide(desk, seat, action)


@ONE_ENGINE
def test_agents_and_viewers_do_not_approve(desk: Desk, shop: FakeShop) -> None:
    action = ask(desk)

    for role in ("agent", "viewer"):
        with pytest.raises(Forbidden, match="role_forbids"):
            decide(desk, named(desk, "diego", role), action)


def test_a_supervisor_approves_within_the_own_limit_and_the_owner_above(
    desk: Desk, shop: FakeShop
) -> None:
    limit(desk, "supervisor", per_action="4.50")
    action = ask(desk)

    with pytest.raises(Forbidden, match="above_own_limit"):
        decide(desk, named(desk, "marta", "supervisor"), action)
    assert now(desk, action).state == "awaiting_approval"

    assert decide(desk, named(desk, "olga", "owner"), action).state == "requested"


def test_the_fuse_holds_for_approvers_too(desk: Desk, shop: FakeShop) -> None:
    action = ask(desk)
    fuse(desk, "4.99")

    with pytest.raises(Conflict, match="fuse_blown"):
        decide(desk, named(desk, "olga", "owner"), action)


def test_what_nobody_answers_expires(desk: Desk, shop: FakeShop) -> None:
    action = ask(desk)
    desk.clock.pass_(hours=71)
    settle.sweep(desk.services)
    assert now(desk, action).state == "awaiting_approval"

    desk.clock.pass_(hours=2)
    settle.sweep(desk.services)

    assert (now(desk, action).state, now(desk, action).code) == ("refused", "approval_expired")
    with pytest.raises(Conflict, match="already_decided"):
        decide(desk, named(desk, "olga", "owner"), action)


def test_of_many_answers_at_once_one_counts(desk: Desk, shop: FakeShop) -> None:
    action = ask(desk)
    seats = [named(desk, f"boss{n}", "supervisor") for n in range(6)]
    start = threading.Barrier(len(seats))

    def one(number: int) -> str:
        start.wait()
        try:
            return decide(desk, seats[number], action, "No" if number % 2 else "").state
        except MostradorError as error:
            return error.code

    with ThreadPoolExecutor(len(seats)) as pool:
        said = list(pool.map(one, range(len(seats))))
    ended = work(desk, action).state

    assert said.count("already_decided") == len(seats) - 1
    assert (ended, shop.paid) in (("done", FIVE), ("refused", []))
    with desk.services.database.reading() as connection:
        assert journal.verify(desk.scope, connection, desk.services.keys).intact


def test_the_badge_counts_what_this_person_can_act_on(desk: Desk, shop: FakeShop) -> None:
    action = ask(desk)
    agent, marta = desk.seat("ana"), named(desk, "marta", "supervisor")

    assert (agent.role, marta.waiting) == ("agent", 1)
    found = attention.inbox(desk.services, marta)
    assert [(item.id, item.state) for item in found.items] == [(action.id, "awaiting_approval")]
    with pytest.raises(Forbidden, match="role_forbids"):
        attention.inbox(desk.services, agent)

    decide(desk, marta, action)
    assert desk.seat("marta").waiting == 0


def test_an_unanswered_call_is_for_somebody_after_a_quarter_of_an_hour(
    desk: Desk, shop: FakeShop
) -> None:
    limit(desk, per_action="50")
    action = requested(desk)
    shop.sends = [lost_before]
    assert work(desk, action).state == "unknown"
    named(desk, "marta", "supervisor")

    desk.clock.pass_(minutes=14)
    assert desk.seat("marta").waiting == 0
    desk.clock.pass_(minutes=2)
    marta = desk.seat("marta")

    assert marta.waiting == 1
    assert [item.state for item in attention.inbox(desk.services, marta).items] == ["unknown"]


def test_a_supervisor_closes_what_needs_a_person_with_proof(desk: Desk, shop: FakeShop) -> None:
    limit(desk, per_action="50")
    action = requested(desk)
    shop.sends = [lost_before]
    work(desk, action)
    marta, ana = named(desk, "marta", "supervisor"), desk.seat("ana")

    with pytest.raises(Forbidden, match="role_forbids"):
        act.settle(desk.services, ana, action.id, done=True, proof="visto")
    with pytest.raises(ActionRefused, match="proof_missing"):
        act.settle(desk.services, marta, action.id, done=True, proof=" ")
    assert (
        act.settle(desk.services, marta, action.id, done=False, proof="visto").state == "not_done"
    )
