"""Conversations told by a frame: none is shown under another's name, nothing half-typed is lost,
a frame nobody sees is quiet."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Frame, FrameLocator, Page, Route, expect

from plugin.actions import access
from plugin.actions.installs import Installed
from plugin.actions.kinds import KINDS
from plugin.actions.ledger import perform
from plugin.db import ledger
from plugin.db.accounts import ACCOUNT
from plugin.db.pairings import change_agents_of
from plugin.ports.helpdesk import (
    HelpdeskPlatform,
    HostAgent,
    InstallSecrets,
    Launch,
    Request,
    Writer,
)
from tests.browser.arriving import Place, placed
from tests.builders import an_order
from tests.fakes.shop import FakeShop
from tests.hosts import freescout, generic
from tests.plugin.conftest import Desk, desk
from tests.plugin.pairing import ANA
from tests.plugin.refunding import requested

__all__ = ["desk"]


def _replayable(request: Request, install: InstallSecrets, now: datetime) -> Launch:
    email = json.loads(request.body)["launch"]
    return Launch(
        agent=HostAgent(id="7", name="Ana"), writer=Writer(emails=(email,)), source="signed",
        proof="replayable", conversation=email, locale="es",
    )  # fmt: skip


REPLAYABLE = HelpdeskPlatform(key="replayable", label="Replayable", verify=_replayable)
CARMEN, AMPARO = "carmen@example.com", "amparo+tienda@example.com"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def place(desk: Desk) -> Iterator[Place]:
    """A helpdesk that tells conversations, and two customers with an order each."""
    orders = an_order("o1", email=CARMEN), an_order("o2", email=AMPARO)
    desk.save(*orders)
    desk.synced()
    desk.stores[desk.shops["blue"]] = FakeShop(now=desk.clock).holds(orders[0]).holds(orders[1])
    with placed(desk, "generic", lambda panel, made: generic.create_app(panel, made.url)) as found:
        yield found


@pytest.fixture
def frame(place: Place, page: Page) -> FrameLocator:
    """Paired, in Carmen's conversation."""
    page.clock.install()
    page.goto(place.host)
    expect(page.locator("#log")).to_have_text("ready\n")
    shown = page.frame_locator("#panel")
    tell(page, CARMEN)
    place.confirm(shown)
    expect(shown.locator(".order")).to_contain_text("o1")
    return shown


def tell(page: Page, email: str, **more: Any) -> None:
    agent = {"email": "ana@shop.example"}
    said = {"conversation": email, "agent": agent, "customer": {"emails": [email]}, **more}
    page.evaluate("(said) => window.panel.context(said)", said)


def test_a_late_answer_is_never_shown_under_the_next_conversation(
    frame: FrameLocator, page: Page
) -> None:
    held: list[Route] = []
    page.route("**/v1/context", lambda route: held.append(route))
    tell(page, AMPARO)
    _until(page, held, 1)
    expect(frame.locator(".order")).to_have_count(0)

    tell(page, CARMEN, conversation="again")
    _until(page, held, 2)
    held[1].continue_()
    expect(frame.locator(".order")).to_contain_text("o1")
    held[0].continue_()

    page.wait_for_load_state("networkidle")
    expect(frame.locator(".order")).to_contain_text("o1")
    expect(frame.locator("main")).not_to_contain_text("o2")


FROM_ANOTHER_FRAME = """(said) => new Promise((heard) => {
  const panel = document.getElementById("panel").contentWindow;
  const call = { type: "mostrador:context", id: "x", context: said };
  const other = document.createElement("iframe");
  window.addEventListener("message", ({ data }) => {
    const after = { type: "mostrador:visible", id: "v", visible: true };
    if (data === "sent") panel.postMessage(after, "*");
    if (data?.re === "x" || data?.re === "v") heard(data.re);
  });
  other.srcdoc = `<script>parent.document.getElementById("panel").contentWindow.postMessage(
    ${JSON.stringify(call)}, "*"); parent.postMessage("sent", "*")</script>`;
  document.body.append(other);
})"""


def test_only_the_page_around_is_heard(frame: FrameLocator, page: Page) -> None:
    """Another frame of the same page, and of an allowed origin, tells a conversation."""
    said = {"conversation": "x", "customer": {"emails": [AMPARO]}}

    assert page.evaluate(FROM_ANOTHER_FRAME, said) == "v"

    expect(frame.locator(".order")).to_contain_text("o1")
    expect(frame.locator(".order")).to_have_count(1)


def test_no_conversation_shows_nobody(frame: FrameLocator, page: Page) -> None:
    page.evaluate("() => window.panel.context(null)")

    expect(frame.locator(".order")).to_have_count(0)
    expect(frame.locator("main")).to_contain_text("Esperando al helpdesk")


def test_a_half_filled_form_survives_a_look_at_another_conversation(
    frame: FrameLocator, page: Page
) -> None:
    half_fill(frame)
    tell(page, AMPARO)
    expect(frame.locator(".order")).to_contain_text("o2")
    expect(frame.locator("#amount")).to_have_count(0)

    tell(page, CARMEN)

    expect(frame.locator("#amount")).to_have_value("7,5")
    expect(frame.get_by_role("radio", name="Importe", exact=True)).to_be_checked()


def test_a_half_filled_form_survives_a_fresh_frame_for_a_quarter_of_an_hour(
    frame: FrameLocator, page: Page
) -> None:
    half_fill(frame)
    _fresh_frame(page)

    tell(page, CARMEN)

    expect(frame.locator("#amount")).to_have_value("7,5")
    _fresh_frame(page)
    page.clock.fast_forward("15:01")
    tell(page, CARMEN)
    expect(frame.locator(".order")).to_contain_text("o1")
    expect(frame.locator("#amount")).to_have_count(0)
    assert page.frames[1].evaluate("() => Object.keys(sessionStorage)") == []


def test_a_result_greets_its_agent_at_the_next_customer_once(
    place: Place, frame: FrameLocator, page: Page, screenshot: Callable[..., Any]
) -> None:
    half_fill(frame)
    frame.get_by_role("button", name="Revisar reembolso").click()
    frame.locator("form.preview button[type=submit]").click()
    asked = frame.locator(".slot .result")
    expect(asked).to_have_attribute("data-state", "requested")
    action = asked.get_attribute("data-action") or ""
    tell(page, AMPARO)
    expect(frame.locator(".order")).to_contain_text("o2")

    perform(place.services, place.desk.scope, action, KINDS)
    page.clock.run_for(4000)

    notice = frame.locator("[data-greeting]")
    expect(notice).to_contain_text("Reembolsado: 7,50 €")
    expect(notice).to_contain_text("Reembolso del pedido O1")
    expect(notice).not_to_contain_text("armen")
    screenshot(page, "greeting")
    notice.get_by_role("button", name="Ver el resultado").click()
    expect(notice).to_have_count(0)
    expect(frame.locator("#inbox .result")).to_contain_text("Reembolsado: 7,50 €")
    expect(frame.locator("#inbox [data-clip]")).to_have_count(0)  # it is not for this customer
    tell(page, CARMEN)
    expect(frame.locator(".order")).to_contain_text("o1")
    page.clock.run_for(4000)
    expect(notice).to_have_count(0)


def test_a_closed_form_leaves_nothing_behind(frame: FrameLocator, page: Page) -> None:
    half_fill(frame)
    kept = page.frames[1].evaluate("() => Object.keys(sessionStorage)")
    assert len(kept) == 1
    assert "carmen" not in kept[0]

    frame.locator(".slot [data-close]").first.click()

    assert page.frames[1].evaluate("() => Object.keys(sessionStorage)") == []


def test_what_is_half_typed_about_what_waits_survives_too(
    place: Place, frame: FrameLocator, page: Page
) -> None:
    scope, action, stands = place.desk.scope, requested(place.desk), {"state": "needs_person"}
    with place.services.database.writing() as connection:
        change_agents_of(scope, connection, ACCOUNT + ANA.id, role="supervisor")
        ledger.change(scope, connection, action.id, **stands, call_started_at=place.desk.clock())
    tell(page, CARMEN)
    frame.get_by_role("button", name="por resolver").click()
    inbox = frame.locator("#inbox")
    inbox.locator("li button").click()
    inbox.get_by_label("No se hizo").check()
    inbox.locator("#proof").fill("visto en la tienda")
    tell(page, AMPARO)
    expect(frame.locator(".order")).to_contain_text("o2")
    expect(frame.locator("#proof")).to_have_count(0)

    tell(page, CARMEN)

    expect(inbox.locator("#proof")).to_have_value("visto en la tienda")
    expect(inbox.get_by_label("No se hizo")).to_be_checked()


def half_fill(frame: FrameLocator) -> None:
    frame.locator(".order").get_by_role("button", name="Reembolsar", exact=True).click()
    frame.get_by_role("radio", name="Importe", exact=True).check()
    frame.locator("#amount").fill("7,5")


def _fresh_frame(page: Page) -> None:
    """As hosts do that make one for every conversation."""
    with page.expect_response(lambda answer: answer.url.endswith("/v1")):
        page.evaluate("() => { const f = document.getElementById('panel'); f.src = f.src; }")
    expect(page.frame_locator("#panel").locator("#amount")).to_have_count(0)
    page.frames[1].wait_for_load_state()


def test_a_text_is_inserted_or_copied_by_a_frame_without_the_clipboard(
    frame: FrameLocator, page: Page, expected_errors: list[str]
) -> None:
    expected_errors.append("Clipboard API has been blocked")
    frame.locator(".order .texts").first.click()
    entry = frame.locator(".snippets li").filter(has_text="Resumen del pedido")
    reply, said = page.locator("#reply"), re.compile(r"^Pedido .+\nTotal: .+$", re.DOTALL)

    entry.get_by_role("button", name="Insertar en la respuesta").click()

    expect(reply).to_have_value(said)
    reply.fill("")
    allowed = "() => document.featurePolicy.allowsFeature('clipboard-write')"
    assert not page.frames[1].evaluate(allowed)
    entry.get_by_role("button", name="Copiar").click()
    expect(entry).to_contain_text("Copiado")
    reply.focus()
    page.keyboard.press("Control+V")
    expect(reply).to_have_value(said)


def test_what_a_host_did_not_insert_is_copied(
    frame: FrameLocator, page: Page, expected_errors: list[str]
) -> None:
    expected_errors.append("Clipboard API has been blocked")
    page.evaluate("() => { window.refuses = true; }")
    frame.locator(".order .texts").first.click()
    entry = frame.locator(".snippets li").filter(has_text="Resumen del pedido")

    entry.get_by_role("button", name="Insertar en la respuesta").click()

    expect(entry.get_by_role("button", name="Copiado")).to_be_visible()
    page.locator("#reply").press("Control+V")
    expect(page.locator("#reply")).to_have_value(re.compile("^Pedido .+"))


def test_a_frame_nobody_sees_is_quiet_and_true_when_it_is_seen_again(
    place: Place, frame: FrameLocator, page: Page, expected_errors: list[str]
) -> None:
    """For longer than a token lives: it is not renewed, and asked for anew by the key."""
    expected_errors.append("status of 401")
    page.wait_for_load_state("networkidle")
    page.evaluate("() => window.panel.visible(false)")
    expect(frame.locator(".order")).to_contain_text("o1")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.clock.run_for("16:00")
    place.desk.clock.pass_(minutes=16)
    assert asked == []
    held: list[Route] = []
    page.route("**/v1/context", lambda route: held.append(route))
    page.evaluate("() => window.panel.visible(true)")
    _until(page, held, 1)
    expect(frame.locator(".order")).to_contain_text("o1")  # as it was, with its age, meanwhile
    expect(frame.locator(".age")).to_contain_text("Datos de hace")
    with page.expect_response("**/v1/context") as answer:
        held[0].continue_()
    page.unroute("**/v1/context")

    assert answer.value.status == 200
    expect(frame.locator(".order")).to_contain_text("o1")

    page.wait_for_load_state("networkidle")
    page.evaluate("() => window.panel.visible(false)")
    asked.clear()
    tell(page, AMPARO)
    expect(frame.locator(".order")).to_have_count(0)
    page.clock.run_for("01:00")
    assert asked == []
    page.evaluate("() => window.panel.visible(true)")
    expect(frame.locator(".order")).to_contain_text("o2")


def test_a_host_that_only_fills_an_address_is_heard(
    place: Place, page: Page, frame: FrameLocator
) -> None:
    address = f"{place.install.url}#conversation=9&email={AMPARO}%20&phone={{{{phone}}}}"
    page.evaluate("(url) => { document.getElementById('panel').src = url; }", address)

    expect(frame.locator(".order")).to_contain_text("o2")


def test_a_frame_that_may_not_be_shown_is_explained(
    desk: Desk, page: Page, expected_errors: list[str]
) -> None:
    expected_errors.append("frame-ancestors|refused|ERR_BLOCKED")

    def elsewhere(panel: str, made: Installed) -> Any:
        return generic.create_app(panel, f"{panel}/panel/{desk.install_id}/v1")

    with placed(desk, "generic", elsewhere) as found:
        page.clock.install()
        page.goto(found.host)
        page.clock.fast_forward(6000)

        expect(page.locator("#log")).to_contain_text("not ready after 5 s")
        expect(page.locator("#log")).to_contain_text(f"{found.host} may not be an origin")


class TestFreeScout:
    @pytest.fixture
    def place(self, desk: Desk) -> Iterator[Place]:
        desk.save(an_order("o1", email=CARMEN))
        desk.synced()

        def host(panel: str, made: Installed) -> Any:
            return freescout.create_app(made.values["fragment"], made.secret, {"1": CARMEN})

        with placed(desk, "freescout", host) as found:
            yield found

    def test_the_block_pairs_and_shows_the_order(
        self, place: Place, page: Page, screenshot: Callable[..., Any],
        axe: Callable[[Page | Frame], list[str]],
    ) -> None:  # fmt: skip
        page.clock.install()
        page.goto(f"{place.host}/conversation/1")
        frame = page.frame_locator("#sidebar iframe")
        expect(frame.locator(".pairing")).to_be_visible()
        assert CARMEN not in page.content()
        assert axe(page.frames[1]) == []

        place.confirm(frame)

        expect(frame.locator(".order")).to_contain_text("o1")
        screenshot(page, "freescout-230")
        page.reload()
        expect(frame.locator(".order")).to_contain_text("o1")


class TestReplayable:
    """A signature without a time: it reads, and acts once the browser is paired."""

    @pytest.fixture
    def place(self, desk: Desk) -> Iterator[Place]:
        desk.save(an_order("o1", email=CARMEN))
        desk.synced()
        desk.services = replace(desk.services, helpdesks={"replayable": REPLAYABLE})
        with placed(
            desk, "replayable", lambda panel, made: generic.create_app(panel, made.url)
        ) as found:
            yield found

    def test_it_reads_at_once_and_acts_when_paired(
        self, place: Place, page: Page, expected_errors: list[str]
    ) -> None:
        expected_errors.append("status of 401")
        page.clock.install()
        page.goto(place.host)
        page.evaluate("(launch) => window.panel.launch(launch)", CARMEN)
        frame = page.frame_locator("#panel")
        order = frame.locator(".order")
        expect(order).to_contain_text("o1")
        expect(order.get_by_role("button", name="Reembolsar", exact=True)).to_have_count(0)

        frame.locator("[data-prove]").click()
        expect(frame.locator(".pairing")).to_be_visible()
        held: list[tuple[Route, Any]] = []
        page.route("**/pair/token", lambda route: held.append((route, route.fetch())))
        place.confirm(frame)
        _until(page, held, 1)
        with page.expect_response("**/sidebar*") as looked:
            page.clock.fast_forward(25_000)
        assert looked.value.status == 401  # the better session has ended the first one
        held[0][0].fulfill(response=held[0][1])
        page.unroute("**/pair/token")
        expect(order.get_by_role("button", name="Reembolsar", exact=True)).to_be_visible()
        expect(frame.locator("[data-ask]")).to_have_count(0)

        page.evaluate("(launch) => window.panel.launch(launch)", CARMEN)
        expect(order.get_by_role("button", name="Reembolsar", exact=True)).to_be_visible()


class TestViewer:
    def test_asks_for_access_and_is_told_so(self, place: Place, page: Page) -> None:
        page.clock.install()
        page.goto(place.host)
        tell(page, CARMEN, agent={"email": "vera@shop.example"})
        frame = page.frame_locator("#panel")
        place.confirm(frame, replace(ANA, email="vera@shop.example", role="viewer", id="us_v"))

        frame.locator("[data-access]").click()

        expect(frame.locator("main")).to_contain_text("Acceso pedido")
        assert len(access.access_asked(place.services, place.desk.scope)) == 1


def _until(page: Page, held: list[Any], count: int) -> None:
    while len(held) < count:
        page.wait_for_timeout(50)
