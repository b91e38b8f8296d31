"""Texts for the reply, filled in from an order or a product, in the customer's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugin.domain.orders import Fulfilment, Order
from plugin.domain.products import Product
from plugin.domain.snippets import fill, known, lacking
from ui.present.orders import customer_paid
from ui.present.words import Words, web_url

if TYPE_CHECKING:
    from plugin.actions.snippets import Replies

_MOST_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SnippetView:
    """`text` is empty where something is lacking, and `lacks` says what."""

    title: str
    text: str
    lacks: str


def snippet_views(found: Replies, shop: str, words: Words) -> list[SnippetView]:
    """`words` are the agent's; the texts are in the customer's language."""
    values = order_values(found.row.order(), shop, Words(found.locale, words.zone))
    return [_view(name, text, values, words) for name, text in found.texts.items()]


def order_values(order: Order, shop: str, theirs: Words) -> dict[str, str]:
    """What is known; nothing under a name that has no value here."""
    return known((
        ("number", order.number.lstrip("#")),
        ("name", _line(order.customer_name)),
        ("shop", _line(shop)),
        ("date", theirs.day(order.placed_at)),
        ("items", "\n".join(_items(order, theirs))),
        ("total", theirs.money(order.total)),
        *_tracking(order),
    ))  # fmt: skip


def product_text(product: Product, shop: str, text: str, theirs: Words) -> str:
    """Price and stock in the language of whoever writes; "" if something is lacking."""
    prices = [variant.price for variant in product.variants]
    low, high = (min(prices), max(prices)) if prices else (None, None)
    price = ""
    if low is not None and high is not None:
        ends = {"low": theirs.money(low), "high": theirs.money(high)}
        price = ends["low"] if low == high else theirs.t("ui.price_range", **ends)
    values = known((
        ("title", _line(product.title)),
        ("price", price),
        ("stock", ", ".join(_stock(product, theirs))),
        ("link", web_url(product.url)),
        ("shop", _line(shop)),
    ))  # fmt: skip
    return fill(text, values)


def lacks(missing: tuple[str, ...], words: Words) -> str:
    """What is not known, as the agent calls it."""
    if not missing:
        return ""
    names = ", ".join(words.t("snippet.var." + name) for name in missing)
    return words.t("snippet.lacks", names=names)


def _view(name: str, text: str, values: Mapping[str, str], words: Words) -> SnippetView:
    return SnippetView(
        title=words.t(f"snippet.{name}"),
        text=fill(text, values),
        lacks=lacks(lacking(text, values), words),
    )


def _items(order: Order, theirs: Words) -> Iterator[str]:
    for line in order.lines[:_MOST_LINES]:
        options = f" ({_line(line.options)})" if line.options else ""
        paid = theirs.money(customer_paid(line))
        yield f"{line.quantity} × {_line(line.title)}{options}: {paid}"
    if len(order.lines) > _MOST_LINES:
        yield "…"


def _tracking(order: Order) -> Iterator[tuple[str, str]]:
    """Of the parcels that are still on their way; of all, once none is."""
    parcels = [parcel for parcel in order.fulfilments if parcel.state != "cancelled"]
    under_way = [parcel for parcel in parcels if not _arrived(parcel)]
    tracks = [track for parcel in under_way or parcels for track in parcel.tracking]
    yield "carrier", ", ".join(dict.fromkeys(_line(t.company) for t in tracks if t.company))
    yield "tracking_number", ", ".join(_line(track.number) for track in tracks if track.number)
    yield "tracking_link", "\n".join(filter(None, (web_url(track.url) for track in tracks)))


def _arrived(parcel: Fulfilment) -> bool:
    return parcel.delivered_at is not None or parcel.state == "delivered"


def _stock(product: Product, theirs: Words) -> Iterator[str]:
    """One word if it holds for all, else one for each."""
    states = {variant.state for variant in product.variants}
    if len(states) == 1:
        yield theirs.t("ui." + states.pop())
        return
    for variant in product.variants[:_MOST_LINES]:
        yield f"{_line(variant.title)}: {theirs.t('ui.' + variant.state)}"


def _line(text: str) -> str:
    """In one line, without what nobody sees."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
