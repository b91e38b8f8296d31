"""The Shops page: what is connected, how it is doing, and what an owner can do about it."""

from __future__ import annotations

import hashlib

from flask import Response, redirect, request
from werkzeug.wrappers import Response as WsgiResponse

from plugin import web
from plugin.actions import connect, disconnect, hear, overview, reconcile, sync
from plugin.actions.console import ConsoleSeat
from plugin.actions.overview import Overview
from plugin.errors import MostradorError, NotFound
from ui.console import cards, connecting
from ui.console.pages import TEMPLATES, render
from ui.present.words import Words

HERE = "/console/shops"


@web.signed_in
def show_shops(seat: ConsoleSeat) -> Response:
    """Every connected shop, and the ways to connect another."""
    if "X-Fragment" in request.headers:
        return _fragment(seat)
    return page(seat)


@web.owner_only
def replay(seat: ConsoleSeat, shop: str) -> WsgiResponse:
    """One parked webhook, or all of this shop."""
    services, wanted = web.services(), request.form.get("delivery", "")
    known = overview.one_shop(services, seat.scope, shop)
    if not wanted:
        hear.replay_all(services, seat.scope, known.id)
    elif wanted in [row.id for row in known.pulse.parked]:
        hear.replay(services, seat.scope, wanted)
    else:
        raise NotFound("delivery_not_found")
    return redirect(f"{HERE}#{known.id}")


@web.owner_only
def try_again(seat: ConsoleSeat, shop: str) -> Response | WsgiResponse:
    """Asks the shop now, with the credentials we have; a failure is told with its cause."""
    services = web.services()
    known = overview.one_shop(services, seat.scope, shop)
    try:
        connect.reattach_shop(services, seat.scope, known.id)
    except MostradorError as error:
        web.log_error(error)
        return connecting.failure_page(seat, known, error)
    reconcile.ask_now(services, seat.scope, known.id)
    return redirect(f"{HERE}#{known.id}")


@web.owner_only
def pause(seat: ConsoleSeat, shop: str) -> WsgiResponse:
    """The copy of the history stops after the step under way."""
    sync.pause(web.services(), seat.scope, shop)
    return redirect(f"{HERE}#{shop}")


@web.owner_only
def resume(seat: ConsoleSeat, shop: str) -> WsgiResponse:
    sync.resume(web.services(), seat.scope, shop)
    return redirect(f"{HERE}#{shop}")


@web.owner_only
def ask_disconnect(seat: ConsoleSeat, shop: str) -> Response:
    """What would happen, before it does."""
    return _disconnect_page(seat, overview.one_shop(web.services(), seat.scope, shop))


@web.owner_only
def disconnect_shop(seat: ConsoleSeat, shop: str) -> Response:
    """And what the owner still has to do at the shop."""
    services, data = web.services(), request.form.get("data", "")
    known = overview.one_shop(services, seat.scope, shop)
    if data not in ("keep", "erase"):
        return _disconnect_page(seat, known, wrong=True)
    parted = disconnect.disconnect(
        services, seat.scope, known.id, data="erase" if data == "erase" else "keep", who=seat.name
    )
    return web.console_page(
        TEMPLATES, "console/parted.html", seat=seat, locale=seat.locale, shop=known,
        notes=[note.text(seat.locale) for note in disconnect.notes_of(parted)],
    )  # fmt: skip


def _disconnect_page(seat: ConsoleSeat, shop: Overview, *, wrong: bool = False) -> Response:
    return web.console_page(
        TEMPLATES, "console/disconnect.html", seat=seat, locale=seat.locale, shop=shop,
        lives=shop.disconnected_at is None, wrong=wrong, status=422 if wrong else 200,
    )  # fmt: skip


@web.owner_only
def claim_code(seat: ConsoleSeat) -> Response:
    """Shown in the answer itself: a code in an address would stay in the history."""
    return page(seat, code=connect.make_claim_code(web.services(), seat.scope))


def page(seat: ConsoleSeat, code: str = "") -> Response:
    platforms = web.services().stores.values()
    return web.console_page(
        TEMPLATES, "console/shops.html", seat=seat, locale=seat.locale, cards=_cards(seat),
        code=code, platforms=sorted(platforms, key=lambda platform: platform.label),
    )  # fmt: skip


def _fragment(seat: ConsoleSeat) -> Response:
    """The shops alone, for the page that stays open; 304 while nothing changed."""
    html = render(
        TEMPLATES, "console/shop_list.html", seat.locale, seat=seat, csrf=seat.csrf,
        cards=_cards(seat),
    )  # fmt: skip
    tag = f'"{hashlib.sha256(html.encode()).hexdigest()[:20]}"'
    if request.headers.get("If-None-Match") == tag:
        response = Response(status=304)
    else:
        response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["ETag"] = tag
    return response


def _cards(seat: ConsoleSeat) -> list[cards.Card]:
    services, words = web.services(), Words(seat.locale, seat.timezone)
    shops = overview.all_shops(services, seat.scope)
    return [cards.card(shop, services.clock(), words) for shop in shops]
