"""The console as its owner sees it: phone and desk, both languages, light and dark, by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect

from integrations import registry
from integrations.sandbox.serving import in_thread
from plugin.actions import accounts, one_time
from plugin.actions.accounts import Person
from plugin.app import create_app
from plugin.db import connections as installed
from plugin.db import deliveries, reconciliations
from plugin.db.session import NOBODY, Scope
from plugin.errors import BadAnswer
from plugin.ports.store import Connection, Http, Proven
from tests.plugin.conftest import Desk, desk

__all__ = ["desk"]

LOOKS = [(390, "light", "es"), (1280, "light", "en"), (390, "dark", "en"), (1280, "dark", "es")]
OVERFLOWING = """() => document.documentElement.scrollWidth > innerWidth"""
PERSON = Person(
    password="tres palabras sueltas", email="alba@casa-oliva.example", name="Alba Ferrándiz López"
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@dataclass
class Console:
    """A running console, with or without an owner."""

    desk: Desk
    url: str
    lang: str = "es"

    def link(self, scope: Scope | None = None) -> str:
        """The set-up link, of the workspace that is there or of one that is made with it."""
        life = timedelta(hours=1)
        of = scope or self.desk.scope
        secret = one_time.issue(self.desk.services, of, "setup", life=life)
        return f"{self.url}/console/link/{secret}"

    def owned(self) -> Console:
        accounts.add_owner(self.desk.services, self.desk.scope, replace(PERSON, locale=self.lang))
        return self

    def log_in(self, page: Page) -> None:
        page.goto(f"{self.url}/console")
        page.get_by_label("E-mail" if self.lang == "en" else "Correo").fill(PERSON.email)
        page.get_by_label("Password" if self.lang == "en" else "Contraseña").fill(PERSON.password)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{self.url}/console/shops")


def refusing(connection: Connection, _http: Http) -> Proven:
    """A shop behind a firewall."""
    raise BadAnswer(
        "shop_blocked", address=connection.address, method="GET", status=403,
        path="/wp-json/wc/v3/orders?per_page=1", time="2026-11-25 18:02 UTC",
        words="Just a moment...",
        agent="Mostrador/0.1 (+https://panel.example)",
    )  # fmt: skip


@pytest.fixture
def console(desk: Desk) -> Iterator[Console]:
    platforms = {key: replace(known, prove=refusing) for key, known in registry.stores().items()}
    services = replace(
        desk.services,
        stores={**desk.services.stores, **platforms},
        settings=replace(desk.services.settings, development=True),
        http=object(),  # type: ignore[arg-type]
    )
    with in_thread(create_app(services=services)) as url:
        yield Console(replace(desk, services=services), url)


@dataclass(frozen=True)
class Look:
    page: Page
    lang: str
    name: str
    axe: Callable[[Page | Frame], list[str]]
    screenshot: Callable[..., Path]

    def at(self, state: str) -> None:
        self.page.mouse.move(0, 0)
        self.page.screenshot(
            path=self.screenshot(self.page, f"console-{state}-{self.name}"), full_page=True
        )
        assert not self.page.evaluate(OVERFLOWING), f"{state} overflows"
        assert self.axe(self.page) == [], f"axe in {state}"


@pytest.fixture(params=LOOKS, ids=lambda look: "-".join(map(str, look)))
def look(
    request: pytest.FixtureRequest,
    open_page: Callable[..., Page],
    axe: Callable[[Page | Frame], list[str]],
    screenshot: Callable[..., Path],
    expected_errors: list[str],
) -> Look:
    width, scheme, lang = request.param
    expected_errors += ["status of 4", "status of 503"]
    page = open_page(
        viewport={"width": width, "height": 844}, color_scheme=scheme,
        locale="es-ES" if lang == "es" else "en-GB", timezone_id="Europe/Madrid",
    )  # fmt: skip
    return Look(page, lang, f"{width}-{scheme}-{lang}", axe, screenshot)


def in_every_state(desk: Desk) -> None:
    """The blue shop arrives; the olive one is look-only, does not answer, and has parked two."""
    now, scope = desk.clock(), desk.scope
    sync = {
        "customers": {"done": 1200, "estimated": 1200, "finished": True},
        "orders": {"done": 8600, "estimated": 20000, "finished": False, "rate": 38.2},
    }
    with desk.services.database.writing() as connection:
        installed.change_connection(
            scope, connection, "co_blue", sync=sync, sync_state="running", platform="woocommerce"
        )
        installed.change_connection(
            scope, connection, "co_olive", sync_state="done", platform="woocommerce",
            failing_since=now - timedelta(minutes=12), failure_code="shop_blocked",
            options={"missing.refund": "key_read_only"},
        )  # fmt: skip
        for shop in ("co_blue", "co_olive"):
            reconciliations.add(scope, connection, shop, now)
            reconciliations.change(
                scope, connection, shop, last_ok_at=now - timedelta(minutes=2), found=17,
                subscribed=shop == "co_blue",
                subscription_code="" if shop == "co_blue" else "shop_blocked",
            )  # fmt: skip
        for number in range(2):
            deliveries.store(scope, connection, {
                "id": f"de_{number}", "connection_id": "co_olive", "kind": "order",
                "ref": f"10{number}", "topic": "order.updated", "deleted": False,
                "state": "parked", "code": "bad_answer", "attempts": 6,
                "received_at": now - timedelta(hours=number + 1), "due": None,
            })  # fmt: skip


def test_every_page(console: Console, look: Look) -> None:
    page, console.lang = look.page, look.lang
    es = look.lang == "es"
    page.goto(console.url)
    look.at("nobody")
    page.goto(console.link())
    look.at("setup")
    page.goto(console.link(NOBODY))
    expect(page.locator("#timezone")).to_have_value("Europe/Madrid")
    look.at("setup-business")
    console.owned()
    page.goto(f"{console.url}/console")
    look.at("login")
    console.log_in(page)
    in_every_state(console.desk)
    page.reload()
    page.get_by_text("2 registros apartados" if es else "2 records set aside").click()
    page.get_by_role("button", name="Crear código" if es else "Make a code").click()
    look.at("shops")
    page.get_by_text("2 registros apartados" if es else "2 records set aside").click()
    look.at("parked")
    page.locator("#co_olive").get_by_role(
        "button", name="Probar de nuevo" if es else "Try again"
    ).click()
    expect(page.get_by_role("alert")).to_be_visible()
    look.at("failure")
    page.goto(f"{console.url}/console/shops/co_blue/disconnect")
    look.at("disconnect")
    for key, platform in registry.stores().items():
        if platform.connect_page:
            page.goto(f"{console.url}/connect/{key}/{platform.connect_page}")
            look.at(f"connect-{key}")
    page.goto(f"{console.url}/console/shops/connect/woocommerce")
    look.at("keys")
    page.get_by_label("Dirección" if es else "address").fill("tienda.example")
    page.locator("#f-consumer_key").fill("ck_1")
    page.locator("#f-consumer_secret").fill("cs_1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    look.at("refused")


def test_the_open_page_follows_and_disturbs_nobody(
    console: Console, open_page: Callable[..., Page]
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    console.owned().log_in(page)
    in_every_state(console.desk)
    page.reload()
    parked = page.locator("#co_olive-parked")
    parked.locator("summary").click()
    again = page.locator("#co_blue").get_by_role("button", name="Preguntar ahora")
    again.focus()

    change(console.desk, "co_blue", sync_state="done")
    change(console.desk, "co_olive", failing_since=None, label="Casa Oliva")

    expect(page.locator("#co_blue .state")).to_have_text("Conectada")
    expect(page.locator("#co_olive h2")).to_have_text("Casa Oliva")
    expect(again).to_be_focused()
    expect(parked).to_have_attribute("open", "")


def change(desk: Desk, shop: str, **values: object) -> None:
    with desk.services.database.writing() as connection:
        installed.change_connection(desk.scope, connection, shop, **values)


def test_everything_works_by_keyboard_and_without_scripts(
    console: Console, open_page: Callable[..., Page]
) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(console.link())
    for typed in ("Alba", PERSON.email, PERSON.password):
        page.keyboard.press("Tab")
        while page.locator("input:focus").count() == 0:
            page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{console.url}/console/shops")
    in_every_state(console.desk)
    page.reload()

    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Ir al contenido")
    pause = page.get_by_role("button", name="Pausar la copia")
    pause.focus()
    page.keyboard.press("Enter")

    expect(page.locator("#co_blue .state")).to_have_text("Copia en pausa")
    page.locator(".who summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="English").press("Enter")
    expect(page.locator("h1")).to_have_text("Shops")
    page.locator(".who summary").press("Enter")
    page.get_by_role("button", name="Log out").press("Enter")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
