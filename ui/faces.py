"""How each kind of action looks: what presents its form and its preview, by the kind's name.

A kind's form is the template act/<kind>_form.html, which extends act/form.html; its texts are the
labels `ui.act.<kind>…` (ui/present/act.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ui.present import address, annotate, cancel, discount, mail, manual_refund, refund, replacement
from ui.present.act import Consequences, reply_text
from ui.present.words import Words

if TYPE_CHECKING:
    from plugin.actions.act import ActionForm
    from plugin.actions.views import ActionView


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """`form` makes what the form's template shows, `consequences` what a plan of the kind will
    do, `outcome` what should be known beside "done", from the receipt; `standing` whole sentences
    that its result adds while it has not ended; `reply` what can be told the customer,
    `worded` the same where the owner may word it, under the kind's name."""

    form: Callable[[ActionForm, Words], object]
    consequences: Callable[[Any, Words], Consequences]
    outcome: Callable[[Mapping[str, Any], Words], Sequence[str]] = lambda _receipt, _words: ()
    reply: Callable[[ActionView, Words], str] = reply_text
    worded: Callable[[ActionView, Words, str], str] | None = None
    standing: Callable[[ActionView, Words], Sequence[str]] = lambda _action, _words: ()


FACES: Mapping[str, Face] = {
    "refund": Face(
        form=refund.form_view,
        consequences=refund.consequences,
        outcome=refund.outcome,
        reply=refund.reply,
    ),
    "manual_refund": Face(
        form=manual_refund.form_view,
        consequences=manual_refund.consequences,
        standing=manual_refund.standing,
        reply=manual_refund.reply,
    ),
    "address": Face(
        form=address.form_view, consequences=address.consequences, outcome=address.outcome
    ),
    "discount": Face(
        form=discount.form_view,
        consequences=discount.consequences,
        outcome=discount.outcome,
        worded=discount.reply,
    ),
    "note": Face(form=annotate.form_view, consequences=annotate.note_consequences),
    "tags": Face(form=annotate.form_view, consequences=annotate.tags_consequences),
    "mail": Face(form=mail.form_view, consequences=mail.consequences),
    "replacement": Face(
        form=replacement.form_view,
        consequences=replacement.consequences,
        outcome=replacement.outcome,
        reply=replacement.reply,
    ),
    "cancel": Face(
        form=cancel.form_view,
        consequences=cancel.consequences,
        outcome=cancel.outcome,
        reply=cancel.reply,
    ),
}
