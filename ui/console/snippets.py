"""The Replies page: the texts that agents insert, in both languages, as the owner wants them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from flask import Response, redirect, request
from werkzeug.wrappers import Response as WsgiResponse

from plugin import web
from plugin.actions import snippets
from plugin.actions.console import ConsoleSeat
from plugin.domain.money import Money
from plugin.domain.snippets import VARIABLES, fill
from plugin.errors import MostradorError
from ui.console.pages import TEMPLATES
from ui.present.words import Words

HERE = "/console/snippets"


@web.owner_only
def show_snippets(seat: ConsoleSeat) -> Response:
    return _page(seat)


@web.owner_only
def change_snippet(seat: ConsoleSeat, name: str, locale: str) -> Response | WsgiResponse:
    """Saved, shown as it would read, or back to what Mostrador brings."""
    services, text, part = web.services(), request.form.get("text", ""), f"{name}-{locale}"
    try:
        if request.form.get("do") == "reset":
            snippets.reset(services, seat.scope, name, locale)
        elif request.form.get("do") == "preview":
            return _page(seat, part=part, typed=snippets.checked(name, locale, text))
        else:
            snippets.save(services, seat.scope, name, locale, text)
    except MostradorError as error:
        if error.status == 404:
            raise
        return _page(seat, error, part, text)
    return redirect(f"{HERE}?saved={part}#{part}")


def _page(
    seat: ConsoleSeat, error: MostradorError | None = None, part: str = "", typed: str = ""
) -> Response:
    """`part` is the form that was sent: it keeps what was typed."""
    found = snippets.all_snippets(web.services(), seat.scope)
    texts = {f"{each.name}-{each.locale}": each.text for each in found}
    if part:
        texts[part] = typed
    return web.console_page(
        TEMPLATES, "console/snippets.html", seat=seat, locale=seat.locale, snippets=found,
        texts=texts, variables=VARIABLES, part=part, error=error, most=snippets.MOST,
        previews={
            f"{each.name}-{each.locale}": _preview(each, texts, seat.timezone) for each in found
        },
        saved="" if part else request.args.get("saved", ""),
        status=error.status if error else 200,
    )  # fmt: skip


def _preview(snippet: snippets.Snippet, texts: Mapping[str, str], zone: str) -> str:
    """With an invented order."""
    text = texts[f"{snippet.name}-{snippet.locale}"]
    return fill(text, _samples(Words(snippet.locale, zone)))


def _samples(words: Words) -> dict[str, str]:
    price, t = Money(Decimal("37.80"), "EUR"), words.t
    goods = t("snippet.sample.goods")
    return {
        "number": "1042",
        "name": "Carmen Ferrándiz",
        "shop": "Tienda Azul",
        "carrier": "SEUR",
        "tracking_number": "SE10381ES",
        "tracking_link": "https://parcels.example/SE10381ES",
        "date": words.day(datetime(2026, 11, 16, 10, tzinfo=UTC)),
        "items": f"1 × {goods}: {words.money(price)}",
        "total": words.money(price),
        "code": "M-7KQ2XH4D",
        "worth": t("ui.discount.percent", percentage="10"),
        "conditions": "",
        "title": goods,
        "price": words.money(price),
        "stock": t("ui.in_stock"),
        "link": "https://shop.example/p/1",
    }
