"""An action as a form's frame, as a preview, and as a result: what every kind shows alike.

Labels of a kind are found by name: `ui.act.<kind>` (the menu), `ui.act.<kind>.title`, `.review`,
`.confirm`, and `.<state>` for its results; where a kind says nothing of its own,
`ui.act.<name>` says it for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugin import messages
from plugin.domain.actions import FINAL
from ui.present.words import Words, web_url

if TYPE_CHECKING:
    from plugin.actions.act import ActionForm
    from plugin.actions.views import ActionView
    from plugin.domain.policy import Over

_TONES = {
    "requested": "busy",
    "performing": "busy",
    "awaiting_approval": "busy",
    "done": "good",
    "refused": "bad",
    "unknown": "warn",
    "not_done": "calm",
    "needs_person": "bad",
    "expired": "calm",
}
_PAY_TONES = {
    "pending": "busy", "none": "warn", "failed": "bad", "due": "warn", "paid": "good",
    "dropped": "calm",
}  # fmt: skip
_TOLD = ("pending", "none", "failed")
_UNTOLD = ("failed", "none", "due", "dropped")
_AGAIN = ("refused", "not_done", "expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormHead:
    """The frame of a form; the kind's own view fills it. `reason` is the label of the field, and
    `reasons` what the owner offers in it (act/reason.html)."""

    kind: str
    title: str
    connection_id: str
    order_ref: str
    review: str
    leave: str
    reason: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Rows of (label, value), and one row that sums them up. `quiet` = read when in doubt;
    `prose` = the values are texts, not amounts."""

    heading: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    total: tuple[str, str] | None = None
    quiet: bool = False
    prose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What a kind says of its plan; `notes` are whole sentences, `confirm` the name of the
    label that its button has."""

    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()
    confirm: str = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewView:
    """`over` says which limit it is above, empty if it may go."""

    id: str
    title: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    button: str
    leave: str
    valid_until: str
    over: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """What an approver decides on: the frozen preview, who asks since when, and why."""

    id: str
    title: str
    text: str
    shop: str
    asked: str
    comment: str
    link: str
    over: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    approve: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleView:
    """Two ways in which it may have ended, and where that was seen."""

    post: str
    legend: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultView:
    """`waiting` = the page should look again; `again` = a new review makes sense; `held` says
    since when it waits, for whom, and what a customer can be told; `settle` where the agent who
    looks may say how it ended, `account` = there is one to look at, `listed` = it was found in the
    list of what waits."""

    id: str
    state: str
    tone: str
    text: str
    detail: str
    notes: tuple[str, ...]
    signature: str
    reference: str
    waiting: bool
    again: bool
    held: tuple[str, ...]
    settle: SettleView | None
    account: bool
    listed: bool
    reply: str
    reply_lang: str
    untold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingView:
    """A result told where its order is not shown."""

    id: str
    tone: str
    title: str
    text: str
    detail: str
    link: str


def kind_text(kind: str, name: str, words: Words, **parameters: object) -> str:
    """The kind's own words for `name`, or what stands for all kinds."""
    own = f"ui.act.{kind}.{name}"
    key = own if messages.is_known(own, words.locale) else f"ui.act.{name}"
    return words.t(key, **parameters)


def head_view(form: ActionForm, words: Words) -> FormHead:
    return FormHead(
        kind=form.kind,
        title=_title(form.kind, form.order.number, words),
        connection_id=form.connection_id,
        order_ref=form.order.ref,
        review=kind_text(form.kind, "review", words),
        leave=kind_text(form.kind, "leave", words),
        reason=words.t("ui.act.reason" if form.reason_required else "ui.act.reason_optional"),
        reasons=form.reasons,
    )


def preview_view(action: ActionView, told: Consequences, words: Words) -> PreviewView:
    """Every consequence, and a button that says what it does."""
    return PreviewView(
        id=action.id,
        title=_title(action.kind, action.order_number, words),
        sections=told.sections,
        notes=told.notes,
        button=_button(action, told, words),
        leave=kind_text(action.kind, "leave", words),
        valid_until=words.t("ui.valid_until", time=words.clock(action.expires_at)),
        over=_over(action.over, words),
    )


def decision_view(action: ActionView, told: Consequences, shop: str, words: Words) -> DecisionView:
    waiting = action.waiting
    assert waiting is not None
    amount, what = words.money(action.amount), _button(action, told, words)
    return DecisionView(
        id=action.id,
        title=_title(action.kind, action.order_number, words),
        text=kind_text(action.kind, "awaiting_approval", words, amount=amount),
        shop=shop,
        asked=words.t("ui.act.by", who=action.agent_name, time=words.moment(waiting.since)),
        comment=waiting.comment,
        link=web_url(action.link),
        over=_over(waiting.over, words),
        sections=told.sections,
        notes=told.notes,
        approve=words.t("ui.act.approve", what=what),
    )


def result_view(
    action: ActionView, words: Words, *, outcome: Sequence[str] = (), standing: Sequence[str] = (),
    reply: str = "", listed: bool = False,
) -> ResultView:  # fmt: skip
    """What became of it, in words that stay true whatever happens next; `outcome` is what the
    kind says of its receipt, `standing` what it says until it has ended, `reply`
    what can be told the customer in their language."""
    return ResultView(
        id=action.id,
        state=action.state,
        tone=_tone(action),
        text=_text(action, words),
        detail=_detail(action, words),
        notes=tuple(outcome) if action.state == "done" else (),
        signature=_signature(action, words),
        reference=_reference(action, words),
        waiting=action.state not in FINAL and action.state != "needs_person",
        again=action.state in _AGAIN and action.mine,
        held=(*standing, *_held(action, words)),
        settle=_settle(action, words),
        account=_settle(action, words) is not None and _has_account(action),
        listed=listed,
        reply=reply,
        untold=action.untold,
        reply_lang=messages.known_locale(action.customer_locale or words.locale),
    )


def greeting_view(action: ActionView, words: Words) -> GreetingView:
    """What became of it for somebody who looks at another customer by now: order and amount, and
    nothing else of whose they are."""
    return GreetingView(
        id=action.id,
        tone=_tone(action),
        title=_title(action.kind, action.order_number, words),
        text=_text(action, words),
        detail=_detail(action, words),
        link=web_url(action.link),
    )


def reply_text(action: ActionView, words: Words, label: str = "reply") -> str:
    """What was done, for the customer to read; "" where there is nothing to tell. `label` names
    the text; that a person still has to pay is told by a text of its own alone."""
    theirs = Words(action.customer_locale or words.locale, words.zone)
    name = f"ui.act.{action.kind}.{label}"
    if (
        action.state != "done"
        or (action.payment in _UNTOLD and label != f"reply_{action.payment}")
        or not messages.is_known(name, theirs.locale)
    ):
        return ""
    return theirs.t(
        name, amount=theirs.money(action.amount), number=action.order_number.lstrip("#")
    )


def _over(over: Over | None, words: Words) -> str:
    if over is None:
        return ""
    return messages.sentence("above_limit", words.locale, **over.parameters)


def _held(action: ActionView, words: Words) -> Iterator[str]:
    """The agent knows since when, who can act, and what to answer."""
    if action.waiting is None:
        return
    yield words.t("ui.act.since", time=words.moment(action.waiting.since))
    who = ", ".join(name for name in action.waiting.who if name)
    yield words.t("ui.act.who_can", who=who) if who else words.t("ui.act.nobody_can")
    yield words.t("ui.act.tell." + action.state)


def _button(action: ActionView, told: Consequences, words: Words) -> str:
    """What it does; with the amount wherever money moves."""
    moving = f"ui.act.{action.kind}.confirm_money"
    plain = told.confirm == "confirm" and bool(action.amount)
    name = "confirm_money" if plain and messages.is_known(moving, words.locale) else told.confirm
    return kind_text(action.kind, name, words, amount=words.money(action.amount))


def _title(kind: str, number: str, words: Words) -> str:
    return kind_text(kind, "title", words, number=number.lstrip("#"))


def _tone(action: ActionView) -> str:
    if action.state == "done" and action.payment in _PAY_TONES:
        return _PAY_TONES[action.payment]
    return _TONES.get(action.state, "calm")


def _text(action: ActionView, words: Words) -> str:
    """A kind may have words of its own for where money went, or that it has not arrived."""
    name: str = action.state
    for way in (action.payment, action.receipt.get("to", "")):
        if messages.is_known(f"ui.act.{action.kind}.{action.state}.{way}", words.locale):
            name = f"{action.state}.{way}"
    return kind_text(action.kind, name, words, amount=words.money(action.amount))


def _settle(action: ActionView, words: Words) -> SettleView | None:
    if action.waiting is None or not action.waiting.may_settle:
        return None
    owed = action.state == "done"
    name = "pay" if owed else "settle"
    return SettleView(
        post="act/owed" if owed else "act/settle",
        legend=words.t(f"ui.act.{name}"),
        yes=words.t(f"ui.act.{name}_done"),
        no=words.t(f"ui.act.{name}_not_done"),
    )


def _has_account(action: ActionView) -> bool:
    return action.waiting is not None and action.waiting.has_account


def _detail(action: ActionView, words: Words) -> str:
    if action.state == "done":
        if action.payment in ("paid", "dropped"):
            who, proof = (str(action.parameters.get(name, "")) for name in ("who", "proof"))
            return words.t("ui.act.closed", who=who, proof=proof)
        special = action.payment in _TOLD
        return kind_text(action.kind, "done_" + action.payment, words) if special else ""
    if not action.code or action.state not in ("refused", "not_done", "needs_person"):
        return ""
    parameters = {"zone": words.zone, **action.parameters}
    return messages.sentence(action.code, words.locale, **parameters)


def _signature(action: ActionView, words: Words) -> str:
    at = action.finished_at or action.requested_at
    if at is None:
        return ""
    return words.t("ui.act.by", who=action.agent_name, time=words.clock(at))


def _reference(action: ActionView, words: Words) -> str:
    return words.t("ui.act.reference", reference=action.reference) if action.reference else ""
