"""Confirming a preview: within the limits it is handed to the worker, above them somebody with
more room is asked. Both in the transaction that counted."""

from __future__ import annotations

from datetime import timedelta

from plugin.actions import ledger, policy
from plugin.actions.kind import Kind
from plugin.actions.launch import Seat
from plugin.db import approvals
from plugin.db import ledger as rows
from plugin.db import policies as limits
from plugin.db.ledger import ActionRow
from plugin.db.session import DbConnection
from plugin.domain.policy import Over
from plugin.errors import Conflict, InvalidInput
from plugin.services import Services

APPROVAL_LIFE = timedelta(hours=72)
_LONGEST_COMMENT = 500


def request(
    services: Services, seat: Seat, action_id: str, kind: Kind, comment: str | None
) -> tuple[ActionRow, Over | None]:
    """Confirms a preview; the same id again gives the recorded answer. Above a limit nothing moves
    and the limit is told, unless the agent asks for approval by a comment. Raises
    Conflict("preview_expired" | "fuse_blown"), InvalidInput("comment_missing"), Forbidden."""
    said = _comment(comment)
    scope, now, over = seat.scope, services.clock(), None
    with services.database.writing() as connection:
        limits.lock(scope, connection)
        row = ledger.must_get(scope, connection, action_id, lock=True)
        before = row.state
        if before == "previewed" and row.expires_at <= now:
            rows.move(scope, connection, row.id, "previewed", "expired", finished_at=now)
            ledger.note(services, scope, connection, row, "expired")
        elif before == "previewed":
            over = policy.verdict(services, scope, connection, row, kind, seat.role, seat.agent_id)
            if over is None:
                _hand_over(services, connection, seat, row)
            elif said:
                _ask(services, connection, seat, row, over, said)
        current = ledger.must_get(scope, connection, action_id)
    if current.state == "expired":
        raise Conflict("preview_expired")
    if before == "previewed" and current.state == "requested":
        services.wake("perform", scope.workspace_id, row.id)
    return current, over


def _comment(comment: str | None) -> str:
    """One line; an empty one was asked for and not given."""
    said = " ".join((comment or "").split())[:_LONGEST_COMMENT]
    if comment is not None and not said:
        raise InvalidInput("comment_missing", field="comment")
    return said


def _hand_over(services: Services, connection: DbConnection, seat: Seat, row: ActionRow) -> None:
    now = services.clock()
    rows.move(
        seat.scope, connection, row.id, "previewed", "requested",
        requested_at=now, due=now + ledger.LOST_WAKE,
    )  # fmt: skip
    ledger.note(
        services, seat.scope, connection, row, "requested", evidence=row.evidence, role=seat.role
    )


def _ask(
    services: Services, connection: DbConnection, seat: Seat, row: ActionRow, over: Over, said: str
) -> None:
    """Confirmed, and waiting from the same moment on."""
    now, scope = services.clock(), seat.scope
    rows.move(scope, connection, row.id, "previewed", "requested")
    rows.move(scope, connection, row.id, "requested", "awaiting_approval", due=now + APPROVAL_LIFE)
    values = {
        "action_id": row.id,
        "comment": said,
        "what": over.what,
        "limit_amount": over.limit.amount if over.limit else None,
        "asked_at": now,
    }
    approvals.add(scope, connection, values)
    ledger.note(
        services, scope, connection, row, "approval_asked", personal={"comment": said},
        evidence=row.evidence, role=seat.role, above=over.what,
        limit=over.limit.text() if over.limit else "",
    )  # fmt: skip
