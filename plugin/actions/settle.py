"""After a call without a clear answer: look, wait, resend where that is safe, or ask a person.

Also what is due for other reasons: requests whose wake was lost, workers that died, money that
the bank has not confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from plugin.actions import approve, ledger
from plugin.actions.kind import Kind
from plugin.actions.shops import open_shop, watched
from plugin.db import ledger as rows
from plugin.db.ledger import ActionRow
from plugin.db.session import DbConnection, Scope
from plugin.domain.actions import ActionState, Receipt
from plugin.errors import (
    ActionRefused,
    Conflict,
    GrantRevoked,
    MostradorError,
    NotFound,
    PlatformError,
    SetupError,
    Unsupported,
)
from plugin.log import logger
from plugin.ports.store import Store
from plugin.services import Services

PAYMENT_LOOKS = 12
CLAIMS = 3
log = logger("settle")
PATIENCE = 4  # times the gateway's limit, for an effect that the shop still lists as working


def settle(services: Services, scope: Scope, action_id: str, kinds: Mapping[str, Kind]) -> None:
    """Looks for the effect of a call without a clear answer, or for money still on its way."""
    row = _taken(services, scope, action_id)
    if row is None:
        return
    kind = kinds[row.kind]
    plan = kind.frozen(row)
    try:
        store = open_shop(services, scope, row.connection_id)
        with watched(services, scope, row.connection_id):
            found = kind.find(store, row, plan)
            gone = found is None and row.state == "unknown"
            stranger = gone and kind.strangers(store, row, plan)
    except GrantRevoked as error:
        if error.code == "shop_disconnected":
            _ask_a_person(services, scope, row, error.code)
        return
    except Unsupported as error:  # the platform has nothing to look at
        _ask_a_person(services, scope, row, error.code)
        return
    except (PlatformError, SetupError, NotFound):
        return  # due again, at the time `_taken` wrote
    if row.state == "done":
        _follow_payment(services, scope, row, found)
    elif found is not None and found.state == "final":
        ledger.finish(services, scope, row, "done", ledger.received(found))
    else:
        _still_unknown(services, scope, row, kind, store, found, stranger)


def _ask_a_person(services: Services, scope: Scope, row: ActionRow, code: str) -> None:
    """Looking tells nothing (any more)."""
    if row.state == "unknown":
        ledger.finish(services, scope, row, "needs_person", {"code": code})
    else:
        with services.database.writing() as connection:
            rows.change(scope, connection, row.id, due=None)


def _still_unknown(
    services: Services, scope: Scope, row: ActionRow, kind: Kind, store: Store,
    found: Receipt | None, stranger: bool,
) -> None:  # fmt: skip
    """Absent after the limit and one further read is `not_done`; anything that might be ours
    but does not say so needs a person."""
    now = services.clock()
    started = row.call_started_at or now
    limit = store.settle_limit()
    past_limit = now - started > limit
    if found is not None:
        # it carries our reference, so the gateway is only slow: wait longer before asking
        if now - started > limit * PATIENCE:
            ledger.finish(services, scope, row, "needs_person", {"code": "still_working"})
    elif not stranger and kind.resend and _may_resend(row, store, started, now):
        _resend(services, scope, row, kind, store)
    elif past_limit and stranger:
        ledger.finish(services, scope, row, "needs_person", {"code": "equal_amount_elsewhere"})
    elif past_limit and row.parameters.get("missed"):
        ledger.finish(services, scope, row, "not_done", {"code": "not_found_at_shop"})
    elif past_limit:
        _mark(services, scope, row, "missed")


def _may_resend(row: ActionRow, store: Store, started: datetime, now: datetime) -> bool:
    return not row.parameters.get("resend_refused") and store.may_resend(started, now)


def _resend(services: Services, scope: Scope, row: ActionRow, kind: Kind, store: Store) -> None:
    """Only where the platform honours our key: identical variables, the same effect. Only a
    receipt counts: a refusal of the second call says nothing about the first, which may still
    be on its way ("in progress" looks like any other refusal)."""
    try:
        with watched(services, scope, row.connection_id):
            kind.recheck(store, row, kind.frozen(row))
    except (ActionRefused, NotFound, PlatformError):
        return  # the order moved meanwhile: only look from here on
    _mark(services, scope, row, "sent_again")
    try:
        receipt = kind.send(store, row, kind.frozen(row))
    except ActionRefused as error:
        _mark(services, scope, row, "resend_refused", code=error.code)
        return
    except MostradorError:
        return
    if receipt.state == "final":
        ledger.finish(services, scope, row, "done", ledger.received(receipt))


def _mark(services: Services, scope: Scope, row: ActionRow, step: str, code: str = "") -> None:
    """A step that leaves the state as it is."""
    with services.database.writing() as connection:
        current = ledger.must_get(scope, connection, row.id, lock=True)
        parameters = {**current.parameters, step: True}
        rows.change(scope, connection, row.id, parameters=parameters)
        ledger.note(services, scope, connection, row, step, code=code)


def _follow_payment(
    services: Services, scope: Scope, row: ActionRow, found: Receipt | None
) -> None:
    """`done` is not "money arrived": follows it until the bank has spoken."""
    now = services.clock()
    payment = found.payment if found else row.payment
    if payment == "pending" and row.attempts < PAYMENT_LOOKS:
        return
    with services.database.writing() as connection:
        rows.change(scope, connection, row.id, payment=payment, due=None)
        ledger.note(
            services, scope, connection, row, "payment", payment=payment, at=now.isoformat()
        )


def _taken(services: Services, scope: Scope, action_id: str) -> ActionRow | None:
    """Claims one look by moving `due` forward, later each time."""
    now = services.clock()
    with services.database.writing() as connection:
        row = ledger.must_get(scope, connection, action_id)
        if row.due is None or row.state not in ("unknown", "done"):
            return None
        wait = min(timedelta(seconds=60), ledger.FIRST_LOOK * 2 ** min(row.attempts, 5))
        limit = ledger.option(scope, connection, row, "settle_seconds")
        if limit is not None:
            wait = min(wait, limit / 4)
        taken = rows.take_due(scope, connection, action_id, row.due, now + wait)
        return ledger.must_get(scope, connection, action_id) if taken else None


def sweep(services: Services) -> int:
    """Takes what is due: requests whose wake was lost, calls whose worker died, open questions.
    Each is moved on and woken, so that one slow shop holds up nobody; returns how many."""
    now = services.clock()
    with services.database.reading() as connection:
        due = rows.due_everywhere(connection, now, 50)
    for item in due:
        try:
            _take_on(services, item, now)
        except Exception:  # one that cannot be moved must not hold up all that come after it
            log.exception("sweep_failed", action=item.id)
    return len(due)


def _take_on(services: Services, item: Any, now: datetime) -> None:
    scope = Scope(item.workspace_id)
    if item.state == "performing":
        _abandoned(services, scope, item.id, now)
        return
    if item.state == "done" and _is_owed(services, scope, item, now):
        return
    if item.state == "awaiting_approval":
        approve.expire(services, scope, item.id)
        return
    with services.database.writing() as connection:
        ours = rows.postpone(scope, connection, item.id, item.due, now + ledger.LOST_WAKE)
    if ours:
        job = "perform" if item.state == "requested" else "settle"
        services.wake(job, scope.workspace_id, item.id)


def _is_owed(services: Services, scope: Scope, item: Any, now: datetime) -> bool:
    """No shop can answer for what a person has to pay."""
    with services.database.writing() as connection:
        row = ledger.must_get(scope, connection, item.id, lock=True)
        if row.payment != "due":
            return False
        return rows.postpone(scope, connection, item.id, item.due, now + ledger.OWED)


def _abandoned(services: Services, scope: Scope, action_id: str, now: datetime) -> None:
    """A worker died. Nothing sent: back to the queue. Sent: nobody knows."""
    with services.database.writing() as connection:
        row = ledger.must_get(scope, connection, action_id, lock=True)
        if row.state != "performing" or row.due is None or row.due > now:
            return
        if row.call_started_at is None:
            _give_back(services, scope, connection, row, now)
        elif rows.move(
            scope, connection, action_id, "performing", "unknown", code="worker_lost", due=now
        ):
            ledger.note(services, scope, connection, row, "unknown", code="worker_lost")


def _give_back(
    services: Services, scope: Scope, connection: DbConnection, row: ActionRow, now: datetime
) -> None:
    """Nothing was sent, so another try is safe; after a few it is refused, not tried for ever."""
    if row.attempts < CLAIMS:
        rows.move(
            scope, connection, row.id, "performing", "requested",
            due=now, attempts=row.attempts + 1,
        )  # fmt: skip
        ledger.note(services, scope, connection, row, "returned")
    else:
        rows.move(
            scope, connection, row.id, "performing", "refused",
            code="not_started", due=None, finished_at=now,
        )  # fmt: skip
        ledger.note(services, scope, connection, row, "refused", code="not_started")


def settle_by_person(
    services: Services, scope: Scope, action_id: str, *, done: bool, proof: str, who: str
) -> ActionRow:
    """A supervisor closes `needs_person` with what was seen at the shop. Raises
    NotFound, Conflict("action_not_open"), ActionRefused("proof_missing")."""
    if not proof.strip():
        raise ActionRefused("proof_missing")
    with services.database.writing() as connection:
        row = ledger.must_get(scope, connection, action_id, lock=True)
        after: ActionState = "done" if done else "not_done"
        code = "settled_by_person"
        if row.state not in ("needs_person", "unknown") or not rows.move(
            scope, connection, action_id, row.state, after,
            code=code, finished_at=services.clock(), due=None,
        ):  # fmt: skip
            raise Conflict("action_not_open")
        ledger.note(
            services,
            scope,
            connection,
            row,
            after,
            code=code,
            personal={"proof": proof, "who": who},
        )
        return ledger.must_get(scope, connection, action_id)
