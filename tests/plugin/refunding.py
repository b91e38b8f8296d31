"""The steps of a refund as tests take them: preview, confirm, work, look."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from plugin.actions import act, journal, settle
from plugin.actions.kinds import KINDS
from plugin.actions.ledger import must_get, perform
from plugin.actions.views import ActionView
from plugin.db.ledger import ActionRow
from plugin.domain.refunds import RefundReceipt
from plugin.errors import OutcomeUnknown
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


def preview(desk: Desk, host_id: str = "ana", amount: str = "5") -> ActionView:
    seat = desk.seat(host_id, emails=["carmen@example.com"])
    typed = {"mode": "amount", "amount": amount}
    return act.preview(desk.services, seat, "refund", BLUE, "o1", typed)


def confirm(desk: Desk, action: ActionView, host_id: str = "ana") -> ActionView:
    seat = desk.seat(host_id, emails=["carmen@example.com"])
    return act.confirm(desk.services, seat, action.id)


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
