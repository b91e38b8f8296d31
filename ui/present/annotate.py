"""Notes and tags: as forms and as previews."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugin import messages
from plugin.domain.annotations import NotePlan, TagsPlan
from plugin.ports.store import Capability
from ui.present.act import Consequences, Section
from ui.present.words import Words

if TYPE_CHECKING:
    from plugin.actions.act import ActionForm
    from plugin.actions.annotate import AnnotateForm


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """`places` are (value, label) of where it can be left, `hints` why it cannot elsewhere;
    `tags` are those of the order now."""

    places: tuple[tuple[str, str], ...]
    hints: tuple[str, ...]
    to_customer: bool
    tags: str


def form_view(form: ActionForm, words: Words) -> FormView:
    content: AnnotateForm = form.content
    places = (("order", content.order), ("customer", content.customer))
    return FormView(
        places=tuple(
            (name, words.t(f"ui.annotate.{name}")) for name, can in places if can.available
        ),
        hints=tuple(_hints(content, words)),
        to_customer=form.kind == "note" and content.to_customer.available,
        tags=", ".join(form.order.tags),
    )


def note_consequences(plan: NotePlan, words: Words) -> Consequences:
    t = words.t
    before = ((t("ui.annotate.before"), plan.before),) if plan.before else ()
    rows = (*before, (t("ui.annotate.adds"), plan.text))
    return Consequences(
        sections=(Section(heading=_where(plan, words), rows=rows, prose=True),),
        notes=(t("ui.annotate.reads" if plan.to_customer else "ui.annotate.inside"),),
    )


def tags_consequences(plan: TagsPlan, words: Words) -> Consequences:
    t = words.t
    named = (("puts_on", plan.add), ("takes_off", plan.remove), ("then", plan.after))
    rows = tuple((t(f"ui.annotate.{name}"), ", ".join(tags) or "—") for name, tags in named)
    return Consequences(
        sections=(Section(heading=_where(plan, words), rows=rows, prose=True),),
    )


def _where(plan: NotePlan | TagsPlan, words: Words) -> str:
    place = "customer" if plan.customer_ref else "order"
    return words.t(f"ui.annotate.{place}_named", name=plan.shown)


def _hints(content: AnnotateForm, words: Words) -> Iterator[str]:
    closed: tuple[Capability, ...] = (content.order, content.customer)
    for can in closed:
        if not can.available and can.reason != "action_not_offered":
            yield messages.sentence(can.reason, words.locale, **can.parameters)
