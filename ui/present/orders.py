"""An order as a row and as opened: facts of the shop only, so both may be memoised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from plugin.domain.money import Money, total
from plugin.domain.orders import (
    DETAILS,
    Fulfilment,
    Order,
    OrderHead,
    OrderLine,
    OrderRefund,
    Payment,
    Tracking,
)
from ui.present.places import address_lines
from ui.present.words import Link, Tag, Words, image_url, web_url

_PAY_TONES = {
    "paid": "good",
    "pending": "warn",
    "authorized": "warn",
    "partially_paid": "warn",
    "partially_refunded": "busy",
    "refunded": "calm",
    "voided": "calm",
    "failed": "bad",
}
_SHIP_TONES = {
    "unfulfilled": "warn",
    "partial": "busy",
    "fulfilled": "good",
    "in_transit": "busy",
    "delivered": "good",
    "not_required": "calm",
    "on_hold": "bad",
}
_PARCEL_TONES = {
    "pending": "warn",
    "shipped": "busy",
    "in_transit": "busy",
    "out_for_delivery": "busy",
    "delivered": "good",
    "failed": "bad",
    "cancelled": "calm",
}
_BACK_TONES = {
    "pending": "busy", "succeeded": "good", "failed": "bad", "none": "warn", "credited": "good",
}  # fmt: skip
_MONEY_TONES = {"succeeded": "good", "pending": "warn", "authorized": "warn", "failed": "bad"}
_PARTS = (
    "addresses", "shipping_address", "billing_address", "customer", "email", "phone", "lines",
    "images", "fulfilments", "payments", "refunds", "discounts", "note", "stock",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """`amount` is empty for a masked order."""

    number: str
    date: str
    amount: str
    tags: tuple[Tag, ...]
    goods: str
    shop: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    title: str
    options: str
    sku: str
    quantity: str
    amount: str
    image: str
    marks: tuple[Tag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelView:
    title: str
    state: Tag
    dates: tuple[str, ...]
    carriers: tuple[str, ...]
    links: tuple[Link, ...]
    goods: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """A payment or a refund: what, how much, how it stands."""

    title: str
    amount: str
    state: Tag
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """Everything of one opened order. `sums` are (label, amount) in reading order."""

    lines: tuple[LineView, ...]
    sums: tuple[tuple[str, str], ...]
    total: str
    included: str
    refunded: str
    remaining: str
    parcels: tuple[ParcelView, ...]
    payments: tuple[EntryView, ...]
    refunds: tuple[EntryView, ...]
    discounts: tuple[tuple[str, str], ...]
    ship_to: tuple[str, ...]
    bill_to: tuple[str, ...]
    contact: tuple[str, ...]
    note: str
    tags: tuple[str, ...]
    partial: str
    links: tuple[Link, ...]


def row_view(order: OrderHead, shop: str, words: Words, *, masked: bool) -> RowView:
    """The order in two or three lines; a masked one without money."""
    return RowView(
        number=order.number.lstrip("#"),
        date=words.day(order.placed_at),
        amount="" if masked else words.money(order.total),
        tags=tuple(_states(order, words)),
        goods=_goods(order, words),
        shop=shop,
    )


def order_view(order: Order, words: Words) -> OrderView:
    """The order opened."""
    t = words.t
    ship = address_lines(order.shipping_address, words.locale)
    bill = address_lines(order.billing_address, words.locale)
    return OrderView(
        lines=tuple(_line(order, line, words) for line in order.lines),
        sums=tuple(_sums(order, words)),
        total=words.money(order.total),
        included=_taxes(order, words),
        refunded=words.less(order.refunded) if order.refunded else "",
        remaining=_remaining(order, words),
        parcels=_parcels(order, words),
        payments=tuple(_payment(payment, words) for payment in order.payments),
        refunds=tuple(_refund(refund, words) for refund in order.refunds),
        discounts=tuple(_discounts(order, words)),
        ship_to=ship,
        bill_to=(t("ui.same_address"),) if same_place(order) else bill,
        contact=tuple(text for text in (order.email, order.phone) if text),
        note=order.note,
        tags=order.tags,
        partial=_partial(order, words),
        links=tuple(_links(order, words)),
    )


def same_place(order: Order) -> bool:
    """Whether the bill goes where the goods go; who answers which phone does not matter."""
    ship, bill = order.shipping_address, order.billing_address
    if ship is None or bill is None:
        return False
    return replace(ship, phone="") == replace(bill, phone="")


def customer_paid(line: OrderLine) -> Money:
    """What the line cost the customer, tax in it."""
    return line.total + line.tax


def _states(order: OrderHead, words: Words) -> Iterator[Tag]:
    t = words.t
    if order.cancelled_at:
        yield Tag(t("ui.cancelled"), "bad")
    yield Tag(t("ui.pay." + order.payment_state), _PAY_TONES[order.payment_state])
    if not (order.cancelled_at and order.fulfilment_state == "unfulfilled"):
        yield Tag(t("ui.ship." + order.fulfilment_state), _SHIP_TONES[order.fulfilment_state])


def _goods(order: OrderHead, words: Words) -> str:
    titles = [line.title for line in order.lines]
    if len(titles) <= 2:
        return ", ".join(titles)
    return words.t("ui.goods_more", goods=", ".join(titles[:2]), count=len(titles) - 2)


def _line(order: Order, line: OrderLine, words: Words) -> LineView:
    return LineView(
        title=line.title,
        options=line.options,
        sku=words.t("ui.sku", sku=line.sku) if line.sku else "",
        quantity=f"{line.quantity} ×",
        amount=words.money(customer_paid(line)),
        image=image_url(line.image_url),
        marks=tuple(_marks(order, line, words)),
    )


def _marks(order: Order, line: OrderLine, words: Words) -> Iterator[Tag]:
    back = sum(
        gone.quantity for r in order.refunds for gone in r.lines if gone.line_ref == line.ref
    )
    if back:
        yield Tag(words.t("ui.refunded_units", count=back), "calm")
    part_sent = line.unfulfilled_quantity > 0 and order.fulfilment_state == "partial"
    if part_sent:
        yield Tag(words.t("ui.not_shipped", count=line.unfulfilled_quantity), "warn")


def _sums(order: Order, words: Words) -> Iterator[tuple[str, str]]:
    """All on one base, what the customer paid: after discounts, tax in it."""
    t, money = words.t, words.money
    goods = total((customer_paid(line) for line in order.lines), order.currency)
    yield t("ui.subtotal"), money(goods)
    for fee in order.fees:
        yield fee.title or t("ui.fee"), money(fee.total + fee.tax)
    if order.shipping_lines:
        sent = total((line.total + line.tax for line in order.shipping_lines), order.currency)
        yield t("ui.shipping"), money(sent)
    elif order.shipping_total:
        yield t("ui.shipping"), money(order.shipping_total)


def _taxes(order: Order, words: Words) -> str:
    if not order.tax_total:
        return ""
    return words.t("ui.taxes_included", amount=words.money(order.tax_total))


def _remaining(order: Order, words: Words) -> str:
    if not order.refunded or not order.paid:
        return ""
    return words.t("ui.remaining", amount=words.money(order.remaining))


def _parcels(order: Order, words: Words) -> tuple[ParcelView, ...]:
    titles = {line.ref: line.title for line in order.lines}
    count = len(order.fulfilments)
    return tuple(
        _parcel(parcel, _parcel_title(number, count, words), titles, words)
        for number, parcel in enumerate(order.fulfilments, 1)
    )


def _parcel_title(number: int, count: int, words: Words) -> str:
    if count == 1:
        return words.t("ui.parcel")
    return words.t("ui.parcel_of", number=number, count=count)


def _parcel(parcel: Fulfilment, title: str, titles: dict[str, str], words: Words) -> ParcelView:
    return ParcelView(
        title=title,
        state=Tag(words.t("ui.parcel_state." + parcel.state), _PARCEL_TONES[parcel.state]),
        dates=tuple(_parcel_dates(parcel, words)),
        carriers=tuple(filter(None, (_carrier(track) for track in parcel.tracking))),
        links=tuple(_track_links(parcel, words)),
        goods=tuple(f"{g.quantity} × {titles.get(g.line_ref, '…')}" for g in parcel.lines),
    )


def _parcel_dates(parcel: Fulfilment, words: Words) -> Iterator[str]:
    if parcel.delivered_at:
        yield words.t("ui.delivered_on", date=words.day(parcel.delivered_at))
        return
    if parcel.created_at and parcel.state != "pending":
        yield words.t("ui.shipped_on", date=words.day(parcel.created_at))
    if parcel.expected_at and parcel.state not in ("failed", "cancelled"):
        yield words.t("ui.expected_on", date=words.day(parcel.expected_at))


def _carrier(track: Tracking) -> str:
    return " ".join(part for part in (track.company, track.number) if part)


def _track_links(parcel: Fulfilment, words: Words) -> Iterator[Link]:
    for track in parcel.tracking:
        if url := web_url(track.url):
            yield Link(words.t("ui.track_link"), url)


def _payment(payment: Payment, words: Words) -> EntryView:
    manual = words.t("ui.money.manual") if payment.manual else ""
    return EntryView(
        title=payment.label or payment.gateway,
        amount=words.money(payment.amount),
        state=Tag(words.t("ui.money." + payment.state), _MONEY_TONES.get(payment.state, "calm")),
        detail=" · ".join(part for part in (words.moment(payment.at), manual) if part),
    )


def _refund(refund: OrderRefund, words: Words) -> EntryView:
    return EntryView(
        title=words.moment(refund.created_at),
        amount=words.money(refund.total),
        state=Tag(words.t("ui.back." + refund.payment), _BACK_TONES[refund.payment]),
        detail=" · ".join(part for part in (refund.reason, refund.reference) if part),
    )


def _discounts(order: Order, words: Words) -> Iterator[tuple[str, str]]:
    for discount in order.discounts:
        amount = words.less(discount.amount) if discount.amount else ""
        share = f"{discount.percentage} %" if discount.percentage else ""
        yield discount.label, amount or share


def _partial(order: Order, words: Words) -> str:
    if not order.partial:
        return ""
    if DETAILS in order.partial:
        return words.t("ui.outline")
    parts = dict.fromkeys(part if part in _PARTS else "other" for part in order.partial)
    return words.t("ui.partial", parts=", ".join(words.t("ui.part." + part) for part in parts))


def _links(order: Order, words: Words) -> Iterator[Link]:
    for label, text in (("ui.open_shop", order.admin_url), ("ui.status_page", order.status_url)):
        if url := web_url(text):
            yield Link(words.t(label), url)


def shipping_left(order: Order) -> Money:
    """What delivery cost less what of it went back, tax in it, never below zero."""
    charged = total((s.total + s.tax for s in order.shipping_lines), order.currency)
    back = total((r.shipping for r in order.refunds if r.shipping), order.currency)
    left = charged - back
    return left if left.amount > 0 else Money.zero(order.currency)
