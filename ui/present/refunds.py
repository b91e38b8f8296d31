"""The refund as a form, as a preview, and as a result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugin import messages
from plugin.domain.actions import FINAL
from plugin.domain.orders import Order, OrderLine
from plugin.domain.refunds import RefundLine, RefundPlan
from ui.present.orders import customer_paid, shipping_left
from ui.present.words import Words, image_url

if TYPE_CHECKING:
    from plugin.actions.refund import ActionView, RefundForm

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
_AGAIN = ("refused", "not_done", "expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLine:
    ref: str
    title: str
    options: str
    image: str
    amount: str
    most: int
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """`shipping` is the label of what of delivery can still go back, empty for nothing."""

    title: str
    connection_id: str
    order_ref: str
    remaining: str
    everything: str
    amount_label: str
    lines: tuple[FormLine, ...]
    shipping: str
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewView:
    """`rows` and `sums` are (label, amount); `stock` sentences."""

    id: str
    title: str
    rows: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, str], ...]
    sums: tuple[tuple[str, str], ...]
    amount: str
    after: str
    stock: tuple[str, ...]
    mail: str
    reason: str
    button: str
    valid_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultView:
    """`waiting` = the page should look again; `again` = a new review makes sense."""

    id: str
    connection_id: str
    order_ref: str
    state: str
    tone: str
    text: str
    detail: str
    signature: str
    reference: str
    waiting: bool
    again: bool


def form_view(form: RefundForm, words: Words) -> FormView:
    """The form over what the mirror knows; the preview asks the shop itself."""
    order, t = form.order, words.t
    lines = tuple(_form_line(line, words) for line in order.lines if line.refundable_quantity > 0)
    left = shipping_left(order)
    return FormView(
        title=t("ui.refund_title", number=order.number.lstrip("#")),
        connection_id=form.connection_id,
        order_ref=order.ref,
        remaining=t("ui.remaining", amount=words.money(form.remaining)),
        everything=t("ui.refund_all", amount=words.money(form.remaining)),
        amount_label=t("ui.refund_amount_in", currency=order.currency),
        lines=lines,
        shipping=_shipping_label(order, words) if left else "",
        mode="lines" if lines else "amount",
    )


def preview_view(action: ActionView, words: Words) -> PreviewView:
    """Every consequence, in the currency paid."""
    plan, t = action.plan, words.t
    return PreviewView(
        id=action.id,
        title=t("ui.refund_title", number=plan.order_number.lstrip("#")),
        rows=tuple(_rows(plan, words)),
        parts=tuple(_parts(plan, words)),
        sums=tuple(_sums(plan, words)),
        amount=words.money(plan.amount),
        after=words.money(plan.remaining_after),
        stock=tuple(_stock(plan, words)),
        mail=t("ui.mail." + plan.customer_mailed),
        reason=plan.reason,
        button=t("ui.confirm", amount=words.money(plan.amount)),
        valid_until=t("ui.valid_until", time=words.clock(action.expires_at)),
    )


def result_view(action: ActionView, words: Words) -> ResultView:
    """What became of it, in words that stay true whatever happens next."""
    t = words.t
    return ResultView(
        id=action.id,
        connection_id=action.connection_id,
        order_ref=action.order_ref,
        state=action.state,
        tone=_result_tone(action),
        text=_result_text(action, words),
        detail=_result_detail(action, words),
        signature=_signature(action, words),
        reference=t("ui.act.reference", reference=action.reference) if action.reference else "",
        waiting=action.state not in FINAL and action.state != "needs_person",
        again=action.state in _AGAIN,
    )


def _form_line(line: OrderLine, words: Words) -> FormLine:
    return FormLine(
        ref=line.ref,
        title=line.title,
        options=line.options,
        image=image_url(line.image_url),
        amount=words.money(customer_paid(line)),
        most=line.refundable_quantity,
        of=words.t("ui.refund_of", count=line.refundable_quantity),
    )


def _shipping_label(order: Order, words: Words) -> str:
    return words.t("ui.refund_shipping", amount=words.money(shipping_left(order)))


def _rows(plan: RefundPlan, words: Words) -> Iterator[tuple[str, str]]:
    for line in plan.lines:
        count = f"{line.quantity} × " if line.kind == "item" and line.quantity else ""
        title = line.title or words.t(
            {"shipping": "ui.shipping", "fee": "ui.fee"}.get(line.kind, "ui.items")
        )
        yield count + title, words.money(line.total + line.tax)


def _parts(plan: RefundPlan, words: Words) -> Iterator[tuple[str, str]]:
    for part in plan.parts:
        yield part.label or part.gateway, words.money(part.amount)


def _sums(plan: RefundPlan, words: Words) -> Iterator[tuple[str, str]]:
    t = words.t
    if plan.tax:
        yield t("ui.preview_tax"), words.money(plan.tax)
    if plan.shipping:
        yield t("ui.preview_shipping"), words.money(plan.shipping)
    if plan.refunded_before:
        yield t("ui.preview_before"), words.money(plan.refunded_before)


def _stock(plan: RefundPlan, words: Words) -> Iterator[str]:
    back = [line for line in plan.lines if line.kind == "item" and line.restock != "none"]
    for line in back:
        yield _restock(line, words)
    if not back:
        yield words.t("ui.restock_none")


def _restock(line: RefundLine, words: Words) -> str:
    if line.restock_to:
        return words.t(
            "ui.restock_to", title=line.title, count=line.quantity, location=line.restock_to
        )
    return words.t("ui.restock_back", title=line.title, count=line.quantity)


def _result_tone(action: ActionView) -> str:
    if action.state == "done" and action.payment in ("pending", "none"):
        return "busy" if action.payment == "pending" else "warn"
    if action.state == "done" and action.payment == "failed":
        return "bad"
    return _TONES.get(action.state, "calm")


def _result_text(action: ActionView, words: Words) -> str:
    return words.t("ui.act." + action.state, amount=words.money(action.amount))


def _result_detail(action: ActionView, words: Words) -> str:
    if action.state == "done":
        special = action.payment in ("pending", "failed", "none")
        return words.t("ui.act.done_" + action.payment) if special else ""
    if not action.code or action.state not in ("refused", "not_done", "needs_person"):
        return ""
    parameters = {"zone": words.zone, **action.parameters}
    return messages.sentence(action.code, words.locale, **parameters)


def _signature(action: ActionView, words: Words) -> str:
    at = action.finished_at or action.requested_at
    if at is None:
        return ""
    return words.t("ui.act.by", who=action.agent_name, time=words.clock(at))
