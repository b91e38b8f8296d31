"""The service in this process with a helpdesk on another site beside it: no worker, no shop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, FrameLocator, Page

from integrations import registry
from integrations.sandbox.serving import in_thread
from plugin.actions import accounts, installs, pairing
from plugin.actions.accounts import Person
from plugin.actions.installs import Installed
from plugin.app import create_app
from plugin.services import Services
from tests.hosts.secure import PANEL, Street
from tests.plugin.conftest import Desk
from tests.plugin.pairing import ANA


@dataclass
class Place:
    """`panel` and `host` are two sites; `install` is what the helpdesk was given, `app` ours."""

    desk: Desk
    services: Services
    panel: str
    host: str
    install: Installed
    app: Flask = field(default_factory=lambda: Flask("nobody"))

    def confirm(self, frame: FrameLocator, person: pairing.Person = ANA) -> None:
        """Somebody allows the browser whose frame shows a code; it asks every two seconds, by the
        clock that the test installed."""
        link = frame.locator("[data-pair-link]")
        address = link.get_attribute("href")
        assert address
        code = frame.locator(".pairing .code").inner_text()
        pairing_id = address.rpartition("/pair/")[2]
        pairing.confirm(self.services, self.desk.scope, pairing_id, code, person)
        frame.owner.page.clock.fast_forward(3000)


@contextmanager
def placed(desk: Desk, helpdesk: str, make: Callable[[str, Installed], Flask]) -> Iterator[Place]:
    """`make` gives the helpdesk's app for the panel's address and the install."""
    made: dict[str, Any] = {}
    with (
        in_thread(lambda environ, start: made["panel"](environ, start)) as url,
        in_thread(lambda environ, start: made["host"](environ, start)) as host,
    ):
        panel = url.replace("127.0.0.1", "localhost")
        place = _install(desk, panel, host, helpdesk, development=True)
        made["panel"] = place.app = create_app(services=place.services)
        made["host"] = make(panel, place.install)
        yield place


@contextmanager
def named(
    desk: Desk, street: Street, browser: Browser, helpdesk: str, host: str,
    make: Callable[[Place], Flask], expected: str = "", **fields: str,
) -> Iterator[tuple[Place, Page]]:  # fmt: skip
    """The same by https names, for SDKs that ask for them."""
    place = _install(desk, f"https://{PANEL}", f"https://{host}", helpdesk, **fields)
    place.app = create_app(services=place.services)
    apps = {PANEL: place.app, host: make(place)}
    with street.page(browser, apps, expected) as page:
        yield place, page


def _install(
    desk: Desk, panel: str, host: str, helpdesk: str, *, development: bool = False, **fields: str
) -> Place:
    desk.clock.now = datetime.now(UTC)
    settings = replace(desk.services.settings, development=development, public_url=panel)
    known = {**registry.helpdesks(), **desk.services.helpdesks}
    services = replace(desk.services, settings=settings, helpdesks=known)
    owner = Person(password="tres palabras sueltas", email="alba@shop.example", name="Alba")
    accounts.add_owner(services, desk.scope, owner)
    install = installs.install_helpdesk(
        services, desk.scope, helpdesk=helpdesk, label="Inbox", origins=[host],
        default_role="agent", fields=fields,
    )  # fmt: skip
    return Place(desk, services, panel, host, install)
