"""Money happens once: every state an action can be brought into, by every unlucky night."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from plugin.actions import journal, settle
from plugin.actions.ledger import must_get, perform
from plugin.actions.refund import KINDS, ActionView, action_view, confirm_refund, preview_refund
from plugin.db import ledger as rows
from plugin.db.journal import entries
from plugin.db.ledger import ActionRow
from plugin.domain.refunds import RefundReceipt
from plugin.errors import (
    ActionRefused,
    Conflict,
    MostradorError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unreachable,
)
from tests.builders import an_order, eur
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk

Pay = Callable[[], RefundReceipt]
FIVE = [Decimal("5.00")]
BLUE = "co_blue"


def lost_after(pay: Pay) -> RefundReceipt:
    pay()
    raise OutcomeUnknown("answer_lost")


def lost_before(pay: Pay) -> RefundReceipt:
    raise OutcomeUnknown("answer_lost")


def raising(error: Exception) -> Callable[[Pay], RefundReceipt]:
    def step(pay: Pay) -> RefundReceipt:
        raise error

    return step


@pytest.fixture
def shop(desk: Desk) -> FakeShop:
    order = an_order("o1", email="carmen@example.com")
    desk.save(order)
    desk.stores[BLUE] = FakeShop(now=desk.clock).holds(order)
    return desk.stores[BLUE]


def preview(desk: Desk, host_id: str = "ana", amount: str = "5") -> ActionView:
    seat = desk.seat(host_id, emails=["carmen@example.com"])
    typed = {"mode": "amount", "amount": amount}
    return preview_refund(desk.services, seat, BLUE, "o1", typed)


def confirm(desk: Desk, action: ActionView, host_id: str = "ana") -> ActionView:
    seat = desk.seat(host_id, emails=["carmen@example.com"])
    return confirm_refund(desk.services, seat, action.id)


def work(desk: Desk, action: ActionView) -> ActionRow:
    perform(desk.services, desk.scope, action.id, KINDS)
    return now(desk, action)


def look(desk: Desk, action: ActionView, **later: float) -> ActionRow:
    desk.clock.pass_(**(later or {"seconds": 70}))
    settle.settle(desk.services, desk.scope, action.id, KINDS)
    return now(desk, action)


def now(desk: Desk, action: ActionView) -> ActionRow:
    with desk.services.database.reading() as connection:
        return must_get(desk.scope, connection, action.id)


def steps(desk: Desk) -> list[str]:
    with desk.services.database.reading() as connection:
        found = journal.export(desk.scope, connection, desk.services.keys)
        return [entry["event"].rpartition(":")[2] for entry in found if "event" in entry]


def requested(desk: Desk) -> ActionView:
    action = preview(desk)
    confirm(desk, action)
    return action


# --- the straight way --------------------------------------------------------------------------


def test_every_step_is_journalled(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)

    assert work(desk, action).state == "done"
    assert steps(desk) == ["previewed", "requested", "claimed", "sent", "done"]
    assert shop.paid == FIVE


def test_the_same_work_twice_pays_once(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)

    work(desk, action)
    work(desk, action)
    confirm(desk, action)

    assert shop.paid == FIVE
    assert steps(desk).count("requested") == 1


def test_a_preview_cannot_be_performed(desk: Desk, shop: FakeShop) -> None:
    action = preview(desk)

    assert work(desk, action).state == "previewed"
    assert shop.paid == []


def test_an_expired_preview_stays_expired(desk: Desk, shop: FakeShop) -> None:
    action = preview(desk)
    desk.clock.pass_(minutes=15)

    for _ in range(2):
        with pytest.raises(Conflict, match="preview_expired"):
            confirm(desk, action)

    assert work(desk, action).state == "expired"
    assert steps(desk) == ["previewed", "expired"]


def test_a_clear_refusal_is_refused_and_frees_the_order(desk: Desk, shop: FakeShop) -> None:
    shop.sends = [raising(ActionRefused("shop_refused", message="no"))]
    action = requested(desk)

    assert work(desk, action).state == "refused"
    again = requested(desk)
    assert work(desk, again).state == "done"
    assert shop.paid == FIVE


def test_a_second_action_on_an_open_order_is_refused_and_names_who(
    desk: Desk, shop: FakeShop
) -> None:
    first, second = preview(desk), preview(desk, "diego")
    shop.sends = [lost_before]
    confirm(desk, first)
    confirm(desk, second, "diego")
    work(desk, first)

    refused = work(desk, second)

    assert (refused.state, refused.code) == ("refused", "order_busy")
    assert refused.parameters["who"] == "Ana"


def test_a_second_action_afterwards_is_refused_by_the_re_read(desk: Desk, shop: FakeShop) -> None:
    first, second = preview(desk), preview(desk, "diego")
    confirm(desk, first)
    confirm(desk, second, "diego")
    work(desk, first)

    refused = work(desk, second)

    assert (refused.state, refused.code) == ("refused", "order_changed")
    assert refused.parameters["who"] == "Ana"
    assert shop.paid == FIVE


# --- crashes -----------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


def killed(*_: object) -> RefundReceipt:
    raise Killed


def test_a_worker_killed_before_the_call_gives_the_action_back(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)
    shop.reading = killed  # type: ignore[assignment]
    with pytest.raises(Killed):
        work(desk, action)
    shop.reading = lambda: None
    desk.clock.pass_(seconds=81)

    settle.sweep(desk.services)

    assert now(desk, action).state == "requested"
    assert work(desk, action).state == "done"
    assert shop.paid == FIVE


def test_a_worker_killed_in_its_call_leaves_a_question(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)
    shop.sends = [killed]
    with pytest.raises(Killed):
        work(desk, action)
    desk.clock.pass_(seconds=81)

    settle.sweep(desk.services)

    assert now(desk, action).state == "unknown"
    assert ("settle", desk.scope.workspace_id, action.id) not in desk.woken
    settle.sweep(desk.services)
    assert ("settle", desk.scope.workspace_id, action.id) in desk.woken


def test_an_order_is_not_freed_by_time_alone(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)
    shop.sends = [lost_before]
    work(desk, action)
    shop.reading = lambda: (_ for _ in ()).throw(Unreachable("shop_unreachable"))  # type: ignore[assignment]

    for _ in range(5):
        assert look(desk, action, hours=10).state == "unknown"


def test_a_worker_that_dies_again_and_again_is_refused_at_last(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)
    shop.reading = killed  # type: ignore[assignment]
    for _ in range(4):
        with pytest.raises(Killed):
            work(desk, action)
        desk.clock.pass_(seconds=81)
        settle.sweep(desk.services)

    assert (now(desk, action).state, now(desk, action).code) == ("refused", "not_started")
    assert shop.paid == []


def test_a_lost_wake_is_found_by_the_sweep(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)
    desk.woken.clear()
    desk.clock.pass_(seconds=4)

    settle.sweep(desk.services)

    assert desk.woken == [("perform", desk.scope.workspace_id, action.id)]


def test_what_cannot_be_swept_holds_up_nothing_else(
    desk: Desk, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = requested(desk)
    later = an_order("o2", email="carmen@example.com")
    desk.save(later)
    shop.holds(later)
    seat = desk.seat(emails=["carmen@example.com"])
    other = preview_refund(desk.services, seat, BLUE, "o2", {"mode": "amount", "amount": "5"})
    desk.clock.pass_(seconds=1)
    confirm(desk, other)
    desk.clock.pass_(seconds=4)
    plain = rows.postpone

    def poisoned(*given: object) -> bool:
        if action.id in given:
            raise ValueError("cannot be read")
        return plain(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(rows, "postpone", poisoned)
    desk.woken.clear()

    settle.sweep(desk.services)

    assert desk.woken == [("perform", desk.scope.workspace_id, other.id)]


# --- a slow worker and the sweep ---------------------------------------------------------------


def test_a_late_answer_after_the_sweep_counts(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)

    def slow(pay: Pay) -> RefundReceipt:
        desk.clock.pass_(seconds=100)
        settle.sweep(desk.services)
        assert now(desk, action).state == "unknown"
        return pay()

    shop.sends = [slow]

    assert work(desk, action).state == "done"
    assert shop.paid == FIVE


def test_a_late_refusal_after_the_sweep_is_not_done(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)

    def slow(pay: Pay) -> RefundReceipt:
        desk.clock.pass_(seconds=100)
        settle.sweep(desk.services)
        raise ActionRefused("shop_refused")

    shop.sends = [slow]

    assert work(desk, action).state == "not_done"


def test_a_worker_slow_in_its_re_read_leaves_the_call_to_the_next(
    desk: Desk, shop: FakeShop
) -> None:
    action = requested(desk)

    def slow_once() -> None:
        shop.reading = lambda: None
        desk.clock.pass_(seconds=100)
        settle.sweep(desk.services)
        assert work(desk, action).state == "done"

    shop.reading = slow_once
    work(desk, action)

    assert now(desk, action).state == "done"
    assert shop.paid == FIVE


def test_a_worker_given_up_does_not_refuse_for_the_one_in_its_call(
    desk: Desk, shop: FakeShop
) -> None:
    action = requested(desk)

    def first_read() -> None:
        shop.reading = lambda: None
        desk.clock.pass_(seconds=100)
        settle.sweep(desk.services)
        claim_and_start(desk, action)
        raise Unreachable("shop_unreachable")

    shop.reading = first_read
    work(desk, action)

    assert now(desk, action).state == "performing"


def claim_and_start(desk: Desk, action: ActionView) -> None:
    """Another worker, up to the moment in which its call leaves."""
    at = desk.clock()
    with desk.services.database.writing() as connection:
        assert rows.claim(desk.scope, connection, action.id, at + timedelta(seconds=80))
        claimed = must_get(desk.scope, connection, action.id)
        due = at + timedelta(seconds=80)
        assert rows.start_call(desk.scope, connection, claimed, at, due)


def test_a_clear_answer_closes_what_waits_for_a_person(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)

    def very_slow(pay: Pay) -> RefundReceipt:
        receipt = pay()
        shop.refunds[0] = replace(receipt, state="working")
        desk.clock.pass_(seconds=100)
        settle.sweep(desk.services)
        look(desk, action, hours=2)
        return receipt

    shop.sends = [very_slow]

    assert work(desk, action).state == "done"
    assert steps(desk)[-2:] == ["needs_person", "done"]


def test_an_answer_after_the_end_is_written_down(desk: Desk, shop: FakeShop) -> None:
    action = requested(desk)

    def hours_later(pay: Pay) -> RefundReceipt:
        desk.clock.pass_(seconds=100)
        settle.sweep(desk.services)
        look(desk, action, minutes=20)
        assert look(desk, action, minutes=20).state == "not_done"
        return pay()

    shop.sends = [hours_later]
    work(desk, action)

    assert now(desk, action).state == "not_done"
    assert steps(desk)[-1] == "late_answer"


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


# --- whose action ------------------------------------------------------------------------------


def test_an_action_of_another_agent_cannot_be_confirmed(desk: Desk, shop: FakeShop) -> None:
    action = preview(desk)

    with pytest.raises(NotFound, match="action_not_found"):
        confirm(desk, action, "diego")


def test_an_action_id_does_not_open_an_order_of_another_ticket(desk: Desk, shop: FakeShop) -> None:
    action = preview(desk)
    stranger = desk.seat("diego", emails=["somebody@example.com"])

    with pytest.raises(NotFound, match="order_not_found"):
        action_view(desk.services, stranger, action.id)


def test_a_preview_is_not_confirmed_from_another_ticket(desk: Desk, shop: FakeShop) -> None:
    action = preview(desk)
    elsewhere = desk.seat("ana", emails=["somebody@example.com"])

    with pytest.raises(NotFound, match="order_not_found"):
        confirm_refund(desk.services, elsewhere, action.id)


def test_no_step_is_without_its_entry_in_the_journal(desk: Desk, shop: FakeShop) -> None:
    action = needing_a_person(desk, shop)
    settle.settle_by_person(desk.services, desk.scope, action.id, done=True, proof="x", who="Eva")

    with desk.services.database.reading() as connection:
        assert journal.verify(desk.scope, connection, desk.services.keys).intact
        assert len(list(entries(desk.scope, connection))) == len(steps(desk))
    assert steps(desk) == [
        "previewed", "requested", "claimed", "sent", "unknown", "needs_person", "done",
    ]  # fmt: skip


def test_totals_in_the_preview_must_add_up(desk: Desk, shop: FakeShop) -> None:
    honest = shop.plan_refund
    shop.plan_refund = lambda choice: replace(honest(choice), amount=eur("6.00"))  # type: ignore[method-assign]

    with pytest.raises(ActionRefused, match="plan_does_not_add_up"):
        preview(desk)
