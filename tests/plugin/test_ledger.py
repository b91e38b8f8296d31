"""Money happens once: every state an action can be brought into, by every unlucky night."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.actions import act, settle
from plugin.actions.ledger import must_get
from plugin.actions.views import ActionView
from plugin.db import ledger as rows
from plugin.domain.refunds import RefundReceipt
from plugin.errors import (
    ActionRefused,
    Conflict,
    Unreachable,
)
from tests.builders import an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.refunding import (
    BLUE,
    FIVE,
    Pay,
    confirm,
    look,
    lost_before,
    now,
    preview,
    raising,
    requested,
    steps,
    work,
)

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
    typed = {"mode": "amount", "amount": "5"}
    other = act.preview(desk.services, seat, "refund", BLUE, "o2", typed)
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
