"""After a call without a clear answer: look, wait, send again where that is safe, ask a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from plugin.actions import journal, settle
from plugin.actions.views import ActionView
from plugin.db.journal import entries
from plugin.domain.refunds import RefundReceipt
from plugin.errors import (
    ActionRefused,
    Conflict,
    MostradorError,
    OutcomeUnknown,
    RateLimited,
    Unreachable,
)
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.refunding import (
    FIVE,
    Pay,
    look,
    lost_after,
    lost_before,
    now,
    raising,
    requested,
    steps,
    work,
)

# --- looking -----------------------------------------------------------------------------------


def test_a_lost_answer_is_found_by_its_reference(desk: Desk, shop: FakeShop) -> None:
    shop.sends = [lost_after]
    action = requested(desk)
    assert work(desk, action).state == "unknown"

    assert look(desk, action).state == "done"
    assert shop.paid == FIVE


def test_absent_after_the_limit_and_one_more_look_is_not_done(desk: Desk, shop: FakeShop) -> None:
    shop.sends = [lost_before]
    action = requested(desk)
    work(desk, action)

    assert look(desk, action, minutes=14).state == "unknown"
    assert look(desk, action, minutes=2).state == "unknown"
    assert look(desk, action).state == "not_done"
    assert shop.paid == []


def test_a_refund_that_vanishes_is_not_done(desk: Desk, shop: FakeShop) -> None:
    def listed(pay: Pay) -> RefundReceipt:
        receipt = replace(pay(), state="working")
        shop.refunds[0] = receipt
        return receipt

    shop.sends = [listed]
    action = requested(desk)
    assert (work(desk, action).state, now(desk, action).code) == ("unknown", "still_working")
    assert look(desk, action).state == "unknown"

    shop.refunds.clear()

    assert look(desk, action, minutes=20).state == "unknown"
    assert look(desk, action).state == "not_done"


def test_a_refund_still_working_past_the_limit_needs_a_person(desk: Desk, shop: FakeShop) -> None:
    def listed(pay: Pay) -> RefundReceipt:
        receipt = replace(pay(), state="working")
        shop.refunds[0] = receipt
        return receipt

    shop.sends = [listed]
    action = requested(desk)
    work(desk, action)

    assert look(desk, action, minutes=20).state == "unknown"
    ended = look(desk, action, hours=1)

    assert (ended.state, ended.code) == ("needs_person", "still_working")


@pytest.mark.parametrize("behind", [0, 45, 3600])
def test_an_equal_amount_of_a_stranger_needs_a_person_whatever_the_shops_clock_says(
    desk: Desk, shop: FakeShop, behind: int
) -> None:
    shop.sends = [lost_before]
    action = requested(desk)
    work(desk, action)
    shop.elsewhere("5.00", desk.clock() - timedelta(seconds=behind))

    ended = look(desk, action, minutes=20)

    assert (ended.state, ended.code) == ("needs_person", "equal_amount_elsewhere")


def test_an_equal_refund_of_before_is_no_stranger(desk: Desk, shop: FakeShop) -> None:
    shop.elsewhere("5.00", desk.clock() - timedelta(hours=1))
    shop.sends = [lost_before]
    action = requested(desk)
    work(desk, action)

    look(desk, action, minutes=20)

    assert look(desk, action).state == "not_done"


def test_an_open_question_keeps_the_order_closed(desk: Desk, shop: FakeShop) -> None:
    shop.sends = [lost_before]
    first = requested(desk)
    work(desk, first)
    shop.elsewhere("5.00", desk.clock())
    look(desk, first, minutes=20)

    second = requested(desk)

    assert work(desk, second).code == "order_busy"


# --- sending again -----------------------------------------------------------------------------


@pytest.fixture
def repeating(shop: FakeShop) -> FakeShop:
    shop.idempotent = True
    shop.resend_within = timedelta(minutes=10)
    return shop


def test_a_call_that_never_arrived_goes_again_with_its_key(desk: Desk, repeating: FakeShop) -> None:
    repeating.sends = [lost_before]
    action = requested(desk)
    work(desk, action)

    assert look(desk, action).state == "done"
    assert repeating.paid == FIVE
    assert "sent_again" in steps(desk)


@pytest.mark.parametrize(
    "error",
    [
        Unreachable("shop_unreachable"),
        RateLimited(2),
        ActionRefused("shop_refused", message="in progress"),
        OutcomeUnknown("answer_lost"),
    ],
)
def test_a_second_call_that_fails_says_nothing_about_the_first(
    desk: Desk, repeating: FakeShop, error: MostradorError
) -> None:
    repeating.sends = [lost_before, raising(error)]
    action = requested(desk)
    work(desk, action)

    assert look(desk, action).state == "unknown"


def test_after_a_refused_second_call_we_only_look(desk: Desk, repeating: FakeShop) -> None:
    repeating.sends = [lost_before, raising(ActionRefused("shop_refused"))]
    action = requested(desk)
    work(desk, action)
    look(desk, action)

    look(desk, action, seconds=70)
    look(desk, action, minutes=20)

    assert look(desk, action).state == "not_done"
    assert repeating.paid == []
    assert steps(desk).count("sent_again") == 1


def test_a_late_refusal_of_the_first_of_two_calls_decides_nothing(
    desk: Desk, repeating: FakeShop
) -> None:
    action = requested(desk)

    def slow(pay: Pay) -> RefundReceipt:
        desk.clock.pass_(seconds=100)
        settle.sweep(desk.services)
        repeating.sends = [lost_after]
        look(desk, action)
        raise RateLimited(2)

    repeating.sends = [slow]

    assert work(desk, action).state == "unknown"
    assert look(desk, action).state == "done"


def test_nothing_goes_again_once_the_order_moved(desk: Desk, repeating: FakeShop) -> None:
    repeating.sends = [lost_before]
    action = requested(desk)
    work(desk, action)
    repeating.elsewhere("3.00", desk.clock())

    assert look(desk, action).state == "unknown"
    assert repeating.paid == [Decimal("3.00")]


# --- money on its way --------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_a_pending_payment_is_followed_to_its_end(desk: Desk, shop: FakeShop, outcome: str) -> None:
    shop.payment = "pending"
    action = requested(desk)
    assert (work(desk, action).state, now(desk, action).payment) == ("done", "pending")
    shop.payment = outcome

    ended = look(desk, action)

    assert (ended.state, ended.payment, ended.due) == ("done", outcome, None)
    assert steps(desk)[-1] == "payment"


# --- a person ----------------------------------------------------------------------------------


def needing_a_person(desk: Desk, shop: FakeShop) -> ActionView:
    shop.sends = [lost_before]
    action = requested(desk)
    work(desk, action)
    shop.elsewhere("5.00", desk.clock())
    look(desk, action, minutes=20)
    return action


@pytest.mark.parametrize(("done", "state"), [(True, "done"), (False, "not_done")])
def test_a_person_settles_with_proof(desk: Desk, shop: FakeShop, done: bool, state: str) -> None:
    action = needing_a_person(desk, shop)

    row = settle.settle_by_person(
        desk.services, desk.scope, action.id, done=done, proof="Bank 4711", who="Eva"
    )

    assert (row.state, row.due) == (state, None)
    with desk.services.database.reading() as connection:
        *_, last, _head = journal.export(desk.scope, connection, desk.services.keys)
    assert last["payload"]["proof"] == "Bank 4711"


def test_a_person_cannot_settle_without_proof_or_twice(desk: Desk, shop: FakeShop) -> None:
    action = needing_a_person(desk, shop)
    with pytest.raises(ActionRefused, match="proof_missing"):
        settle.settle_by_person(
            desk.services, desk.scope, action.id, done=True, proof="  ", who="Eva"
        )
    settle.settle_by_person(desk.services, desk.scope, action.id, done=True, proof="x", who="Eva")

    with pytest.raises(Conflict, match="action_not_open"):
        settle.settle_by_person(
            desk.services, desk.scope, action.id, done=False, proof="x", who="Eva"
        )


def test_no_step_is_without_its_entry_in_the_journal(desk: Desk, shop: FakeShop) -> None:
    action = needing_a_person(desk, shop)
    settle.settle_by_person(desk.services, desk.scope, action.id, done=True, proof="x", who="Eva")

    with desk.services.database.reading() as connection:
        assert journal.verify(desk.scope, connection, desk.services.keys).intact
        assert len(list(entries(desk.scope, connection))) == len(steps(desk))
    assert steps(desk) == [
        "previewed", "requested", "claimed", "sent", "unknown", "needs_person", "done",
    ]  # fmt: skip
