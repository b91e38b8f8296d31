"""Somebody else's yes or no to what is above a limit. A yes sends exactly the frozen preview, which
the worker checks against the live order as ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugin.actions import ledger, policy
from plugin.actions.kind import Kind
from plugin.actions.overseer import Overseer
from plugin.db import approvals, people
from plugin.db import ledger as rows
from plugin.db import policies as limits
from plugin.db.ledger import ActionRow
from plugin.db.session import DbConnection, Scope
from plugin.domain.policy import OVERSEEING
from plugin.errors import Conflict, Forbidden, InvalidInput
from plugin.services import Services

_LONGEST_REASON = 500


def decide(
    services: Services, seat: Overseer, action_id: str, kinds: Mapping[str, Kind], *,
    approve: bool, reason: str,
) -> ActionRow:  # fmt: skip
    """One of many decisions counts, whoever comes first. Raises Conflict("already_decided" |
    "fuse_blown"), Forbidden("role_forbids" | "own_approval" | "above_own_limit"),
    InvalidInput("decline_reason_missing"), NotFound."""
    reason = " ".join(reason.split())[:_LONGEST_REASON]
    if not approve and not reason:
        raise InvalidInput("decline_reason_missing", field="reason")
    if seat.role not in OVERSEEING:
        raise Forbidden("role_forbids")
    scope = seat.scope
    with services.database.writing() as connection:
        limits.lock(scope, connection)
        row = ledger.must_get(scope, connection, action_id, lock=True)
        _open_to(scope, connection, seat, row)
        if approve:
            _approve(services, connection, seat, row, kinds[row.kind])
        else:
            _decline(services, connection, seat, row, reason)
        current = ledger.must_get(scope, connection, action_id)
    if approve:
        services.wake("perform", scope.workspace_id, row.id)
    return current


def is_own(scope: Scope, connection: DbConnection, agent_id: str, other_id: str) -> bool:
    """The same person, also with a second seat under the same e-mail."""
    if agent_id == other_id:
        return True
    emails = {
        row.id: row.email
        for row in people.agent_rows(scope, connection)
        if row.id in (agent_id, other_id) and row.email
    }
    return len(emails) == 2 and len(set(emails.values())) == 1


def expire(services: Services, scope: Scope, action_id: str) -> None:
    """Nobody answered in time: nothing was sent, and a new review may begin."""
    now = services.clock()
    with services.database.writing() as connection:
        row = ledger.must_get(scope, connection, action_id, lock=True)
        if row.state != "awaiting_approval" or row.due is None or row.due > now:
            return
        _end(services, scope, connection, row, "expired", {"code": "approval_expired"})


def _open_to(scope: Scope, connection: DbConnection, seat: Overseer, row: ActionRow) -> None:
    if is_own(scope, connection, seat.agent_id, row.agent_id):
        raise Forbidden("own_approval")
    if row.state != "awaiting_approval":
        known = approvals.get(scope, connection, row.id)
        raise Conflict("already_decided", who=known.decided_name if known else "")


def _approve(
    services: Services, connection: DbConnection, seat: Overseer, row: ActionRow, kind: Kind
) -> None:
    """From now on the approver answers for it: it counts in that person's limits."""
    over = policy.verdict(services, seat.scope, connection, row, kind, seat.role, seat.agent_id)
    if over is not None:
        raise Forbidden("above_own_limit", **over.parameters)
    now = services.clock()
    rows.move(
        seat.scope, connection, row.id, "awaiting_approval", "requested",
        requested_at=now, due=now + ledger.LOST_WAKE, answerable_id=seat.agent_id,
    )  # fmt: skip
    _decided(services, connection, seat, row, "approved", "")


def _decline(
    services: Services, connection: DbConnection, seat: Overseer, row: ActionRow, reason: str
) -> None:
    _decided(services, connection, seat, row, "declined", reason)
    parameters = {"who": seat.agent_name, "reason": reason}
    values = {"code": "approval_declined", "parameters": parameters}
    _end(services, seat.scope, connection, row, "", values)


def _decided(
    services: Services, connection: DbConnection, seat: Overseer, row: ActionRow, decision: str,
    reason: str,
) -> None:  # fmt: skip
    approvals.decide(
        seat.scope, connection, row.id, decision, services.clock(),
        decided_by=seat.agent_id, decided_name=seat.agent_name, reason=reason,
    )  # fmt: skip
    personal = {"who": seat.agent_name, "reason": reason}
    ledger.note(
        services, seat.scope, connection, row, decision, personal=personal,
        by=seat.agent_id, role=seat.role,
    )  # fmt: skip


def _end(
    services: Services, scope: Scope, connection: DbConnection, row: ActionRow, decision: str,
    values: Mapping[str, Any],
) -> None:  # fmt: skip
    now = services.clock()
    if decision:
        approvals.decide(scope, connection, row.id, decision, now)
    rows.move(
        scope, connection, row.id, "awaiting_approval", "refused",
        due=None, finished_at=now, **values,
    )  # fmt: skip
    ledger.note(services, scope, connection, row, "refused", code=values["code"])
