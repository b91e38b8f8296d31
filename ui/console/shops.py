"""The Shops page."""

from __future__ import annotations

from flask import Response

from plugin import web
from plugin.actions import connect
from plugin.actions.console import ConsoleSeat
from ui.console.pages import TEMPLATES


@web.signed_in
def show_shops(seat: ConsoleSeat) -> Response:
    """Every connected shop, and the ways to connect another."""
    services = web.services()
    return web.console_page(
        TEMPLATES, "console/shops.html", seat=seat, locale=seat.locale,
        shops=connect.all_connections(services, seat.scope),
        pages=[
            (platform.label, f"/connect/{platform.key}/{platform.connect_page}")
            for platform in services.stores.values() if platform.connect_page
        ],
    )  # fmt: skip
