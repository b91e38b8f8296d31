"""Connecting a shop by keys: the form, what went wrong with a message for the hosting, and how it
went. What was typed is kept, sealed, so that trying again is one click."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, request

from plugin import messages, web
from plugin.actions import connect, overview
from plugin.actions.connect import Attached
from plugin.actions.console import ConsoleSeat
from plugin.actions.overview import Overview
from plugin.errors import InvalidInput, LinkRefused, MostradorError, NotFound
from plugin.ports.store import Field, StorePlatform
from ui.console.pages import TEMPLATES

KEPT_FOR = timedelta(minutes=30)
_LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One field of the form; a secret is never shown again, `kept` says that it is there."""

    name: str
    label: str
    help: str
    secret: bool
    required: bool
    value: str
    kept: bool


@web.owner_only
def keys_form(seat: ConsoleSeat, platform: str) -> Response:
    """With what another page knows of the address, or for another key of a connected shop."""
    known = _platform(platform)
    shop = _shop(seat, known)
    typed = {"address": request.args.get("address", "")[:_LONGEST]}
    typed = {"address": shop.address, "label": shop.label} if shop else typed
    return _form(seat, known, shop, typed)


@web.owner_only
def connect_by_keys(seat: ConsoleSeat, platform: str) -> Response:
    """Tries what was typed at the shop itself, and connects."""
    services, known = web.services(), _platform(platform)
    shop = _shop(seat, known)
    typed = _typed(known)
    try:
        _check_complete(known, typed)
        made = connect.attach_shop(
            services, seat.scope, platform=known.key, label=typed.get("label", ""),
            address=typed.get("address", ""), credentials=_credentials(known, typed),
        )  # fmt: skip
    except MostradorError as error:
        web.log_error(error)
        return _form(seat, known, shop, typed, error)
    return _connected(seat, made)


def failure_page(seat: ConsoleSeat, shop: Overview, error: MostradorError) -> Response:
    """A connected shop that does not let us in now."""
    return web.console_page(
        TEMPLATES, "console/failure.html", seat=seat, locale=seat.locale, shop=shop,
        failure=_failure(error, seat.locale),
    )  # fmt: skip


def _connected(seat: ConsoleSeat, made: Attached) -> Response:
    notes = [*dict.fromkeys(item.reason for item in made.missing), *made.notices]
    return web.console_page(
        TEMPLATES, "console/connected.html", seat=seat, locale=seat.locale, made=made,
        notes=notes,
    )  # fmt: skip


def _form(
    seat: ConsoleSeat, platform: StorePlatform, shop: Overview | None, typed: Mapping[str, str],
    error: MostradorError | None = None,
) -> Response:  # fmt: skip
    kept = ""
    if error is not None and any(typed.get(field.name) for field in platform.connect_fields):
        kept = connect.begin(
            web.services(), platform=_kept_as(platform), scope=seat.scope, payload=typed,
            life=KEPT_FOR,
        )  # fmt: skip
    steps = f"connect.{platform.key}.steps"
    return web.console_page(
        TEMPLATES, "console/connect.html", seat=seat, locale=seat.locale, platform=platform,
        shop=shop, label=typed.get("label", ""), kept=kept, status=422 if error else 200,
        questions=[
            _question(platform, field, typed, seat.locale, kept=bool(kept))
            for field in platform.connect_fields
        ],
        steps=messages.label(steps, seat.locale) if messages.has(steps) else "",
        failure=_failure(error, seat.locale) if error else None,
        wrong=str(error.parameters.get("field", "")) if error else "",
    )  # fmt: skip


def _question(
    platform: StorePlatform, field: Field, typed: Mapping[str, str], locale: str, *, kept: bool
) -> Question:
    """In the owner's words where there are any, else in the platform's."""
    key = f"connect.{platform.key}.{field.name}"
    known, value = messages.has(key), typed.get(field.name, "")
    return Question(
        name=field.name,
        label=messages.label(key, locale) if known else field.name.replace("_", " "),
        help=messages.label(f"{key}.help", locale) if known else field.help,
        secret=field.secret,
        required=field.required,
        value="" if field.secret else value,
        kept=kept and field.secret and bool(value),
    )


def _failure(error: MostradorError, locale: str) -> web.Failure:
    return web.failure_of(error.code, locale, error.parameters)


def _typed(platform: StorePlatform) -> dict[str, str]:
    """The form; what was kept of the try before stands in for what was left empty."""
    names = ["label", *(field.name for field in platform.connect_fields)]
    typed = {name: request.form.get(name, "").strip()[:_LONGEST] for name in names}
    with suppress(LinkRefused):  # too late: it has to be typed again
        _, before = connect.finish(web.services(), _kept_as(platform), request.form.get("kept", ""))
        secrets = [field.name for field in platform.connect_fields if field.secret]
        typed |= {name: before.get(name, "") for name in secrets if not typed[name]}
    return typed


def _check_complete(platform: StorePlatform, typed: Mapping[str, str]) -> None:
    for field in platform.connect_fields:
        if field.required and not typed.get(field.name):
            raise InvalidInput("field_missing", field=field.name)


def _credentials(platform: StorePlatform, typed: Mapping[str, str]) -> dict[str, str]:
    names = [field.name for field in platform.connect_fields if field.name != "address"]
    return {name: typed[name] for name in names if typed[name]}


def _kept_as(platform: StorePlatform) -> str:
    return f"console:{platform.key}"


def _platform(key: str) -> StorePlatform:
    known = web.services().stores.get(key)
    if known is None or not known.connect_fields:
        raise NotFound("page_not_found")
    return known


def _shop(seat: ConsoleSeat, platform: StorePlatform) -> Overview | None:
    wanted = request.values.get("shop", "")
    if not wanted:
        return None
    shop = overview.one_shop(web.services(), seat.scope, wanted)
    if shop.platform != platform.key:
        raise NotFound("connection_not_found")
    return shop
