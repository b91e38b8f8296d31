"""Closing what a person had to pay: with proof that it was paid, or with the reason why not. Either
way the account is erased in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from plugin.actions import ledger
from plugin.actions.overseer import Overseer
from plugin.db import ledger as rows
from plugin.db import manual
from plugin.db.ledger import ActionRow
from plugin.db.session import Scope
from plugin.domain.policy import OVERSEEING
from plugin.errors import ActionRefused, Conflict, Forbidden, NotFound
from plugin.services import Services

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Payee:
    """Where the money goes, in full."""

    account: str
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Who says so, and what shows it; `by` is the agent's id, empty at the shell."""

    who: str
    proof: str
    by: str = ""


def close(
    services: Services, seat: Overseer, action_id: str, *, paid: bool, proof: str
) -> ActionRow:
    """Raises Forbidden("role_forbids") and what `close_by` raises."""
    _oversees(seat)
    by = Closing(who=seat.agent_name, by=seat.agent_id, proof=proof)
    return close_by(services, seat.scope, action_id, by, paid=paid)


def close_by(
    services: Services, scope: Scope, action_id: str, closing: Closing, *, paid: bool
) -> ActionRow:
    """Raises ActionRefused("proof_missing"), Conflict("action_not_open"), NotFound."""
    proof = " ".join(closing.proof.split())[:_LONGEST]
    if not proof:
        raise ActionRefused("proof_missing")
    said = {"who": closing.who, "proof": proof}
    with services.database.writing() as connection:
        row = ledger.must_get(scope, connection, action_id, lock=True)
        if row.state != "done" or row.payment != "due":
            raise Conflict("action_not_open")
        payment, parameters = "paid" if paid else "dropped", {**row.parameters, **said}
        rows.change(scope, connection, row.id, payment=payment, due=None, parameters=parameters)
        manual.erase_secret(scope, connection, row.id)
        ledger.note(services, scope, connection, row, payment, by=closing.by, personal=said)
        return ledger.must_get(scope, connection, action_id)


def payee(services: Services, seat: Overseer, action_id: str) -> Payee:
    """Who looks at a whole account is written down. Raises Forbidden, NotFound("account_gone")."""
    _oversees(seat)
    with services.database.writing() as connection:
        row = ledger.must_get(seat.scope, connection, action_id)
        sealed = manual.secret(seat.scope, connection, action_id)
        if sealed is None:
            raise NotFound("account_gone")
        ledger.note(
            services, seat.scope, connection, row, "account_seen", by=seat.agent_id,
            personal={"who": seat.agent_name},
        )  # fmt: skip
    known = msgspec.json.decode(services.keys.open(sealed), type=dict[str, str])
    return Payee(known["account"], known["holder"])


def _oversees(seat: Overseer) -> None:
    if seat.role not in OVERSEEING:
        raise Forbidden("role_forbids")
