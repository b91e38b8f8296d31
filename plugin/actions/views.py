"""One action as the panel shows it, with whom it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.actions.approve import is_own
from plugin.actions.kind import Plan
from plugin.actions.kinds import KINDS
from plugin.actions.overseer import Overseer
from plugin.db import approvals, manual, panel, people
from plugin.db.ledger import ActionRow
from plugin.db.personal import BLANK
from plugin.db.session import DbConnection
from plugin.domain.actions import ActionState
from plugin.domain.money import Money
from plugin.domain.policy import OVERSEEING, Over
from plugin.services import Services

_HELD = ("awaiting_approval", "unknown", "needs_person")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """For an action that does not go on by itself: since when, who can act, and what an approver
    is told. `may_decide` = the agent who looks may say yes or no; `may_settle` = may say what was
    seen at the shop, or that it was paid by hand; `has_account` = there is one to pay to."""

    since: datetime
    who: tuple[str, ...]
    comment: str = ""
    over: Over | None = None
    may_decide: bool = False
    may_settle: bool = False
    has_account: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionView:
    """`mine` = the agent who looks is the one who acts; `plan` is of the kind's own type; `over` =
    this preview is above a limit, `waiting` = somebody must act. The plan of what has ended is None
    once its customer was erased. `customer_locale` = how the customer reads, "" if nobody knows;
    `untold` = the agent who looks is to hear of it, and was not yet; `link` leads to the
    conversation it was done in, as the helpdesk said (hostile)."""

    id: str
    state: ActionState
    kind: str
    connection_id: str
    order_ref: str
    order_number: str
    amount: Money
    plan: Plan
    agent_id: str
    agent_name: str
    mine: bool
    created_at: datetime
    expires_at: datetime
    requested_at: datetime | None
    finished_at: datetime | None
    code: str
    parameters: Mapping[str, Any]
    payment: str
    reference: str
    receipt: Mapping[str, Any]
    customer_locale: str = ""
    over: Over | None = None
    waiting: Waiting | None = None
    untold: bool = False
    link: str = ""


def show(
    services: Services, seat: Overseer, row: ActionRow, over: Over | None = None
) -> ActionView:
    waiting, language = None, ""
    with services.database.reading() as connection:
        if row.state in _HELD or (row.state == "done" and row.payment == "due"):
            waiting = _waiting(connection, seat, row)
        if row.state == "done":
            language = panel.customer_locale(
                seat.scope, connection, row.connection_id, row.order_ref
            )
    return ActionView(
        id=row.id,
        state=row.state,
        kind=row.kind,
        connection_id=row.connection_id,
        order_ref=row.order_ref,
        order_number=row.order_number,
        amount=Money(row.amount, row.currency),
        plan=None if row.plan == BLANK else KINDS[row.kind].frozen(row),
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        mine=row.agent_id == seat.agent_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        requested_at=row.requested_at,
        finished_at=row.finished_at,
        code=row.code,
        parameters=row.parameters,
        payment=row.payment,
        reference=row.reference,
        receipt=row.receipt or {},
        customer_locale=language,
        over=over,
        waiting=waiting,
        link=row.link,
        untold=row.untold and row.agent_id == seat.agent_id,
    )


def _waiting(connection: DbConnection, seat: Overseer, row: ActionRow) -> Waiting:
    """The agent's own name is left out where the agent may not act on it."""
    agents = people.agent_rows(seat.scope, connection)
    names = tuple(
        agent.name
        for agent in agents
        if agent.active and agent.role in OVERSEEING
        and (row.state != "awaiting_approval" or agent.id != row.agent_id)
    )  # fmt: skip
    since = row.call_started_at or row.requested_at or row.created_at
    known = approvals.get(seat.scope, connection, row.id)
    if row.state != "awaiting_approval" or known is None:
        closes = row.state in ("needs_person", "done") and seat.role in OVERSEEING
        sealed = manual.secret(seat.scope, connection, row.id)
        return Waiting(since=since, who=names, may_settle=closes, has_account=sealed is not None)
    limit = None if known.limit_amount is None else Money(known.limit_amount, row.currency)
    mine = is_own(seat.scope, connection, seat.agent_id, row.agent_id)
    return Waiting(
        since=known.asked_at,
        who=names,
        comment=known.comment,
        over=Over(what=known.what, limit=limit, currency=row.currency),
        may_decide=seat.role in OVERSEEING and not mine,
    )
