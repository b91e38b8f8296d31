"""A code for something off: as a form, as a preview, and the code itself to hand on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plugin import messages
from plugin.domain.discounts import DiscountPlan
from plugin.domain.snippets import fill
from ui.present.act import Consequences, Section
from ui.present.words import Words

if TYPE_CHECKING:
    from plugin.actions.act import ActionForm
    from plugin.actions.discount import DiscountForm
    from plugin.actions.views import ActionView


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """`until` as a date field takes it."""

    amount_label: str
    minimum_label: str
    currency: str
    until: str
    zone: str


def form_view(form: ActionForm, words: Words) -> FormView:
    content: DiscountForm = form.content
    return FormView(
        amount_label=words.t("ui.discount.amount", currency=content.currency),
        minimum_label=words.t("ui.discount.minimum", currency=content.currency),
        currency=content.currency,
        until=content.until.isoformat(),
        zone=content.zone,
    )


def consequences(plan: DiscountPlan, words: Words) -> Consequences:
    """What the code is worth, for whom, and until when."""
    rows = Section(rows=tuple(_rows(plan, words)), prose=True)
    notes = tuple(messages.sentence(code, words.locale) for code in plan.warnings)
    confirm = "confirm" if plan.amount else "confirm_code"
    return Consequences(sections=(rows,), notes=notes, confirm=confirm)


def outcome(receipt: Mapping[str, Any], words: Words) -> Sequence[str]:
    """The code, as the customer types it."""
    code = str(receipt.get("code", ""))
    return (words.t("ui.discount.made", code=code),) if code else ()


def reply(action: ActionView, words: Words, text: str = "") -> str:
    """The code in the customer's language, in the owner's words if there are any; "" until it is
    there."""
    plan: DiscountPlan | None = action.plan
    if action.state != "done" or plan is None:
        return ""
    theirs = Words(action.customer_locale or words.locale, words.zone)
    conditions = []
    if plan.minimum:
        amount = theirs.money(plan.minimum)
        conditions.append(theirs.t("ui.discount.reply_minimum", amount=amount))
    if plan.expires_at:
        conditions.append(theirs.t("ui.discount.reply_until", day=theirs.day(plan.expires_at)))
    values = {"code": plan.code, "worth": _worth(plan, theirs), "conditions": " ".join(conditions)}
    return fill(text or messages.raw("snippet.discount.text", theirs.locale), values)


def _rows(plan: DiscountPlan, words: Words) -> Iterator[tuple[str, str]]:
    t = words.t
    yield t("ui.discount.code"), plan.code
    yield t("ui.discount.worth"), _worth(plan, words)
    if plan.worth and not plan.amount:
        yield t("ui.discount.counts"), words.money(plan.worth)
    if plan.minimum:
        yield t("ui.discount.from"), words.money(plan.minimum)
    yield t("ui.discount.for"), plan.email or t("ui.discount.this_customer")
    yield t("ui.discount.uses"), t("ui.discount.once")
    if plan.expires_at:
        yield t("ui.discount.until"), words.moment(plan.expires_at)


def _worth(plan: DiscountPlan, words: Words) -> str:
    if plan.amount is not None:
        return words.money(plan.amount)
    if plan.percentage is not None:
        return words.t("ui.discount.percent", percentage=f"{plan.percentage.normalize():f}")
    return words.t("ui.discount.free_shipping")
