"""A mail that the shop sends once more: as a form and as a preview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugin.domain.mails import MailPlan
from ui.present.act import Consequences, Section
from ui.present.words import Words

if TYPE_CHECKING:
    from plugin.actions.act import ActionForm
    from plugin.actions.mail import MailForm


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """`kinds` are (value, label); `to` is where it goes."""

    kinds: tuple[tuple[str, str], ...]
    to: str
    own_text: bool


def form_view(form: ActionForm, words: Words) -> FormView:
    content: MailForm = form.content
    return FormView(
        kinds=tuple((kind, words.t(f"ui.mail_kind.{kind}")) for kind in content.kinds),
        to=words.t("ui.mail_to", to=form.order.email),
        own_text=content.own_text,
    )


def consequences(plan: MailPlan, words: Words) -> Consequences:
    t = words.t
    named = (("ui.mail_subject", plan.subject), ("ui.mail_text", plan.text))
    rows = [(t("ui.mail_what"), t(f"ui.mail_kind.{plan.kind}")), (t("ui.mail_for"), plan.to)]
    rows += [(t(key), text) for key, text in named if text]
    return Consequences(
        sections=(Section(rows=tuple(rows), prose=True),), notes=(t("ui.mail_by_shop"),)
    )
