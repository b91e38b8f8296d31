"""An owner brings an app of their own, the shop lets it in, and its admin frames our page: with
third-party cookies out of the way, by real session tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from integrations.sandbox.serving import in_thread
from integrations.sandbox.shopify import DOMAIN
from plugin.actions import accounts
from plugin.actions.accounts import Person
from plugin.app import create_app
from tests.integrations.stores.shopify.lab import Lab, a_lab

EMAIL, PASSWORD = "alba@casa-oliva.example", "tres palabras sueltas"


@dataclass
class Place:
    """Our web on one site, the shop and its admin on another."""

    lab: Lab
    web: str

    def admin(self, page: Page, lang: str = "es") -> FrameLocator:
        page.goto(f"{self.lab.shop}/admin?lang={lang}")
        return page.frame_locator("#app")


@pytest.fixture(params=[False, True], ids=["own-app", "listed-app"])
def place(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> Iterator[Place]:
    with a_lab(sqlite_url, tmp_path, common=request.param) as lab:
        accounts.add_owner(
            lab.services, lab.scope, Person(password=PASSWORD, email=EMAIL, name="Alba")
        )
        app = create_app(services=lab.services)
        with in_thread(app) as url:
            web = f"http://localhost:{urlsplit(url).port}"
            services = lab.services
            settings = replace(services.settings, public_url=web)
            app.extensions["mostrador"] = replace(services, settings=settings)
            lab.control(app_url=web)
            yield Place(lab, web)


@pytest.mark.parametrize("place", [False], ids=["own-app"], indirect=True)
def test_an_own_app_from_its_keys_to_the_page_in_the_admin(
    place: Place, open_page: Callable[..., Page], axe: Any, screenshot: Any
) -> None:
    keys = open_page()
    keys.goto(f"{place.lab.shop}/dashboard")
    owner = open_page(viewport={"width": 1280, "height": 900})
    owner.goto(f"{place.web}/console/login?next=/connect/shopify/start")
    owner.fill("#email", EMAIL)
    owner.fill("#password", PASSWORD)
    owner.locator("form .go").click()
    expect(owner.locator("summary", has_text="Cómo crear una app propia")).to_be_visible()
    screenshot(owner.locator("main"), "shop-admin-steps")
    assert axe(owner) == []

    owner.fill("#client_id", keys.inner_text("#client-id"))
    owner.fill("#secret", keys.inner_text("#secret"))
    owner.click("text=Guardar claves")
    owner.fill("#shop-domain", DOMAIN)
    owner.click("text=Conceder acceso en la tienda")
    owner.click("text=Instalar >> nth=-1")
    expect(owner).to_have_url(f"{place.web}/console/shops")
    expect(owner.locator("main")).to_contain_text("Tienda Azul")
    owner.goto(f"{place.web}/connect/shopify/start")
    expect(owner.locator("#rights")).to_contain_text("solo los últimos 60 días")
    screenshot(owner.locator("main"), "shop-admin-rights")
    assert axe(owner) == []

    shop = open_page(viewport={"width": 1100, "height": 800})
    framed = place.admin(shop)
    expect(framed.locator("h1")).to_have_text("Tienda Azul")
    expect(framed.locator(".tag")).to_have_text("conectada")
    screenshot(shop, "shop-admin-es")
    assert axe(shop.frames[1]) == []
    with shop.expect_popup() as opened:
        framed.locator("text=Abrir la consola").click()
    expect(opened.value).to_have_url(f"{place.web}/console/login?next=/console/shops")

    shop.evaluate("url => { document.getElementById('app').src = url }",
                  f"{place.web}/admin/shopify/?shop={DOMAIN}&locale=en")  # fmt: skip
    expect(framed.locator(".tag")).to_have_text("connected")
    assert shop.context.cookies(place.web) == []


@pytest.mark.parametrize("place", [True], ids=["listed-app"], indirect=True)
def test_a_shop_that_nobody_knows_gets_a_workspace_in_its_own_admin(
    place: Place, open_page: Callable[..., Page], axe: Any, screenshot: Any
) -> None:
    shop = open_page(viewport={"width": 390, "height": 900}, locale="en-GB")
    shop.goto(f"{place.lab.shop}/admin?lang=en")
    shop.click("text=Install the app")
    framed = shop.frame_locator("#app")
    expect(framed.locator("h1")).to_have_text("Welcome to Mostrador")
    screenshot(shop, "shop-admin-welcome-phone")
    assert axe(shop.frames[1]) == []

    framed.locator("#name").fill("Noa")
    framed.locator("#email").fill("noa@tienda.example")
    framed.locator("#country").select_option("ES")
    with shop.expect_popup() as opened:
        framed.locator("text=Connect and choose a password").click()
    opened.value.wait_for_url(f"{place.web}/console/link/*")
    expect(framed.locator("h1")).to_have_text("Tienda Azul")
    screenshot(shop, "shop-admin-new-phone")
    with shop.expect_popup() as inside:
        framed.locator("text=Open the console").click()
    expect(inside.value).to_have_url(f"{place.web}/console/shops")
