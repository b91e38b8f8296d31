"""A refund that a person pays: as a form, as consequences, and while it is owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from plugin.domain.manual import ManualPlan
from ui.present.act import Consequences, Section, reply_text
from ui.present.words import Words

if TYPE_CHECKING:
    from plugin.actions.act import ActionForm
    from plugin.actions.views import ActionView


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    remaining: str
    amount: str
    amount_label: str


def form_view(form: ActionForm, words: Words) -> FormView:
    t, left = words.t, form.order.remaining
    return FormView(
        remaining=t("ui.remaining", amount=words.money(left)),
        amount=left.text().replace(".", "," if words.locale == "es" else "."),
        amount_label=t("ui.refund_amount_in", currency=left.currency),
    )


def consequences(plan: ManualPlan, words: Words) -> Consequences:
    t = words.t
    to = f"{t('ui.manual.' + plan.way)} · {plan.masked}" if plan.masked else t("ui.manual.other")
    owed = Section(
        rows=((t("ui.manual.paid_with"), plan.payment), (t("ui.preview_to"), to)),
        total=(t("ui.manual.owed"), words.money(plan.amount)),
    )
    left = words.money(plan.remaining - plan.amount)
    after = Section(rows=((t("ui.preview_after"), left),), quiet=True)
    said = (t("ui.manual.nothing_moves"), t("ui.manual.within", count=plan.days))
    notes = (*said, f"«{plan.reason}»") if plan.reason else said
    return Consequences(sections=(owed, after), notes=notes)


def reply(action: ActionView, words: Words) -> str:
    """What the customer can be told: that it comes, then that it was paid."""
    return reply_text(action, words, "reply_due" if action.payment == "due" else "reply")


def standing(action: ActionView, words: Words) -> tuple[str, ...]:
    """While it is owed: until when, and where to. Once it is paid: what is left to do in the shop,
    which has heard nothing."""
    if action.payment == "paid":
        number, amount = action.order_number.lstrip("#"), words.money(action.amount)
        return (words.t("ui.manual.in_shop", number=number, amount=amount),)
    if action.payment != "due" or action.plan is None or action.finished_at is None:
        return ()
    until = words.day(action.finished_at + timedelta(days=action.plan.days))
    said = words.t("ui.manual.until", day=until)
    return (said, action.plan.masked) if action.plan.masked else (said,)
