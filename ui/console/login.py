"""Logging in and out, the language, and the pages behind one-time links."""

from __future__ import annotations

from flask import Response, redirect, request
from werkzeug.wrappers import Response as WsgiResponse

from plugin import web
from plugin.actions import accounts, console
from plugin.actions.accounts import LinkView, Person
from plugin.actions.console import ConsoleSeat
from plugin.actions.workspaces import NewWorkspace, read_workspace
from plugin.domain.identity import normal_email
from plugin.errors import ActionRefused, LaunchRefused
from plugin.messages import LOCALES
from ui.console import places
from ui.console.pages import TEMPLATES

HOME = "/console"


def show_login() -> Response | WsgiResponse:
    """The login, or straight on for somebody who is logged in."""
    if web.known_seat() is not None:
        return redirect(_next())
    return _login_page()


def log_in() -> Response | WsgiResponse:
    """The form again with one sentence if it does not fit."""
    web.check_origin()
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        token = console.log_in(web.services(), email, password)
    except LaunchRefused as error:
        return _login_page(error.code, error.status, email=email)
    response = redirect(_next())
    web.start_session(response, token)
    return response


@web.signed_in
def log_out(seat: ConsoleSeat) -> WsgiResponse:
    console.log_out(web.services(), seat)
    response = redirect(f"{web.LOGIN}?lang={seat.locale}")
    web.end_session(response)
    return response


@web.signed_in
def change_language(seat: ConsoleSeat) -> WsgiResponse:
    """And back to where one was."""
    console.change_locale(web.services(), seat, request.form.get("locale", ""))
    return redirect(_next())


def show_link(secret: str) -> Response:
    """What the link asks for; looking uses nothing up, as mail programs look too."""
    return _link_page(accounts.look_at_link(web.services(), secret), secret)


def use_link(secret: str) -> Response | WsgiResponse:
    """Makes what the link is for and logs in."""
    web.check_origin()
    view = accounts.look_at_link(web.services(), secret)
    try:
        workspace = _workspace() if view.new_workspace else None
        scope, account_id = accounts.use_link(web.services(), secret, _person(), workspace)
    except ActionRefused as error:
        return _link_page(view, secret, error)
    response = redirect(HOME)
    web.start_session(response, console.start_session(web.services(), scope, account_id))
    return response


def account() -> str:
    """Whose password is guessed, from wherever."""
    return normal_email(request.form.get("email", "")) or "-"


def locale() -> str:
    """As chosen on the page, else as the browser prefers."""
    chosen = request.values.get("lang", "")
    return chosen if chosen in LOCALES else web.locale_of(request)


def _next() -> str:
    return web.own_path(request.values.get("next", "")) or HOME


def _login_page(code: str = "", status: int = 200, email: str = "") -> Response:
    return web.console_page(
        TEMPLATES, "console/login.html", seat=None, locale=locale(), status=status,
        next=web.own_path(request.values.get("next", "")), code=code, email=email,
    )  # fmt: skip


def _link_page(view: LinkView, secret: str, error: ActionRefused | None = None) -> Response:
    chosen = locale() if request.values.get("lang") or not view.email else view.locale
    return web.console_page(
        TEMPLATES, "console/link.html", seat=None, locale=chosen, view=view, secret=secret,
        status=error.status if error else 200, error=error, form=request.form,
        countries=places.countries(chosen), zones=places.zones(), least=accounts.LEAST_PASSWORD,
    )  # fmt: skip


def _person() -> Person:
    form = request.form
    return Person(
        password=form.get("password", ""), email=form.get("email", ""),
        name=form.get("name", ""), locale=locale(),
    )  # fmt: skip


def _workspace() -> NewWorkspace:
    form = request.form
    return read_workspace(
        form.get("workspace", ""), form.get("country", ""), form.get("timezone", ""),
        form.get("own_domains", ""),
    )  # fmt: skip
