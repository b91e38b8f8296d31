"""The order once more: as a form, as a preview, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plugin import messages
from plugin.domain.orders import OrderLine
from plugin.domain.people import Address
from plugin.domain.products import Product, Variant
from plugin.domain.replacements import ReplacementPlan
from ui.present.act import Consequences, Section
from ui.present.address import PlaceView, place_view
from ui.present.places import address_lines
from ui.present.words import Words, web_url

if TYPE_CHECKING:
    from plugin.actions.act import ActionForm
    from plugin.actions.replace import ReplacementForm
    from plugin.actions.views import ActionView


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantView:
    ref: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLine:
    """`variants` only where there is a choice."""

    ref: str
    title: str
    options: str
    most: int
    variants: tuple[VariantView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """`place` asks for another address than `ship_to`."""

    lines: tuple[FormLine, ...]
    ship_to: tuple[str, ...]
    place: PlaceView


def form_view(form: ActionForm, words: Words) -> FormView:
    content: ReplacementForm = form.content
    order = form.order
    return FormView(
        lines=tuple(
            _line(line, content.products.get(line.product_ref), words)
            for line in order.lines
            if line.product_ref and line.quantity > 0
        ),
        ship_to=address_lines(order.shipping_address, words.locale),
        place=place_view(content, order.shipping_address or Address(), form.typed, words),
    )


def consequences(plan: ReplacementPlan, words: Words) -> Consequences:
    t = words.t
    due = words.money(plan.total) if plan.total else "—"
    total = (t("ui.replacement.pays"), due if plan.charge else t("ui.replacement.nothing"))
    goods = Section(heading=t("ui.preview_goods"), rows=tuple(_goods(plan, words)), total=total)
    place = ", ".join(address_lines(plan.address, words.locale))
    where = Section(rows=((t("ui.ship_to"), place),), prose=True)
    notes = [messages.sentence(code, words.locale) for code in plan.warnings]
    notes.append(t("ui.mail." + plan.customer_mailed))
    return Consequences(
        sections=(goods, where), notes=(*notes, f"«{plan.note}»") if plan.note else tuple(notes)
    )


def outcome(receipt: Mapping[str, Any], words: Words) -> Sequence[str]:
    """The new order's number; what did not work beside it."""
    t, number = words.t, str(receipt.get("number", "")).lstrip("#")
    if not number:
        return ()
    waits = receipt.get("stage") == "awaiting_payment"
    said = [t("ui.replacement.waits" if waits else "ui.replacement.made", number=number)]
    if receipt.get("linked") is False:
        said.append(t("ui.replacement.not_linked"))
    if receipt.get("mailed") == "unknown":
        said.append(t("ui.replacement.mail_unknown"))
    return said


def reply(action: ActionView, words: Words) -> str:
    """For the customer: the new number, or the link to pay."""
    if action.state != "done":
        return ""
    theirs = Words(action.customer_locale or words.locale, words.zone)
    number = str(action.receipt.get("number", "")).lstrip("#")
    url = web_url(str(action.receipt.get("pay_url", "")))
    if action.receipt.get("stage") == "awaiting_payment":
        return theirs.t("ui.replacement.reply_pay", url=url) if url else ""
    return theirs.t("ui.replacement.reply", number=number) if number else ""


def _line(line: OrderLine, product: Product | None, words: Words) -> FormLine:
    variants = product.variants if product else ()
    return FormLine(
        ref=line.ref,
        title=line.title,
        options=line.options,
        most=line.quantity,
        variants=tuple(_variant(item, line, words) for item in variants)
        if len(variants) > 1
        else (),
    )


def _variant(variant: Variant, line: OrderLine, words: Words) -> VariantView:
    counts = [level.quantity for level in variant.stock if level.quantity is not None]
    left = words.t("ui.replacement.stock", count=sum(counts)) if counts else ""
    text = " · ".join(part for part in (variant.title, left) if part)
    return VariantView(ref=variant.ref, text=text, chosen=variant.ref == line.variant_ref)


def _goods(plan: ReplacementPlan, words: Words) -> Iterator[tuple[str, str]]:
    for item in plan.items:
        title = " ".join(part for part in (item.title, item.options) if part)
        left = "" if item.stock is None else words.t("ui.replacement.stock", count=item.stock)
        yield f"{item.quantity} × {title}", left
