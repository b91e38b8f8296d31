"""A mail that the shop itself sends once more: its invoice, or the order's details.

No platform says afterwards whether it left, so a lost answer is a person's to judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plugin.actions.kind import Kind
from plugin.actions.launch import Seat
from plugin.actions.sidebar import OrderRow
from plugin.db.ledger import ActionRow
from plugin.domain.mails import MailChoice, MailKind, MailPlan, MailReceipt
from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.errors import InvalidInput
from plugin.ports.store import Capability, Store, StorePlatform
from plugin.services import Services

NAME = "mail"
_KINDS: tuple[MailKind, ...] = ("invoice", "details")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailForm:
    """Which mails the shop has; `own_text` = it takes a subject and a message of ours."""

    kinds: tuple[MailKind, ...]
    own_text: bool


def _capability(platform: StorePlatform, order: Order) -> Capability:
    """The first mail that can be sent, else why the last cannot."""
    every = [platform.ability(f"mail_{kind}", order) for kind in _KINDS]
    return next((known for known in every if known.available), every[-1])


def _form(services: Services, seat: Seat, row: OrderRow, typed: Mapping[str, str]) -> MailForm:
    order, shop = row.order(), seat.connection(row.connection_id)
    if shop is None:
        return MailForm(kinds=(), own_text=False)
    ability = services.stores[shop.platform].ability
    kinds = tuple(kind for kind in _KINDS if ability(f"mail_{kind}", order).available)
    return MailForm(kinds=kinds, own_text=ability("mail_text", order).available)


def read_choice(order: Order, typed: Mapping[str, str]) -> MailChoice:
    """`typed`: what (invoice, details), subject, text."""
    kind = next((known for known in _KINDS if known == typed.get("what")), None)
    if kind is None:
        raise InvalidInput("mode_unknown", field="what")
    return MailChoice(
        order_ref=order.ref,
        kind=kind,
        subject=" ".join(typed.get("subject", "").split())[:200],
        text=typed.get("text", "").strip()[:2000],
    )


def _check(plan: MailPlan, choice: MailChoice) -> None:
    wanted = (choice.order_ref, choice.kind, choice.subject, choice.text)
    if wanted != (plan.order_ref, plan.kind, plan.subject, plan.text) or not plan.to:
        raise InvalidInput("plan_does_not_add_up")


def _recheck(store: Store, row: ActionRow, plan: MailPlan) -> None:
    """The address is the order's own: the shop takes it when it sends."""


def _send(store: Store, row: ActionRow, plan: MailPlan) -> MailReceipt:
    return store.send_mail(plan, key=row.idempotency_key, reference=row.reference)


def _find(store: Store, row: ActionRow, plan: MailPlan) -> MailReceipt | None:
    return store.find_mail(plan, row.reference)


def _no_strangers(store: Store, row: ActionRow, plan: MailPlan) -> bool:
    return False


MAIL = Kind(
    name=NAME,
    plan_type=MailPlan,
    money=False,
    exclusive=False,
    capability=_capability,
    form=_form,
    read=read_choice,
    plan=lambda store, choice: store.plan_mail(choice),
    check=_check,
    amount=lambda _plan: Money.zero("EUR"),
    recheck=_recheck,
    send=_send,
    find=_find,
    strangers=_no_strangers,
)
