"""The Limits page: what each role may do and how much, the fuse, and the reasons to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from flask import Response, redirect, request
from werkzeug.wrappers import Response as WsgiResponse

from plugin import web
from plugin.actions import limits
from plugin.actions.console import ConsoleSeat
from plugin.actions.kinds import KINDS
from plugin.actions.limits import SPANS, LimitsView
from plugin.domain.money import Money
from plugin.domain.policy import LIMITED
from plugin.errors import MostradorError, NotFound
from ui.console.pages import TEMPLATES

HERE = "/console/limits"


@web.owner_only
def show_limits(seat: ConsoleSeat) -> Response:
    return _page(seat)


@web.owner_only
def change_role(seat: ConsoleSeat, role: str) -> Response | WsgiResponse:
    """Everything of one role at once."""
    if role not in LIMITED:
        raise NotFound("page_not_found")
    try:
        limits.change_role(web.services(), seat.scope, role, request.form.to_dict(), seat.name)
    except MostradorError as error:
        return _page(seat, error, role)
    return _saved(role)


@web.owner_only
def change_fuses(seat: ConsoleSeat) -> Response | WsgiResponse:
    try:
        limits.change_fuses(web.services(), seat.scope, request.form.to_dict(), seat.name)
    except MostradorError as error:
        return _page(seat, error, "fuse")
    return _saved("fuse")


@web.owner_only
def change_reasons(seat: ConsoleSeat, kind: str) -> Response | WsgiResponse:
    if kind not in KINDS:
        raise NotFound("page_not_found")
    text = request.form.get("reasons", "")
    try:
        limits.change_reasons(web.services(), seat.scope, kind, text, seat.name)
    except MostradorError as error:
        return _page(seat, error, f"reasons-{kind}")
    return _saved(f"reasons-{kind}")


def _saved(part: str) -> WsgiResponse:
    """Back to the part that was saved, which says so."""
    return redirect(f"{HERE}?saved={part}#{part}")


def _page(seat: ConsoleSeat, error: MostradorError | None = None, part: str = "") -> Response:
    """`part` is the form that was sent and could not be used: it keeps what was typed."""
    view = limits.limits(web.services(), seat.scope)
    return web.console_page(
        TEMPLATES, "console/limits.html", seat=seat, locale=seat.locale, view=view, spans=SPANS,
        values=_values(view, seat.locale), typed=request.form, part=part, error=error,
        saved="" if error else request.args.get("saved", ""),
        status=error.status if error else 200,
    )  # fmt: skip


def _values(view: LimitsView, locale: str) -> Mapping[str, str]:
    """What stands in the fields: `<role>.<span>.<kind>.<currency>` and `fuse.<currency>`."""
    found = {f"fuse.{at}": _written(limit, at, locale) for at, limit in view.fuses.items()}
    for role in view.roles:
        for rule in role.kinds:
            for currency, known in rule.limits.items():
                for span in SPANS:
                    name = f"{role.role}.{span}.{rule.kind}.{currency}"
                    found[name] = _written(getattr(known, span), currency, locale)
    return found


def _written(limit: Decimal | None, currency: str, locale: str) -> str:
    if limit is None:
        return ""
    return Money(limit, currency).text().replace(".", "," if locale == "es" else ".")
