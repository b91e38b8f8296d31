"""The one way in, the same for every kind: what an order offers, form, preview, confirm, view."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from plugin.actions import approve as approving
from plugin.actions import ledger, owed, policy, requesting
from plugin.actions import settle as settling
from plugin.actions.kind import NOT_HERE, Kind, Plan
from plugin.actions.kinds import KINDS
from plugin.actions.launch import Seat
from plugin.actions.overseer import Overseer
from plugin.actions.shops import open_shop, watched
from plugin.actions.sidebar import OrderRow, order_view
from plugin.actions.views import ActionView, show
from plugin.db import ledger as rows
from plugin.db import manual, policies
from plugin.db.ledger import ActionRow
from plugin.db.session import DbConnection
from plugin.domain.orders import Order
from plugin.domain.policy import OVERSEEING, customer_key
from plugin.errors import Conflict, Forbidden, InvalidInput, NotFound, Unsupported
from plugin.ports.clock import new_id, new_reference
from plugin.ports.store import MISSING, Capability
from plugin.services import Services

_LONGEST_PROOF = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionForm:
    """What a form needs, from what is stored alone. `content` is what the kind's own `form`
    gave."""

    kind: str
    order: Order
    connection_id: str
    capability: Capability
    as_of: datetime
    reason_required: bool = False
    reasons: tuple[str, ...] = ()
    content: Any = None
    typed: Mapping[str, str] = field(default_factory=dict)


def offers(services: Services, seat: Seat, row: OrderRow) -> tuple[Capability, ...]:
    """What can be done with this order here and now, by this agent, and why the rest cannot; what
    the role forbids is left out. From what is stored, no call."""
    every = [_capability(services, seat, row, kind) for kind in KINDS.values()]
    replaced = {KINDS[known.name].instead_of for known in every if known.available}
    return tuple(
        known
        for known in every
        if known.reason not in ("role_forbids", NOT_HERE) and known.name not in replaced
    )


def form_of(
    services: Services, seat: Seat, kind_name: str, connection_id: str, order_ref: str,
    typed: Mapping[str, str],
) -> ActionForm:  # fmt: skip
    """`typed` is what stands in the form already, when one answer changes what else is asked.
    Raises NotFound, Forbidden (order_masked, role_forbids)."""
    kind = _permitted(seat, kind_name)
    row = order_view(services, seat, connection_id, order_ref)
    capability = _capability(services, seat, row, kind)
    with services.database.reading() as connection:
        rule = policy.rule_of(seat.scope, connection, seat.role, kind.name)
        reasons = policies.all_reasons(seat.scope, connection, kind.name)
    return ActionForm(
        kind=kind.name,
        order=row.order(),
        connection_id=connection_id,
        capability=capability,
        as_of=row.fetched_at,
        reason_required=rule.reason_required,
        reasons=reasons,
        content=kind.form(services, seat, row, typed) if capability.available else None,
        typed=typed,
    )


def preview(
    services: Services, seat: Seat, kind_name: str, connection_id: str, order_ref: str,
    typed: Mapping[str, str],
) -> ActionView:  # fmt: skip
    """Re-reads the order live, computes every consequence and freezes it as an intent. Raises
    InvalidInput, Unsupported, Forbidden, Conflict, NotFound, PlatformError."""
    kind = _permitted(seat, kind_name)
    row = order_view(services, seat, connection_id, order_ref)
    if lacking := _lacking(seat, connection_id, kind):
        raise Unsupported(lacking)
    choice = kind.read(row.order(), typed)
    store = open_shop(services, seat.scope, connection_id)
    with watched(services, seat.scope, connection_id):
        plan = kind.plan(store, choice)
    kind.check(plan, choice)
    action_id = new_id("ac_")
    with services.database.writing() as connection:
        _reasoned(seat, connection, kind, plan)
        values = _values(services, seat, row, kind, plan, action_id)
        rows.add(seat.scope, connection, values)
        added = ledger.must_get(seat.scope, connection, action_id)
        over = policy.verdict(
            services, seat.scope, connection, added, kind, seat.role, seat.agent_id
        )
        if kind.secret is not None and (secret := kind.secret(choice)):
            sealed = services.keys.seal(secret)
            manual.keep_secret(seat.scope, connection, action_id, sealed)
        ledger.note(services, seat.scope, connection, added, "previewed", **kind.facts(plan))
    return show(services, seat, added, over)


def confirm(
    services: Services, seat: Seat, action_id: str, comment: str | None = None
) -> ActionView:
    """Asks the worker to do exactly what was previewed, or, with a comment, somebody with more
    room to say yes. Above a limit without a comment the preview comes back, and the limit with it.
    The same id again gives the recorded answer. Raises NotFound, Forbidden, InvalidInput,
    Conflict("preview_expired" | "fuse_blown")."""
    if not any(_may(seat, kind) for kind in KINDS.values()):
        raise Forbidden("role_forbids")
    row, over = _own(services, seat, action_id), None
    kind = _permitted(seat, row.kind)
    if row.state == "previewed":
        order_view(services, seat, row.connection_id, row.order_ref)
        row, over = requesting.request(services, seat, action_id, kind, comment)
    elif row.state == "expired":
        raise Conflict("preview_expired")
    return show(services, seat, row, over)


def decide(
    services: Services, seat: Overseer, action_id: str, *, approve: bool, reason: str = ""
) -> ActionView:
    """An approver's yes or no; see approve.decide for what it raises."""
    row = approving.decide(services, seat, action_id, KINDS, approve=approve, reason=reason)
    return show(services, seat, row)


def settle(
    services: Services, seat: Overseer, action_id: str, *, done: bool, proof: str
) -> ActionView:
    """A supervisor says what was seen at the shop. Raises Forbidden, Conflict("action_not_open"),
    ActionRefused("proof_missing")."""
    if seat.role not in OVERSEEING:
        raise Forbidden("role_forbids")
    row = settling.settle_by_person(
        services, seat.scope, action_id, done=done, proof=proof[:_LONGEST_PROOF],
        who=seat.agent_name,
    )  # fmt: skip
    return show(services, seat, row)


def close_owed(
    services: Services, seat: Overseer, action_id: str, *, paid: bool, proof: str
) -> ActionView:
    """What a person had to pay was paid, or is not to be; see owed.close for what it raises."""
    return show(services, seat, owed.close(services, seat, action_id, paid=paid, proof=proof))


def view_of(services: Services, seat: Seat, action_id: str) -> ActionView:
    """An action on an order that this seat may see, or one's own; who oversees sees all. Raises
    NotFound, Forbidden."""
    over = None
    with services.database.reading() as connection:
        row = ledger.must_get(seat.scope, connection, action_id)
        if row.state == "previewed" and row.agent_id == seat.agent_id:
            kind = _permitted(seat, row.kind)
            over = policy.verdict(
                services, seat.scope, connection, row, kind, seat.role, seat.agent_id
            )
        own = approving.is_own(seat.scope, connection, row.agent_id, seat.agent_id)
    if not own and seat.role not in OVERSEEING:
        order_view(services, seat, row.connection_id, row.order_ref)
    return show(services, seat, row, over)


def _capability(services: Services, seat: Seat, row: OrderRow, kind: Kind) -> Capability:
    if not _may(seat, kind):
        return Capability(name=kind.name, available=False, reason="role_forbids")
    shop = seat.connection(row.connection_id)
    if shop is None or shop.failing_since is not None:
        return Capability(name=kind.name, available=False, reason="shop_unreachable")
    if lacking := _lacking(seat, row.connection_id, kind):
        return Capability(name=kind.name, available=False, reason=lacking)
    return replace(kind.capability(services.stores[shop.platform], row.order()), name=kind.name)


def _permitted(seat: Seat, kind_name: str) -> Kind:
    kind = KINDS.get(kind_name)
    if kind is None:
        raise NotFound("page_not_found")
    if not _may(seat, kind):
        raise Forbidden("role_forbids")
    return kind


def _may(seat: Seat, kind: Kind) -> bool:
    """As the owner set it, else by the kind's own rule."""
    return seat.allowed.get(kind.name, seat.role in kind.roles)


def _reasoned(seat: Seat, connection: DbConnection, kind: Kind, plan: Plan) -> None:
    """Where the owner wants reasons, the plan has one."""
    rule = policy.rule_of(seat.scope, connection, seat.role, kind.name)
    if rule.reason_required and kind.reason is not None and not kind.reason(plan):
        raise InvalidInput("reason_missing", field="reason")


def _lacking(seat: Seat, connection_id: str, kind: Kind) -> str:
    """Why this shop's credentials cannot do it at all, "" if they can."""
    shop = seat.connection(connection_id)
    return shop.options.get(f"{MISSING}{kind.name}", "") if shop else ""


def _values(
    services: Services, seat: Seat, row: OrderRow, kind: Kind, plan: Plan, action_id: str
) -> dict[str, object]:
    now, amount = services.clock(), kind.amount(plan)
    return {
        "id": action_id,
        "kind": kind.name,
        "exclusive": kind.exclusive,
        "connection_id": row.connection_id,
        "order_ref": row.ref,
        "order_number": row.number,
        "state": "previewed",
        "parameters": {},
        "plan": kind.freeze(plan),
        "amount": amount.amount,
        "currency": amount.currency,
        "idempotency_key": str(uuid.uuid4()),
        "reference": new_reference(),
        "agent_id": seat.agent_id,
        "agent_name": seat.agent_name,
        "install_id": seat.install_id,
        "conversation": seat.conversation,
        "link": seat.link,
        "answerable_id": seat.agent_id,
        "customer_key": customer_key(row.connection_id, row.order()),
        "evidence": f"{row.evidence.strength}:{row.evidence.reason}",
        "created_at": now,
        "expires_at": now + ledger.PREVIEW_LIFE,
        "attempts": 0,
    }


def _own(services: Services, seat: Seat, action_id: str) -> ActionRow:
    with services.database.reading() as connection:
        row = rows.get(seat.scope, connection, action_id)
    if row is None or row.agent_id != seat.agent_id:
        raise NotFound("action_not_found")
    return row
