"""Limits, and what waits, on a phone and at a desk, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from integrations import registry
from integrations.sandbox.serving import in_thread
from plugin.actions import accounts
from plugin.actions.accounts import Person
from plugin.app import create_app
from plugin.db import connections as installed
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk, desk, shop
from tests.ui.console.test_waiting import asked

__all__ = ["desk", "shop"]

EMAIL, PASSWORD = "alba@casa-oliva.example", "tres palabras sueltas"
PHONE, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def console(desk: Desk, shop: FakeShop) -> Iterator[str]:
    """The app in this process: an owner, two helpdesks, a viewer who asks, a paired browser."""
    made: dict[str, Any] = {}
    with in_thread(lambda environ, start: made["app"](environ, start)) as url:
        settings = replace(desk.services.settings, development=True, public_url=url)
        known = {**registry.helpdesks(), **desk.services.helpdesks}
        desk.services = replace(desk.services, settings=settings, helpdesks=known)
        owner = Person(password=PASSWORD, email=EMAIL, name="Alba")
        accounts.add_owner(desk.services, desk.scope, owner)
        with desk.services.database.writing() as connection:
            for shop, currency in (("blue", "EUR"), ("olive", "MXN")):
                known = {"currency": currency, "timezone": "Europe/Madrid"}
                installed.change_connection(desk.scope, connection, desk.shops[shop], **known)
        asked(desk)
        made["app"] = create_app(services=desk.services)
        yield url


@pytest.mark.parametrize(("locale", "size"), [("es-ES", PHONE), ("en-GB", WIDE)])
def test_pages_read_well_and_work_by_keyboard(
    console: str, desk: Desk, open_page: Callable[..., Page],
    axe: Callable[[Page | Frame], list[str]], screenshot: Callable[..., Path], locale: str,
    size: dict[str, int], expected_errors: list[str],
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

    def looks_well(name: str) -> None:
        screenshot(page, f"{name}-{locale}")
        assert axe(page) == [], name
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], f"{name} is {wide} wide"

    page.goto(f"{console}/console/limits")
    looks_well("limits")
    expected_errors.append("422")
    field = page.locator('[name="per_action.refund.EUR"]').first
    field.fill("mucho")
    field.press("Enter")
    expect(page.locator('[aria-invalid="true"]')).to_have_count(1)
    looks_well("limits-wrong")
    page.locator('[aria-invalid="true"]').fill("50")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_be_visible()
    assert page.locator('[name="per_action.refund.EUR"]').first.input_value() in ("50,00", "50.00")

    page.get_by_role("link", name=re.compile("^(Pendientes|Waiting)")).press("Enter")
    looks_well("waiting")
    page.locator("main .acted a").press("Enter")
    looks_well("waiting-one")
    page.locator('[value="approve"]').press("Enter")
    expect(page.get_by_role("status")).to_be_visible()
    looks_well("waiting-approved")
    page.get_by_role("link", name=re.compile("^(Actividad|Activity)")).press("Enter")
    looks_well("activity")
    page.locator("main .acted a").press("Enter")
    looks_well("activity-one")
    page.goto(f"{console}/console/activity/limits")
    looks_well("activity-limits")
    page.goto(f"{console}/desk")
    page.get_by_role("searchbox").fill("carmen@example.com")
    page.get_by_role("searchbox").press("Enter")
    page.locator("details.history summary").first.press("Enter")
    expect(page.locator("details.history .entry")).to_have_count(1)
    looks_well("history")
