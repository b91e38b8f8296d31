"""Every helpdesk as its agents have it: where it stands, whom it proves, what the reply is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, redirect
from playwright.sync_api import Page, expect

from tests.browser.arriving import Place
from tests.hosts import chatwoot, freescout, front, generic, helpscout, livechat, zendesk
from tests.hosts.secure import PANEL
from tests.plugin.pairing import ANA

CARMEN, AMPARO = "carmen.ferrandiz@example.com", "amparo.gil@example.com"
ACCOUNT = zendesk.Account()
SECRET = "front-secret"

Step = Callable[[Place, Page], None]


@dataclass(frozen=True)
class Host:
    """`reply` is the field that agents write in, or where the host keeps what it copied;
    `inserts` is false where the panel cannot write there, `copies` true where the host copies.
    `begin` opens Carmen's ticket in the loaded page, `then` Amparo's; `check` is what the host
    was told besides. `silent`: errors that the browser is expected to log."""

    key: str
    name: str
    make: Callable[[Place], Flask]
    begin: Step
    then: Step
    check: Step = lambda place, page: None
    path: str = "/"
    fields: dict[str, str] = field(default_factory=dict)
    frame: str = "#panel"
    proof: str = "claimed"
    agent: str = ANA.email
    reply: str = "#reply"
    inserts: bool = True
    copies: bool = False
    silent: str = ""


def _nothing(place: Place, page: Page) -> None:
    """The page has it open."""


def _finished(place: Place, page: Page) -> None:
    _grown(place, page)
    expect(page.locator("#log")).to_have_text("ready\nfinished done\n")
    page.frame_locator("#panel").locator(".result .note").click()
    expect(page.locator("#note")).to_have_value(re.compile("25,00"))


def _grown(place: Place, page: Page) -> None:
    expect(page.locator("#panel")).to_have_attribute("data-resized", re.compile(r"^\d{3,4}(px)?$"))


def _still_first(place: Place, page: Page) -> None:
    """Help Scout's SDK is silent in a document that the frame went to by itself."""
    _grown(place, page)
    expect(page.locator("#toast")).to_have_text("Copiado")
    assert page.frames[1].evaluate("document.referrer") == f"{helpscout.ORIGIN}/"


def _replied(place: Place, page: Page) -> None:
    expect(page.locator("#log")).to_have_text("reply to msg_1\n")


def _calls(function: str, *values: Any) -> Step:
    """A function of the host's page, with what it tells."""
    said = ", ".join(json.dumps(value) for value in values)
    return lambda place, page: page.evaluate(f"{function}({said})")


def _launches(email: str) -> Step:
    def launch(place: Place, page: Page) -> None:
        token = generic.launch(place.install.id, place.install.secret, place.desk.clock(), email)
        page.evaluate("(token) => window.panel.launch(token)", token)

    return launch


def _clicks(name: str) -> Step:
    return lambda place, page: page.get_by_role("button", name=name).click()


def _chatwoot(place: Place) -> Flask:
    amparo = {"name": "Amparo Gil", "email": AMPARO}
    told = [
        chatwoot.conversation(1, chatwoot.CARMEN, "Falta el mantel", email=ANA.email),
        chatwoot.conversation(2, amparo, "Llegó roto", email=ANA.email),
    ]
    return chatwoot.create_app(place.install.url, told)


def _freescout(place: Place) -> Flask:
    """Its server reaches ours by itself; the browser only follows what it answers."""

    def ask(url: str, body: bytes) -> str:
        client = place.app.test_client()
        path = url.removeprefix(place.panel)
        return client.post(path, data=body, content_type="application/json").text

    values = place.install.values
    emails = {"1": CARMEN, "2": AMPARO}
    return freescout.create_app(values["fragment"], values["secret"], emails, ask)


def _helpscout(place: Place) -> Flask:
    """A server sends the frame on before the panel comes, which its SDK must survive."""
    on = redirect(helpscout.address(place.install.url, place.install.secret))
    ours = place.app.wsgi_app

    def moved(environ: dict[str, Any], start: Any) -> Any:
        return (on if environ["PATH_INFO"] == "/moved" else ours)(environ, start)

    place.app.wsgi_app = moved  # type: ignore[method-assign]
    return helpscout.create_app(f"https://{PANEL}/moved")


def _livechat(place: Place) -> Flask:
    return livechat.create_app(
        place.install.url, "livechat:customer_profile", livechat.profile(CARMEN), ["put_message"]
    )


def _helpdeskcom(place: Place) -> Flask:
    return livechat.create_app(
        place.install.url, "livechat:ticket_info", livechat.ticket(CARMEN), []
    )


REFUSED = "Clipboard API has been blocked"
"""A frame without the permission: the panel then copies by a selection."""

HOSTS = (
    Host(
        key="generic", name="helpdesk.example", proof="signed",
        make=lambda place: generic.create_app(place.panel, place.install.url),
        begin=_launches(CARMEN), then=_launches(AMPARO), check=_finished,
    ),
    Host(
        key="chatwoot", name="app.chatwoot.com", make=_chatwoot, frame="#dashboard-app",
        begin=_clicks("Carmen"), then=_clicks("Amparo"), inserts=False, silent=REFUSED,
    ),
    Host(
        key="freescout", name="help.example", make=_freescout, path="/conversation/1",
        frame="#sidebar iframe", inserts=False, begin=_nothing,
        then=lambda place, page: page.goto(f"{place.host}/conversation/2") and None,
    ),
    Host(
        key="zendesk", name=zendesk.HOST, path="/agent/tickets/35", proof="signed",
        fields={"public_key": ACCOUNT.pem},
        make=lambda place: zendesk.create_app(ACCOUNT, place.install.url),
        begin=_nothing, then=_calls("change", {"id": 33, "name": "Amparo", "email": AMPARO}),
        check=_grown,
    ),
    Host(
        key="helpscout", name=helpscout.HOST, path="/conversation/1001", proof="replayable",
        make=_helpscout, agent=helpscout.AGENT, reply="#clipboard", inserts=False, copies=True,
        begin=_nothing, then=_calls("look", helpscout.context(2003, AMPARO)), check=_still_first,
        silent="status of 401",  # a look may be under way when the better session ends the first
    ),
    Host(
        key="front", name=front.HOST, path="/open/cnv_1", fields={"auth_secret": SECRET},
        make=lambda place: front.create_app(
            place.install.url, SECRET, front.conversation(1, CARMEN), [front.message(1, "Hola")]
        ),
        reply="#draft", begin=_nothing, then=_calls("look", front.conversation(2, AMPARO)),
        check=_replied,
    ),
    Host(
        key="livechat", name=livechat.LIVECHAT, make=_livechat, reply="#box", begin=_nothing,
        then=_calls("change", livechat.profile(AMPARO, "CHAT2")),
    ),
    Host(
        key="helpdeskcom", name=livechat.HELPDESK, make=_helpdeskcom, reply="#box", inserts=False,
        silent=REFUSED, begin=_nothing, then=_calls("change", livechat.ticket(AMPARO, "T2")),
    ),
)  # fmt: skip
