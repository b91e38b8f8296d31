"""The Helpdesks page: what is installed where, the exact steps, and whether anything arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from flask import Response, redirect, request
from werkzeug.wrappers import Response as WsgiResponse

from plugin import web
from plugin.actions import installs, workspaces
from plugin.actions import try_install as trying
from plugin.actions.console import ConsoleSeat
from plugin.actions.installs import InstallView
from plugin.actions.try_install import Finding
from plugin.domain.policy import ROLES
from plugin.errors import MostradorError, NotFound
from plugin.ports.helpdesk import HelpdeskPlatform
from ui.console.pages import TEMPLATES, render
from ui.present.words import Words

HERE = "/console/helpdesks"
CHOICES = tuple(role for role in ROLES if role != "owner")


@web.owner_only
def show_helpdesks(seat: ConsoleSeat) -> Response:
    """Every install, the helpdesks to choose from, and who never counts as a writer."""
    return _listed(seat)


@web.owner_only
def change_domains(seat: ConsoleSeat) -> Response | WsgiResponse:
    """The mail domains of the business."""
    try:
        workspaces.change_domains(web.services(), seat.scope, request.form.get("own_domains", ""))
    except MostradorError as error:
        return _listed(seat, error)
    return redirect(f"{HERE}#writers")


def _listed(seat: ConsoleSeat, error: MostradorError | None = None) -> Response:
    services = web.services()
    platforms = sorted(services.helpdesks.values(), key=lambda platform: platform.label)
    return web.console_page(
        TEMPLATES, "console/helpdesks.html", seat=seat, locale=seat.locale,
        installs=installs.all_installs(services, seat.scope),
        platforms=[platform for platform in platforms if not platform.link],
        words=Words(seat.locale, seat.timezone), error=error,
        domains=request.form.get("own_domains")
        or ", ".join(workspaces.own_domains(services, seat.scope)),
        status=error.status if error else 200,
    )  # fmt: skip


@web.owner_only
def add_form(seat: ConsoleSeat, platform: str) -> Response:
    """What has to be known before there is an address."""
    return _form(seat, _platform(platform))


@web.owner_only
def add_helpdesk(seat: ConsoleSeat, platform: str) -> Response | WsgiResponse:
    """Makes the install and leads to its steps."""
    known, form = _platform(platform), request.form
    try:
        made = installs.install_helpdesk(
            web.services(), seat.scope, helpdesk=known.key, label=form.get("label", ""),
            origins=form.get("origins", "").split(), default_role=form.get("role", ""),
            fields={each.name: form.get(f"field.{each.name}", "") for each in known.fields},
        )  # fmt: skip
    except MostradorError as error:
        return _form(seat, known, error)
    return redirect(f"{HERE}/{made.id}")


@web.owner_only
def show_install(seat: ConsoleSeat, install: str) -> Response:
    """Numbered steps with the values to copy, and what arrived so far."""
    services = web.services()
    view = installs.one_install(services, seat.scope, install)
    if "X-Fragment" in request.headers:
        return _arrived(seat, view)
    return _shown(seat, view)


@web.owner_only
def try_install(seat: ConsoleSeat, install: str) -> Response:
    """The same page with what a trial found."""
    services = web.services()
    found = trying.try_install(services, seat.scope, install)
    return _shown(seat, installs.one_install(services, seat.scope, install), found)


@web.owner_only
def change_install(seat: ConsoleSeat, install: str) -> WsgiResponse:
    """The role of agents whom the helpdesk names from now on, and values it gave meanwhile."""
    services, form = web.services(), request.form
    platform = installs.one_install(services, seat.scope, install).platform
    installs.change_install(services, seat.scope, install, default_role=form.get("role", ""))
    given = {each.name: form.get(f"field.{each.name}") for each in platform.fields}
    values = {name: text for name, text in given.items() if text is not None}
    if values:
        installs.fill_fields(services, seat.scope, install, values)
    return redirect(f"{HERE}/{install}")


@web.owner_only
def download_package(seat: ConsoleSeat, install: str) -> Response:
    """The archive that the helpdesk wants uploaded."""
    name, archive = installs.package(web.services(), seat.scope, install)
    response = Response(archive, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _shown(seat: ConsoleSeat, view: InstallView, found: Sequence[Finding] = ()) -> Response:
    return web.console_page(
        TEMPLATES, "console/install.html", seat=seat, locale=seat.locale, view=view, found=found,
        values=installs.describe(web.services(), seat.scope, view.id).values, roles=CHOICES,
        words=Words(seat.locale, seat.timezone),
    )  # fmt: skip


def _platform(key: str) -> HelpdeskPlatform:
    platform = web.services().helpdesks.get(key)
    if platform is None or platform.link:
        raise NotFound("page_not_found")
    return platform


def _form(
    seat: ConsoleSeat, platform: HelpdeskPlatform, error: MostradorError | None = None
) -> Response:
    return web.console_page(
        TEMPLATES, "console/add_helpdesk.html", seat=seat, locale=seat.locale, platform=platform,
        error=error, form=request.form, roles=CHOICES, status=error.status if error else 200,
        framed=platform.lookup is None or platform.claimed is not None,
    )  # fmt: skip


def _arrived(seat: ConsoleSeat, view: InstallView) -> Response:
    html = render(
        TEMPLATES, "console/arrived.html", seat.locale, view=view,
        words=Words(seat.locale, seat.timezone),
    )  # fmt: skip
    tag = f'"{hashlib.sha256(html.encode()).hexdigest()[:20]}"'
    if request.headers.get("If-None-Match") == tag:
        response = Response(status=304)
    else:
        response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["ETag"] = tag
    return response
