"""In each helpdesk an agent opens a ticket, puts the tracking link into the reply, refunds a line
and goes on to the next ticket: the real panel, the vendors' own SDKs, https names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from integrations import registry
from plugin.actions import accounts, team
from plugin.actions.accounts import Person
from plugin.actions.kinds import KINDS
from plugin.actions.ledger import perform
from tests.browser.arriving import Place, named
from tests.browser.desk import confirm_button
from tests.builders import an_order
from tests.fakes.shop import FakeShop
from tests.hosts import lookups
from tests.hosts.parcels import LINK, PARCEL
from tests.hosts.secure import Street
from tests.hosts.tickets import AMPARO, CARMEN, HOSTS, Host
from tests.plugin.conftest import Desk, desk
from tests.plugin.pairing import ANA

__all__ = ["desk"]

CARDS = ("groove", "cmcom", "dixa", "gorgias")
PASSWORD = "cuatro palabras bien sueltas"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def shop(desk: Desk) -> FakeShop:
    """Two customers with an order each, Carmen's on its way."""
    orders = an_order("o1", email=CARMEN, fulfilments=(PARCEL,)), an_order("o2", email=AMPARO)
    desk.save(*orders)
    desk.synced()
    made = FakeShop(now=desk.clock).holds(*orders)
    desk.stores[desk.shops["blue"]] = made
    return made


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.key)
def test_an_agent_answers_with_the_link_and_refunds_a_line(
    host: Host, desk: Desk, shop: FakeShop, street: Street, browser: Browser,
    screenshot: Callable[..., object],
) -> None:  # fmt: skip
    with named(
        desk, street, browser, host.key, host.name, host.make, host.silent, **host.fields
    ) as (place, page):
        page.clock.install()
        page.goto(place.host + host.path)
        host.begin(place, page)
        frame = page.frame_locator(host.frame)
        prove(place, frame, host)
        order = the_order(frame, "o1")

        take_link(page, frame, host)
        screenshot(page, f"host-{host.key}")
        refund_a_line(place, order, shop)
        host.check(place, page)

        host.then(place, page)
        the_order(frame, "o2")
        expect(frame.locator("main")).not_to_contain_text("o1")
        expect(frame.locator("img[src=x]")).to_have_count(0)


def test_no_helpdesk_is_left_out() -> None:
    known = registry.helpdesks().items()

    framed = {key for key, each in known if each.verify or each.claimed or each.fragment}
    assert framed == {host.key for host in HOSTS}
    assert {key for key, each in known if each.lookup} == set(CARDS)


@pytest.mark.parametrize("key", CARDS)
def test_a_card_leads_to_the_panel_in_a_tab(
    key: str, desk: Desk, shop: FakeShop, street: Street, browser: Browser
) -> None:
    """Who draws our answer itself has no frame: the agent refunds in a tab and copies from it."""
    platform = registry.helpdesks()[key]
    fields = {"api_token": lookups.TOKEN} if key == "groove" else {}

    def make(place: Place) -> object:
        client = place.app.test_client()
        return lookups.create_app(
            key, lambda: lookups.ask(client, platform, place.install, CARMEN).json or {}
        )

    with named(desk, street, browser, key, f"{key}.example", make, **fields) as (place, page):
        join(place)
        page.goto(f"{place.host}/ticket")
        expect(page.locator("#card")).to_contain_text("o1")
        with page.expect_popup() as opening:
            page.get_by_role("link", name="Abrir en Mostrador").first.click()
        tab = opening.value
        tab.locator("#email").fill(ANA.email)
        tab.locator("#password").fill(PASSWORD)
        tab.locator("#password").press("Enter")

        order = the_order(tab, "o1")
        copy_link(order)
        refund_a_line(place, order, shop)

        page.bring_to_front()
        page.locator("#reply").press("Control+V")
        expect(page.locator("#reply")).to_have_value(LINK)


def join(place: Place) -> None:
    """Ana has an account."""
    link = team.invite(
        place.services, place.desk.scope, email=ANA.email, name="Ana", role="agent"
    )  # fmt: skip
    person = Person(password=PASSWORD)
    accounts.use_link(place.services, link.rpartition("/")[2], person, None)


def prove(place: Place, frame: FrameLocator, host: Host) -> None:
    """However this host needs it: who works here."""
    person = replace(ANA, email=host.agent)
    if host.proof == "replayable":
        expect(frame.locator(".order")).to_contain_text("o1")
        expect(frame.get_by_role("button", name="Reembolsar", exact=True)).to_have_count(0)
        frame.locator("[data-prove]").click()
    if host.proof != "signed":
        place.confirm(frame, person)
        expect(frame.locator("[data-ask], .pairing")).to_have_count(0)


def the_order(page: FrameLocator | Page, number: str) -> Locator:
    """The only one, open by itself."""
    order = page.locator(".order")
    expect(order).to_contain_text(number)
    expect(order.locator(".facts > section").first).to_be_visible()
    return order


def take_link(page: Page, frame: FrameLocator, host: Host) -> None:
    clip, reply = frame.locator(".clip").first, page.locator(host.reply)
    if host.inserts:
        clip.locator(".insert").click()
    else:
        expect(clip.locator(".insert")).to_be_hidden()
        copy_link(frame.locator(".order"))
        if not host.copies:
            reply.press("Control+V")
    expect(reply).to_have_value(LINK)


def copy_link(order: Locator) -> None:
    clip = order.locator(".clip").first
    clip.locator("[data-clip=copy]").click()
    expect(clip.get_by_role("button", name="Copiado")).to_be_visible()


def refund_a_line(place: Place, order: Locator, shop: FakeShop) -> None:
    """Previewed and confirmed in the panel; what the worker would do is done here."""
    order.get_by_role("button", name="Reembolsar", exact=True).click()
    order.get_by_role("radio", name="Artículos", exact=True).check()
    order.get_by_role("button", name="Añadir uno: Taza").click()
    order.get_by_role("button", name="Revisar reembolso").click()
    expect(order.locator("form.preview")).to_contain_text("Taza")
    confirm_button(order).click()
    expect(order.locator(".result[data-watch]")).to_be_visible()
    action = next(said for name, *_, said in place.desk.woken if name == "perform")
    perform(place.services, place.desk.scope, action, KINDS)
    expect(order).to_contain_text("Reembolsado")
    assert [str(amount) for amount in shop.paid] == ["25.00"]
