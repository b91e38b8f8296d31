"""Helpdesks, Team and the page of our own, on a phone and at a desk, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from integrations import registry
from integrations.http import ApiClient
from integrations.sandbox.serving import in_thread
from plugin.actions import access, accounts, installs, team
from plugin.actions.accounts import Person
from plugin.app import create_app
from plugin.db import people
from tests.plugin.conftest import Desk, desk
from tests.plugin.pairing import Browser

__all__ = ["desk"]

EMAIL, PASSWORD = "alba@casa-oliva.example", "tres palabras sueltas"
PEM = "-----BEGIN PUBLIC KEY-----\n" + 3 * f"{'MIIB' * 16}\n" + "-----END PUBLIC KEY-----"
PHONE, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def console(desk: Desk) -> Iterator[str]:
    """The app in this process: an owner, two helpdesks, a viewer who asks, a paired browser."""
    made: dict[str, Any] = {}
    with in_thread(lambda environ, start: made["app"](environ, start)) as url:
        settings = replace(desk.services.settings, development=True, public_url=url)
        known = {**registry.helpdesks(), **desk.services.helpdesks}
        http = ApiClient(allow_loopback=True, allow_http=True)
        desk.services = replace(desk.services, settings=settings, helpdesks=known, http=http)
        owner = Person(password=PASSWORD, email=EMAIL, name="Alba")
        accounts.add_owner(desk.services, desk.scope, owner)
        team.invite(desk.services, desk.scope, email="vera@shop.example", name="Vera", role="agent")
        installs.install_helpdesk(
            desk.services, desk.scope, helpdesk="generic", label="Bandeja",
            origins=["https://help.example"],
        )  # fmt: skip
        Browser(desk).paired()
        agent_id = desk.seat("nuria").agent_id
        with desk.services.database.writing() as connection:
            people.change_agent(desk.scope, connection, agent_id, role="viewer")
        access.ask_for_access(desk.services, desk.seat("nuria"))
        made["app"] = create_app(services=desk.services)
        yield url


@pytest.mark.parametrize(("locale", "size"), [("es-ES", PHONE), ("en-GB", WIDE)])
def test_pages_read_well_and_work_by_keyboard(
    console: str, desk: Desk, open_page: Callable[..., Page],
    axe: Callable[[Page | Frame], list[str]], screenshot: Callable[..., Path], locale: str,
    size: dict[str, int],
) -> None:  # fmt: skip
    page = open_page(locale=locale, viewport=size)
    page.goto(f"{console}/console/login?lang={locale[:2]}")
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page.locator("nav")).to_be_visible()
    if locale.startswith("en"):
        page.locator("details.who summary").click()
        page.get_by_role("button", name="English").click()

    packed = installs.install_helpdesk(
        desk.services, desk.scope, helpdesk="zendesk", label="Soporte",
        origins=["https://tienda.zendesk.com"], fields={"public_key": PEM},
    )  # fmt: skip
    for path in (
        "helpdesks", "helpdesks/add/generic", "helpdesks/add/zendesk",
        f"helpdesks/{desk.install_id}", f"helpdesks/{packed.id}", "team",
    ):  # fmt: skip
        page.goto(f"{console}/console/{path}")
        name = path.replace(desk.install_id, "install").replace(packed.id, "packed")
        screenshot(page, f"{name.replace('/', '-')}-{locale}")
        assert axe(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], f"{path} is {wide} wide"
    mailbox = installs.install_helpdesk(
        desk.services, desk.scope, helpdesk="freescout", label="", origins=["https://help.example"]
    )
    page.goto(f"{console}/console/helpdesks/{mailbox.id}")
    page.get_by_role("button", name=re.compile("buzón|mailbox")).press("Enter")
    expect(page.locator("#found .notice")).to_have_count(3)
    expect(page.locator("#found .good")).to_have_count(2)  # over http here, which https bars
    screenshot(page, f"mailbox-{locale}")
    assert axe(page) == []
    page.goto(f"{console}/desk")
    expect(page.get_by_role("searchbox")).to_be_visible()
    screenshot(page, f"desk-{locale}")
    assert axe(page) == []
