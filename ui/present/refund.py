"""The refund as a form and as consequences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plugin import messages
from plugin.domain.orders import Order, OrderLine
from plugin.domain.refunds import RefundLine, RefundPlan
from ui.present.act import Consequences, Section, reply_text
from ui.present.orders import customer_paid, shipping_left
from ui.present.words import Words, image_url

if TYPE_CHECKING:
    from plugin.actions.act import ActionForm
    from plugin.actions.refund import RefundForm
    from plugin.actions.views import ActionView


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
    """`shipping` is the label of what of delivery can still go back, empty for nothing; `credit`
    offers the choice of store credit, `no_credit` says why there is none; `places` are (ref, name)
    of where goods can come back to."""

    remaining: str
    everything: str
    amount_label: str
    lines: tuple[FormLine, ...]
    shipping: str
    mode: str
    credit: bool
    no_credit: str
    places: tuple[tuple[str, str], ...]
    mail: bool


def form_view(form: ActionForm, words: Words) -> FormView:
    """The form over what the mirror knows; the preview asks the shop itself."""
    order, t = form.order, words.t
    content: RefundForm = form.content
    lines = tuple(_form_line(line, words) for line in order.lines if line.refundable_quantity > 0)
    left = shipping_left(order)
    return FormView(
        remaining=t("ui.remaining", amount=words.money(order.remaining)),
        everything=t("ui.refund_all", amount=words.money(order.remaining)),
        amount_label=t("ui.refund_amount_in", currency=order.currency),
        lines=lines,
        shipping=_shipping_label(order, words) if left else "",
        mode="lines" if lines else "amount",
        credit=content.credit.available,
        no_credit=_no_credit(content, words),
        places=content.places,
        mail=content.mail,
    )


def consequences(plan: RefundPlan, words: Words) -> Consequences:
    """All of them, in the currency paid."""
    t = words.t
    goods = Section(heading=t("ui.preview_goods"), rows=tuple(_rows(plan, words)))
    back = Section(
        heading=t("ui.preview_to"),
        rows=tuple(_parts(plan, words)),
        total=(t("ui.preview_total"), words.money(plan.amount)),
    )
    after = Section(rows=tuple(_sums(plan, words)), quiet=True)
    said = (*_stock(plan, words), t("ui.mail." + plan.customer_mailed))
    credit = plan.to == "store_credit"
    if credit:
        said = (t("ui.refund_credit_note"), *said)
    return Consequences(
        confirm="confirm_credit" if credit else "confirm",
        sections=(goods, back, after) if goods.rows else (back, after),
        notes=(*said, f"«{plan.reason}»") if plan.reason else said,
    )


def outcome(receipt: Mapping[str, Any], words: Words) -> Sequence[str]:
    """Where it went, if not back to the payment."""
    return (words.t("ui.refund_credit_note"),) if receipt.get("to") == "store_credit" else ()


def reply(action: ActionView, words: Words) -> str:
    """What was done, for the customer to read; credit is there at once, no bank is waited for."""
    if action.receipt.get("to") == "store_credit":
        return reply_text(action, words, "reply_credit")
    return reply_text(action, words, "reply_pending" if action.payment == "pending" else "reply")


def _no_credit(content: RefundForm, words: Words) -> str:
    reason = content.credit.reason
    if content.credit.available or reason in ("", "action_not_offered", "shop_scope_missing"):
        return ""
    return messages.sentence(reason, words.locale, **content.credit.parameters)


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
    if plan.to == "store_credit":
        yield words.t("ui.refund_credit_to"), words.money(plan.amount)
        return
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
    yield t("ui.preview_after"), words.money(plan.remaining_after)


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
