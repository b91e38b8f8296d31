"""The Activity page: what was done, looked for, opened step by step, verified and taken along."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from flask import Response, request

from plugin import messages, web
from plugin.actions import activity, connect
from plugin.actions.console import ConsoleSeat
from plugin.actions.journal import Verdict
from plugin.actions.kinds import KINDS
from plugin.db.activity import Wanted
from plugin.db.ledger import ActionRow
from plugin.domain.actions import STATES
from plugin.errors import InvalidInput
from ui.console.pages import TEMPLATES
from ui.present.history import changed_limit, entry, steps
from ui.present.words import Words

HERE = "/console/activity"
_SHOWN = tuple(state for state in STATES if state not in ("previewed", "expired"))
_FILTERS = ("since", "until", "agent", "kind", "state", "order", "shop")


@web.overseers_only
def show_activity(seat: ConsoleSeat) -> Response:
    return _page(seat)


@web.overseers_only
def verify(seat: ConsoleSeat) -> Response:
    """Reads the whole chain."""
    return _page(seat, activity.verify(web.services(), seat.scope))


@web.overseers_only
def show_action(seat: ConsoleSeat, action: str) -> Response:
    """Every step, as the journal has it."""
    services, words = web.services(), Words(seat.locale, seat.timezone)
    told = activity.told(services, seat.scope, action)
    shops = connect.all_connections(services, seat.scope)
    shop = next((shop.label for shop in shops if shop.id == told.action.connection_id), "")
    return web.console_page(
        TEMPLATES, "console/activity_one.html", seat=seat, locale=seat.locale, shop=shop,
        detail=_detail(told.action, words), view=entry(told.action, words),
        steps=steps(told.steps, words), evidence=_evidence(told.action, words),
    )  # fmt: skip


@web.overseers_only
def show_limit_changes(seat: ConsoleSeat) -> Response:
    """Every change of who may do what."""
    words = Words(seat.locale, seat.timezone)
    found = activity.changed_limits(web.services(), seat.scope)
    return web.console_page(
        TEMPLATES, "console/activity_limits.html", seat=seat, locale=seat.locale,
        changes=[changed_limit(each, words) for each in found],
    )  # fmt: skip


@web.owner_only
def download_csv(seat: ConsoleSeat) -> Response:
    services, wanted = web.services(), _wanted(seat)
    lines = activity.as_csv(services, seat.scope, wanted)
    return _file(lines, "text/csv; charset=utf-8", "journal.csv")


@web.owner_only
def download_lines(seat: ConsoleSeat) -> Response:
    services, wanted = web.services(), _wanted(seat)
    lines = activity.as_lines(services, seat.scope, wanted)
    return _file(lines, "application/x-ndjson; charset=utf-8", "journal.jsonl")


def _file(lines: Iterator[str], content_type: str, name: str) -> Response:
    response = Response(lines, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _wanted(seat: ConsoleSeat) -> Wanted:
    return activity.read_wanted(web.services(), seat.scope, request.args)


def _page(seat: ConsoleSeat, verdict: Verdict | None = None) -> Response:
    services, words = web.services(), Words(seat.locale, seat.timezone)
    error, found = None, activity.Page((), "")
    try:
        after = request.args.get("after", "")
        found = activity.page(services, seat.scope, _wanted(seat), after)
    except InvalidInput as wrong:
        error = wrong
    labels = {shop.id: shop.label for shop in connect.all_connections(services, seat.scope)}
    asked = {name: text for name in _FILTERS if (text := request.args.get(name, ""))}
    return web.console_page(
        TEMPLATES, "console/activity.html", seat=seat, locale=seat.locale, error=error,
        entries=[(row.id, entry(row, words, labels)) for row in found.actions], labels=labels,
        typed=request.args, asked=urlencode(asked), verdict=verdict, kinds=tuple(KINDS),
        states=_SHOWN, next=urlencode({**asked, "after": found.after}) if found.after else "",
        status=error.status if error else 200,
    )  # fmt: skip


def _detail(row: ActionRow, words: Words) -> str:
    if not row.code:
        return ""
    return messages.sentence(row.code, words.locale, **{"zone": words.zone, **row.parameters})


def _evidence(row: ActionRow, words: Words) -> str:
    """Why the order was taken for the customer's."""
    reason = row.evidence.partition(":")[2]
    key = f"ui.match.{reason}"
    return words.t(key) if messages.is_known(key, words.locale) else reason
