"""The ledger: every change to a shop passes through here and happens at most once.

    request   web      previewed -> requested          inserts, wakes, returns
    perform   worker   requested -> performing -> ...  claims, re-reads, commits, calls
    settle    worker   unknown -> done | not_done | needs_person   looks, rarely resends
    sweep     worker   whatever is due: lost wakes, dead workers

The action row is the lock on its order (partial unique index). `call_started_at` is committed
on its own just before the request leaves: empty means nothing was sent. Time alone never frees it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from plugin.actions import journal
from plugin.actions.shops import open_shop, watched
from plugin.db import connections as installed
from plugin.db import ledger as rows
from plugin.db.ledger import ActionRow
from plugin.db.session import DbConnection, Scope
from plugin.domain.actions import ActionState
from plugin.domain.money import Money
from plugin.domain.refunds import RefundReceipt
from plugin.errors import (
    ActionRefused,
    Conflict,
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
PAYMENT_LOOKS = 12
CLAIMS = 3
log = logger("ledger")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one kind of action does at the shop. `recheck` raises Conflict if the preview no
    longer holds; `send` and `find` are the adapter's; `strangers` lists effects that are not
    ours but look like it."""

    name: str
    recheck: Callable[[Store, ActionRow], None]
    send: Callable[[Store, ActionRow], RefundReceipt]
    find: Callable[[Store, ActionRow], RefundReceipt | None]
    strangers: Callable[[Store, ActionRow], bool]


def request(services: Services, scope: Scope, row: ActionRow) -> ActionRow:
    """Confirms a preview. The same id again gives the recorded answer. Raises
    Conflict("preview_expired")."""
    now = services.clock()
    with services.database.writing() as connection:
        if row.expires_at <= now and rows.move(
            scope, connection, row.id, "previewed", "expired", finished_at=now
        ):
            note(services, scope, connection, row, "expired")
        moved = rows.move(
            scope, connection, row.id, "previewed", "requested",
            requested_at=now, due=now + LOST_WAKE,
        )  # fmt: skip
        if moved:
            note(services, scope, connection, row, "requested")
        current = must_get(scope, connection, row.id)
    if moved:
        services.wake("perform", scope.workspace_id, row.id)
    if current.state == "expired":
        raise Conflict("preview_expired")
    return current


def perform(services: Services, scope: Scope, id: str, kinds: Mapping[str, Kind]) -> None:
    """The worker's step. Safe to run twice: the second finds nothing to claim."""
    row = _claimed(services, scope, id)
    if row is None:
        return
    kind = kinds[row.kind]
    try:
        store = open_shop(services, scope, row.connection_id)
        with watched(services, scope, row.connection_id):
            kind.recheck(store, row)
    except (ActionRefused, NotFound, PlatformError, SetupError) as error:
        _finish(services, scope, row, "refused", _explained(services, scope, row, error))
        return
    now = services.clock()
    with services.database.writing() as connection:
        limit = _option(scope, connection, row, "call_seconds") or CALL_LIMIT
        if not rows.start_call(scope, connection, row, now, now + limit):
            return  # too slow: the sweep gave the claim back and it is somebody else's now
        note(services, scope, connection, row, "sent")
    _call(services, scope, row, kind, store)


def _claimed(services: Services, scope: Scope, id: str) -> ActionRow | None:
    now = services.clock()
    with services.database.writing() as connection:
        row = must_get(scope, connection, id)
        claim = rows.claim(scope, connection, id, now + CALL_LIMIT)
        if claim:
            note(services, scope, connection, row, "claimed")
            return must_get(scope, connection, id)
        if claim is None:
            holder = rows.open_on_order(scope, connection, row.connection_id, row.order_ref)
            parameters = {"who": holder.agent_name if holder else ""}
            rows.move(
                scope, connection, id, "requested", "refused",
                code="order_busy", parameters=parameters, due=None, finished_at=now,
            )  # fmt: skip
            note(services, scope, connection, row, "refused", code="order_busy")
    return None


def _call(services: Services, scope: Scope, row: ActionRow, kind: Kind, store: Store) -> None:
    """Sends once. Whatever is not a clear answer is `unknown`."""
    try:
        receipt = kind.send(store, row)
    except (ActionRefused, PlatformError) as error:
        # by the port's promise a PlatformError on a write means that it certainly did not run
        _finish(services, scope, row, "refused", _outcome(error))
        return
    except Exception as error:
        code = error.code if isinstance(error, MostradorError) else "answer_lost"
        log.warning("outcome_unknown", action=row.id, error=type(error).__name__)
        _finish(services, scope, row, "unknown", {"code": code})
        return
    if receipt.state == "working":
        _finish(services, scope, row, "unknown", {"code": "still_working"})
    else:
        _finish(services, scope, row, "done", _received(receipt))


def settle(services: Services, scope: Scope, id: str, kinds: Mapping[str, Kind]) -> None:
    """Looks for the effect of a call without a clear answer, or for money still on its way."""
    row = _taken(services, scope, id)
    if row is None:
        return
    kind = kinds[row.kind]
    try:
        store = open_shop(services, scope, row.connection_id)
        with watched(services, scope, row.connection_id):
            found = kind.find(store, row)
            stranger = found is None and row.state == "unknown" and kind.strangers(store, row)
    except (PlatformError, SetupError, NotFound):
        return  # due again, at the time `_taken` wrote
    if row.state == "done":
        _follow_payment(services, scope, row, found)
    elif found is not None and found.state == "final":
        _finish(services, scope, row, "done", _received(found))
    else:
        _still_unknown(services, scope, row, kind, store, found, stranger)


def _still_unknown(
    services: Services, scope: Scope, row: ActionRow, kind: Kind, store: Store,
    found: RefundReceipt | None, stranger: bool,
) -> None:  # fmt: skip
    """Absent after the limit and one further read is `not_done`; anything that might be ours
    but does not say so needs a person."""
    now = services.clock()
    started = row.call_started_at or now
    past_limit = now - started > store.settle_limit()
    if found is None and not stranger and store.may_resend(started, now):
        _resend(services, scope, row, kind, store)
    elif not past_limit:
        return
    elif found is not None or stranger:
        code = "still_working" if found is not None else "equal_amount_elsewhere"
        _finish(services, scope, row, "needs_person", {"code": code})
    elif row.parameters.get("missed"):
        _finish(services, scope, row, "not_done", {"code": "not_found_at_shop"})
    else:
        with services.database.writing() as connection:
            rows.change(scope, connection, row.id, parameters={**row.parameters, "missed": True})


def _resend(services: Services, scope: Scope, row: ActionRow, kind: Kind, store: Store) -> None:
    """Only where the platform honours our key: identical variables, the same effect."""
    try:
        with watched(services, scope, row.connection_id):
            kind.recheck(store, row)
    except (ActionRefused, NotFound, PlatformError):
        return  # the order moved meanwhile: only look from here on
    with services.database.writing() as connection:
        note(services, scope, connection, row, "sent_again")
    _call(services, scope, row, kind, store)


def _follow_payment(
    services: Services, scope: Scope, row: ActionRow, found: RefundReceipt | None
) -> None:
    """`done` is not "money arrived": follows it until the bank has spoken."""
    now = services.clock()
    payment = found.payment if found else row.payment
    if payment == "pending" and row.attempts < PAYMENT_LOOKS:
        return
    with services.database.writing() as connection:
        rows.change(scope, connection, row.id, payment=payment, due=None)
        note(services, scope, connection, row, "payment", payment=payment, at=now.isoformat())


def _taken(services: Services, scope: Scope, id: str) -> ActionRow | None:
    """Claims one look by moving `due` forward, later each time."""
    now = services.clock()
    with services.database.writing() as connection:
        row = must_get(scope, connection, id)
        if row.due is None or row.state not in ("unknown", "done"):
            return None
        wait = min(timedelta(seconds=60), FIRST_LOOK * 2 ** min(row.attempts, 5))
        limit = _option(scope, connection, row, "settle_seconds")
        if limit is not None:
            wait = min(wait, limit / 4)
        taken = rows.take_due(scope, connection, id, row.due, now + wait)
        return must_get(scope, connection, id) if taken else None


def sweep(services: Services) -> int:
    """Takes what is due: requests whose wake was lost, calls whose worker died, open questions.
    Each is moved on and woken, so that one slow shop holds up nobody; returns how many."""
    now = services.clock()
    with services.database.reading() as connection:
        due = rows.due_everywhere(connection, now, 50)
    for item in due:
        scope = Scope(item.workspace_id)
        if item.state == "performing":
            _abandoned(services, scope, item.id, now)
            continue
        with services.database.writing() as connection:
            ours = rows.postpone(scope, connection, item.id, item.due, now + LOST_WAKE)
        if ours:
            job = "perform" if item.state == "requested" else "settle"
            services.wake(job, scope.workspace_id, item.id)
    return len(due)


def _abandoned(services: Services, scope: Scope, id: str, now: datetime) -> None:
    """A worker died. Nothing sent: back to the queue. Sent: nobody knows."""
    with services.database.writing() as connection:
        row = must_get(scope, connection, id)
        if row.due is None or row.due > now:
            return
        if row.call_started_at is None:
            _give_back(services, scope, connection, row, now)
        elif rows.move(scope, connection, id, "performing", "unknown", code="worker_lost", due=now):
            note(services, scope, connection, row, "unknown", code="worker_lost")


def _give_back(
    services: Services, scope: Scope, connection: DbConnection, row: ActionRow, now: datetime
) -> None:
    """Nothing was sent, so another try is safe; after a few it is refused, not tried for ever."""
    if row.attempts < CLAIMS:
        rows.move(
            scope, connection, row.id, "performing", "requested",
            due=now, attempts=row.attempts + 1,
        )  # fmt: skip
        note(services, scope, connection, row, "returned")
    else:
        rows.move(
            scope, connection, row.id, "performing", "refused",
            code="not_started", due=None, finished_at=now,
        )  # fmt: skip
        note(services, scope, connection, row, "refused", code="not_started")


def settle_by_person(
    services: Services, scope: Scope, id: str, *, done: bool, proof: str, who: str
) -> ActionRow:
    """A supervisor closes `needs_person` with what was seen at the shop. Raises
    NotFound, Conflict("action_not_open"), ActionRefused("proof_missing")."""
    if not proof.strip():
        raise ActionRefused("proof_missing")
    with services.database.writing() as connection:
        row = must_get(scope, connection, id)
        after: ActionState = "done" if done else "not_done"
        code = "settled_by_person"
        if row.state not in ("needs_person", "unknown") or not rows.move(
            scope, connection, id, row.state, after,
            code=code, finished_at=services.clock(), due=None,
        ):  # fmt: skip
            raise Conflict("action_not_open")
        note(services, scope, connection, row, after, code=code, proof=proof, who=who)
        return must_get(scope, connection, id)


def must_get(scope: Scope, connection: DbConnection, id: str) -> ActionRow:
    row = rows.get(scope, connection, id)
    if row is None:
        raise NotFound("action_not_found")
    return row


def _finish(
    services: Services, scope: Scope, row: ActionRow, state: ActionState,
    values: Mapping[str, Any],
) -> None:  # fmt: skip
    """Writes the outcome. If the sweep called it `unknown` meanwhile, a clear answer still
    counts; `refused` after that is `not_done`."""
    now = services.clock()
    due = now + FIRST_LOOK if state == "unknown" or values.get("payment") == "pending" else None
    ended = None if state in ("unknown", "needs_person") else now
    with services.database.writing() as connection:
        before = must_get(scope, connection, row.id).state
        if before == "unknown" and state == "refused":
            state = "not_done"
        if before == state:
            return
        moved = before in ("performing", "unknown") and rows.move(
            scope, connection, row.id, before, state,
            due=due, finished_at=ended, **values,
        )  # fmt: skip
        if moved:
            facts = {k: v for k, v in values.items() if k in ("code", "payment", "external_ref")}
            note(services, scope, connection, row, state, **facts)
    if moved and state in ("done", "refused", "not_done", "needs_person"):
        services.wake("refresh_order", scope.workspace_id, row.connection_id, row.order_ref)


def _received(receipt: RefundReceipt) -> dict[str, Any]:
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
            if other.id != row.id and other.state == "done" and other.finished_at
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


def _option(scope: Scope, connection: DbConnection, row: ActionRow, name: str) -> timedelta | None:
    """A per-connection limit in seconds (tests and slow gateways set them)."""
    known = installed.connection_row(scope, connection, row.connection_id)
    text = known.options.get(name, "") if known else ""
    return timedelta(seconds=float(text)) if text else None


def note(
    services: Services, scope: Scope, connection: DbConnection, row: ActionRow, step: str,
    *, proof: str = "", who: str = "", **facts: object,
) -> None:  # fmt: skip
    """One step in the journal, in the same transaction as the step."""
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
    personal = {"agent_name": row.agent_name, "conversation": row.conversation}
    if proof or who:
        personal |= {"proof": proof, "who": who}
    event = f"order:{row.kind}:{step}"
    journal.record(scope, connection, services.keys, services.clock(), event, known, personal)
