"""The ledger: every change to a shop passes through here and happens at most once.

    requesting.py web   previewed -> requested          counts, inserts, wakes, returns
    perform   worker   requested -> performing -> ...  claims, re-reads, commits, calls
    settle.py worker   unknown -> done | not_done | needs_person   looks, rarely resends

The action row is the lock on its order (partial unique index). `call_started_at` is committed
on its own just before the request leaves: empty means nothing was sent. Time alone never frees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from plugin.actions import journal
from plugin.actions.kind import Kind
from plugin.actions.shops import open_shop, watched
from plugin.db import connections as installed
from plugin.db import ledger as rows
from plugin.db import policies
from plugin.db.ledger import ActionRow
from plugin.db.session import DbConnection, Scope
from plugin.domain.actions import OPEN, ActionState, Receipt, may_move
from plugin.domain.money import Money
from plugin.errors import (
    ActionRefused,
    MostradorError,
    NotFound,
    PlatformError,
    RateLimited,
    SetupError,
)
from plugin.log import logger
from plugin.ports.store import Store
from plugin.services import Services

PREVIEW_LIFE = timedelta(minutes=15)
LOST_WAKE = timedelta(seconds=3)
CALL_LIMIT = timedelta(seconds=80)  # above the longest read time-out of a write
FIRST_LOOK = timedelta(seconds=2)
OWED = timedelta(days=365)
ANSWERS: tuple[ActionState, ...] = ("done", "refused", "not_done")
log = logger("ledger")


def perform(services: Services, scope: Scope, action_id: str, kinds: Mapping[str, Kind]) -> None:
    """The worker's step. Safe to run twice: the second finds nothing to claim."""
    row = _claimed(services, scope, action_id, kinds)
    if row is None:
        return
    kind = kinds[row.kind]
    try:
        store = open_shop(services, scope, row.connection_id)
        with watched(services, scope, row.connection_id):
            kind.recheck(store, row, kind.frozen(row))
    except (ActionRefused, NotFound, PlatformError, SetupError) as error:
        _refuse_unsent(services, scope, row, _explained(services, scope, row, error))
        return
    now = services.clock()
    with services.database.writing() as connection:
        limit = option(scope, connection, row, "call_seconds") or CALL_LIMIT
        if not rows.start_call(scope, connection, row, now, now + limit):
            return  # too slow: the sweep gave the claim back and it is somebody else's now
        note(services, scope, connection, row, "sent")
    call(services, scope, row, kind, store)


def _claimed(
    services: Services, scope: Scope, action_id: str, kinds: Mapping[str, Kind]
) -> ActionRow | None:
    now = services.clock()
    with services.database.writing() as connection:
        row = must_get(scope, connection, action_id)
        limit = option(scope, connection, row, "call_seconds") or CALL_LIMIT
        holder = _before_it(scope, connection, row) if kinds[row.kind].in_turn else None
        claim = None if holder else rows.claim(scope, connection, action_id, now + limit)
        if claim:
            note(services, scope, connection, row, "claimed")
            return must_get(scope, connection, action_id)
        if claim is None:
            holder = holder or rows.open_on_order(
                scope, connection, row.connection_id, row.order_ref
            )
            parameters = {"who": holder.agent_name if holder else ""}
            if rows.move(
                scope, connection, action_id, "requested", "refused",
                code="order_busy", parameters=parameters, due=None, finished_at=now,
            ):  # fmt: skip
                note(services, scope, connection, row, "refused", code="order_busy")
    return None


def _before_it(scope: Scope, connection: DbConnection, row: ActionRow) -> ActionRow | None:
    """Another of its kind whose call may still arrive. Claims of such kinds wait for each other."""
    policies.lock(scope, connection)
    return next(
        (
            other
            for other in rows.of_order(scope, connection, row.connection_id, row.order_ref)
            if other.kind == row.kind and other.id != row.id
            and other.state in ("performing", "unknown")
        ),
        None,
    )  # fmt: skip


def _refuse_unsent(
    services: Services, scope: Scope, row: ActionRow, values: Mapping[str, Any]
) -> None:
    """The re-read said no. A worker that the sweep took for dead must not speak for the one
    that works now."""
    with services.database.writing() as connection:
        ours = rows.refuse_unsent(scope, connection, row, services.clock(), **values)
        if ours:
            note(services, scope, connection, row, "refused", code=values["code"])
    if ours:
        services.wake("refresh_order", scope.workspace_id, row.connection_id, row.order_ref)


def call(services: Services, scope: Scope, row: ActionRow, kind: Kind, store: Store) -> None:
    """Sends once. Whatever is not a clear answer is `unknown`."""
    try:
        receipt = kind.send(store, row, kind.frozen(row))
    except (ActionRefused, PlatformError) as error:
        # by the port's promise a PlatformError on a write means that it certainly did not run
        finish(services, scope, row, "refused", _outcome(error))
        return
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the call may have run
        code = error.code if isinstance(error, MostradorError) else "answer_lost"
        log.warning("outcome_unknown", action=row.id, error=type(error).__name__)
        finish(services, scope, row, "unknown", {"code": code})
        return
    if receipt.state == "working":
        finish(services, scope, row, "unknown", {"code": "still_working"})
    else:
        finish(services, scope, row, "done", received(receipt))


def must_get(
    scope: Scope, connection: DbConnection, action_id: str, *, lock: bool = False
) -> ActionRow:
    row = rows.get(scope, connection, action_id, lock=lock)
    if row is None:
        raise NotFound("action_not_found")
    return row


def finish(
    services: Services, scope: Scope, row: ActionRow, state: ActionState,
    values: Mapping[str, Any],
) -> None:  # fmt: skip
    """Writes the outcome. If the sweep called it `unknown` meanwhile, a clear answer still
    counts; `refused` after that is `not_done`. An answer that comes after the end changes
    nothing and is written down."""
    now = services.clock()
    due = now + FIRST_LOOK if state == "unknown" or values.get("payment") == "pending" else None
    if state == "done" and values.get("payment") == "due":
        due = now + OWED  # somebody has to pay: it has not ended before
    ended = None if state in ("unknown", "needs_person") else now
    with services.database.writing() as connection:
        current = must_get(scope, connection, row.id, lock=True)
        state = _after(current, state)
        if current.state == state:
            return
        moved = (
            current.state in OPEN
            and may_move(current.state, state)
            and rows.move(
                scope, connection, row.id, current.state, state,
                due=due, finished_at=ended, **values,
            )
        )  # fmt: skip
        facts = {k: v for k, v in values.items() if k in ("code", "payment", "external_ref")}
        if moved:
            note(services, scope, connection, row, state, **facts)
        elif state in ANSWERS:
            note(services, scope, connection, row, "late_answer", said=state, **facts)
    if state in (*ANSWERS, "needs_person"):
        services.wake("refresh_order", scope.workspace_id, row.connection_id, row.order_ref)


def _after(current: ActionRow, state: ActionState) -> ActionState:
    """A refusal that comes late ends the question, unless the same call went out again: then
    it speaks of one of two."""
    if state != "refused" or current.state not in ("unknown", "needs_person"):
        return state
    return current.state if current.parameters.get("sent_again") else "not_done"


def received(receipt: Receipt) -> dict[str, Any]:
    return {
        "code": "",
        "receipt": msgspec.to_builtins(receipt),
        "payment": receipt.payment,
        "external_ref": receipt.ref,
    }


def _outcome(error: MostradorError) -> dict[str, Any]:
    code = "shop_rate_limited" if isinstance(error, RateLimited) else error.code
    return {"code": code, "parameters": plain(error.parameters)}


def _explained(
    services: Services, scope: Scope, row: ActionRow, error: MostradorError
) -> dict[str, Any]:
    """A changed order names the colleague who changed it, if it was one of us."""
    outcome = _outcome(error)
    if error.code != "order_changed":
        return outcome
    with services.database.reading() as connection:
        others = [
            other
            for other in rows.of_order(scope, connection, row.connection_id, row.order_ref)
            if other.id != row.id and other.state == "done" and other.amount and other.finished_at
            and other.finished_at >= row.created_at
        ]  # fmt: skip
    if others:
        done = others[0]
        outcome["parameters"] |= {
            "who": done.agent_name,
            "amount": Money(done.amount, done.currency).text(),
            "currency": done.currency,
            "at": done.finished_at.isoformat() if done.finished_at else "",
        }
    return outcome


def plain(parameters: Mapping[str, object]) -> dict[str, Any]:
    """Error parameters as JSON values: money as text with its currency, times as ISO text."""
    result: dict[str, Any] = {}
    for name, value in parameters.items():
        if isinstance(value, Money):
            result |= {name: value.text(), "currency": value.currency}
        elif isinstance(value, datetime):
            result[name] = value.isoformat()
        else:
            result[name] = value if isinstance(value, (str, int, bool)) else str(value)
    return result


def option(scope: Scope, connection: DbConnection, row: ActionRow, name: str) -> timedelta | None:
    """A per-connection limit in seconds (tests and slow gateways set them)."""
    known = installed.connection_row(scope, connection, row.connection_id)
    text = known.options.get(name, "") if known else ""
    return timedelta(seconds=float(text)) if text else None


def note(
    services: Services, scope: Scope, connection: DbConnection, row: ActionRow, step: str,
    *, personal: Mapping[str, str] | None = None, **facts: object,
) -> None:  # fmt: skip
    """One step in the journal, in the same transaction as the step. `personal` is what may be
    erased later: names, and what people wrote."""
    known = {
        "action": row.id,
        "kind": row.kind,
        "connection": row.connection_id,
        "order": row.order_ref,
        "amount": Money(row.amount, row.currency).text(),
        "currency": row.currency,
        "agent": row.agent_id,
        **facts,
    }
    payload = {
        "agent_name": row.agent_name,
        "conversation": row.conversation,
        **(personal or {}),
    }
    event = f"order:{row.kind}:{step}"
    journal.record(scope, connection, services.keys, services.clock(), event, known, payload)
