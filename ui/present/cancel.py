"""Ending an order: as a form and as consequences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from plugin import messages
from plugin.domain.cancels import CANCEL_REASONS, CancelPlan
from plugin.domain.money import Money
from ui.present.act import Consequences, Section, reply_text
from ui.present.words import Words

if TYPE_CHECKING:
    from plugin.actions.act import ActionForm
    from plugin.actions.cancel import CancelForm
    from plugin.actions.views import ActionView


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """`refunds` are (value, label) of what can happen to the money, the first one proposed; empty
    where cancelling moves none, and then `apart` may say what to do about it."""

    refunds: tuple[tuple[str, str], ...]
    apart: str
    reasons: tuple[tuple[str, str], ...]
    mail: bool


def form_view(form: ActionForm, words: Words) -> FormView:
    content: CancelForm = form.content
    return FormView(
        refunds=tuple(_refunds(content, form.order.remaining, words)),
        apart=_apart(content, words),
        reasons=tuple((reason, words.t(f"ui.cancel.why.{reason}")) for reason in CANCEL_REASONS),
        mail=content.mail,
    )


def consequences(plan: CancelPlan, words: Words) -> Consequences:
    """What ends, what goes back, what stays."""
    t = words.t
    money = Section(heading=t("ui.cancel.money"), rows=tuple(_money(plan, words)))
    notes = [messages.sentence(code, words.locale) for code in plan.warnings]
    notes.append(t("ui.cancel.restocked" if plan.restock else "ui.restock_none"))
    notes.append(t("ui.mail." + plan.customer_mailed))
    return Consequences(
        sections=(money,) if money.rows else (),
        notes=(*notes, f"«{plan.note}»") if plan.note else tuple(notes),
    )


def outcome(receipt: Mapping[str, Any], words: Words) -> Sequence[str]:
    """How much went back with it, and what the shop calls the end."""
    back = receipt.get("refunded") or {}
    amount = Decimal(str(back.get("amount", "0")))
    if not amount:
        return ()
    said = words.t("ui.cancel.refunded", amount=words.money(Money(amount, back["currency"])))
    if receipt.get("to") == "store_credit":
        return (said, words.t("ui.refund_credit_note"))
    ended = receipt.get("ended_as") == "refunded"
    return (said, words.t("ui.cancel.ended_refunded")) if ended else (said,)


def reply(action: ActionView, words: Words) -> str:
    """For the customer: that it ended, and what comes back how."""
    if not action.amount:
        return reply_text(action, words)
    credit = action.plan is not None and action.plan.refund == "store_credit"
    return reply_text(action, words, "reply_credit" if credit else "reply_money")


def _refunds(content: CancelForm, left: Money, words: Words) -> Iterator[tuple[str, str]]:
    if not content.refund.available:
        return
    amount = words.money(left)
    yield "original", words.t("ui.cancel.original", amount=amount)
    if content.credit.available:
        yield "store_credit", words.t("ui.cancel.store_credit", amount=amount)
    yield "none", words.t("ui.cancel.none")


def _apart(content: CancelForm, words: Words) -> str:
    reason = content.refund.reason
    if content.refund.available or reason in ("", "action_not_offered"):
        return ""
    return messages.sentence(reason, words.locale, **content.refund.parameters)


def _money(plan: CancelPlan, words: Words) -> Iterator[tuple[str, str]]:
    t = words.t
    if plan.refund_amount:
        where = "ui.cancel.to_credit" if plan.refund == "store_credit" else "ui.cancel.to_original"
        yield t(where), words.money(plan.refund_amount)
    if plan.kept_amount:
        yield t("ui.cancel.kept"), words.money(plan.kept_amount)
