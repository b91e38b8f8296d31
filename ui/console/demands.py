"""What customers may demand: every demand with its state and the day it is due, reports to hand
on, and the same by hand for shops that send no demands."""

from __future__ import annotations

from flask import Response, redirect, request
from werkzeug.wrappers import Response as WsgiResponse

from plugin import web
from plugin.actions import connect, privacy, privacy_report
from plugin.actions.console import ConsoleSeat
from plugin.errors import InvalidInput, MostradorError
from plugin.ports.webhooks import Demand
from ui.console.pages import TEMPLATES
from ui.present.words import Words

HERE = "/console/privacy"
_SHOWN = 100


@web.owner_only
def show_demands(seat: ConsoleSeat) -> Response:
    return _page(seat)


@web.owner_only
def demand(seat: ConsoleSeat) -> Response | WsgiResponse:
    """A report at once; an erasure by the worker, after the owner said that the shop comes
    first."""
    services, who = web.services(), request.form.get("who", "")
    try:
        erases = request.form.get("what") == "erase"
        if erases and not request.form.get("sure"):
            raise InvalidInput("erase_not_confirmed", field="sure")
        wanted = Demand(kind="erase_customer" if erases else "report", **privacy.whom(who))
        asked = privacy.ask(services, seat.scope, request.form.get("shop", ""), wanted)
    except MostradorError as error:
        web.log_error(error)
        return _page(seat, error)
    if not erases:
        return _report(seat, asked)
    services.wake("privacy", seat.scope.workspace_id, asked)
    return redirect(HERE)


@web.owner_only
def fetch_report(seat: ConsoleSeat, demand_id: str) -> Response:
    return _report(seat, demand_id)


def _report(seat: ConsoleSeat, demand_id: str) -> Response:
    """A file to be handed to the customer; it is stored nowhere."""
    report = privacy_report.report(web.services(), seat.scope, demand_id)
    response = Response(
        privacy_report.as_page(report, seat.locale), content_type="text/html; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{demand_id}.html"'
    return response


def _page(seat: ConsoleSeat, error: MostradorError | None = None) -> Response:
    services, words = web.services(), Words(seat.locale, seat.timezone)
    return web.console_page(
        TEMPLATES, "console/privacy.html", seat=seat, locale=seat.locale,
        demands=privacy.requests(services, seat.scope, _SHOWN), day=words.day, error=error,
        shops=connect.all_connections(services, seat.scope), typed=request.form,
        status=422 if error else 200,
    )  # fmt: skip
