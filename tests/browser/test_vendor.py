"""A maker of a helpdesk, with nothing but what we publish: the sample copied, the check page in the
frame, and every message as its schema says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response
from playwright.sync_api import Browser, Page, expect

from tests.browser.arriving import Place, named
from tests.browser.test_every_host import refund_a_line, shop, the_order
from tests.fakes.shop import FakeShop
from tests.hosts import generic
from tests.hosts.parcels import LINK
from tests.hosts.schema import faults
from tests.hosts.secure import Street
from tests.hosts.tickets import CARMEN
from tests.plugin.conftest import Desk, desk

__all__ = ["desk", "shop"]

LISTEN = """window.heard = [];
addEventListener("message", ({ data }) => window.heard.push(data));"""
POST = """(message) => {
  const frame = document.getElementById("panel");
  frame.contentWindow.postMessage(message, new URL(frame.src).origin);
}"""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def helpdesk(place: Place, change: Callable[[str], str] = lambda html: html) -> Flask:
    """The sample with the install's id, and a server that signs."""
    app = Flask("vendor", static_folder=None)
    sample = place.app.test_client().get("/embed/sample").text

    @app.get("/")
    def page() -> Response:
        html = change(sample.replace("INSTALL/v1", f"{place.install.id}/v1"))
        return Response(html, content_type="text/html; charset=utf-8")

    @app.get("/sign-launch")
    def sign() -> str:
        return generic.launch(place.install.id, place.install.secret, place.desk.clock(), CARMEN)

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(status=204)

    return app


@pytest.fixture
def seen(
    desk: Desk, shop: FakeShop, street: Street, browser: Browser
) -> Iterator[tuple[Place, Page]]:
    with named(desk, street, browser, "generic", "vendor.example", helpdesk) as (place, page):
        page.add_init_script(LISTEN)
        page.goto(place.host)
        yield place, page


def test_the_copied_sample_works_and_every_message_is_as_its_schema_says(
    seen: tuple[Place, Page], shop: FakeShop
) -> None:
    place, page = seen
    logged: list[str] = []
    page.on("console", lambda said: logged.append(said.text))
    frame = page.frame_locator("#panel")
    order = the_order(frame, "o1")

    order.locator(".clip .insert").first.click()
    expect(page.locator("#reply")).to_have_value(LINK)
    refund_a_line(place, order, shop)
    for message in (
        {"type": "mostrador:visible", "id": "v1", "visible": True},
        {"type": "mostrador:later", "id": "v2"},
        {"type": "mostrador:welcome", "id": "v4", "version": 2},
        {"type": "mostrador:launch", "id": "v5"},
        {"type": "mostrador:context", "id": "v3", "context": None},
    ):
        page.evaluate(POST, message)
    expect(order).to_have_count(0)

    ours, theirs = heard(page.main_frame), heard(page.frames[1])
    answers = {said["re"]: said.get("code") for said in ours if said.get("ok") is False}
    assert answers == {"v2": "unknown_type", "v4": "version_unknown", "v5": "invalid"}
    assert kinds(ours) == {"hello", "ack", "insert", "action.finished"}
    assert kinds(theirs) == {"welcome", "launch", "ack", "visible", "later", "context"}
    schema = json.loads(place.app.test_client().get("/embed/v1.json").text)
    wrong = ("v2", "v4", "v5")
    for said in ours + [said for said in theirs if said.get("id") not in wrong]:
        assert list(faults(said, schema, schema)) == [], said
    acknowledged = {said["re"] for said in ours + theirs if said["type"] == "mostrador:ack"}
    told = [said["id"] for said in theirs if kinds([said]) & {"welcome", "launch", "context"}]
    assert set(told) <= acknowledged
    finished = next(said for said in ours if said["type"] == "mostrador:action.finished")
    assert finished.keys() == {"type", "id", "action", "state"}
    assert (finished["action"][:3], finished["state"]) == ("ac_", "done")
    assert [text for text in logged if text.startswith("finished")]


def test_the_check_page_says_what_is_missing_and_what_arrives(
    desk: Desk, street: Street, browser: Browser, screenshot: Callable[..., object]
) -> None:
    def make(place: Place) -> Flask:
        panel = f"/panel/{place.install.id}/v1"
        check = f"/embed/check?install={place.install.id}"
        given = 'sandbox="allow-scripts"'
        return helpdesk(
            place, lambda html: html.replace(panel, check).replace('allow="clipboard-write"', given)
        )

    known = "postMessage|Access to script|sandboxed"
    with named(desk, street, browser, "generic", "vendor.example", make, known) as (place, page):
        page.clock.install()
        page.goto(place.host)
        frame = page.frame_locator("#panel")

        fact = frame.locator("#facts")
        expect(fact.locator("[data-fact=framed]")).to_contain_text("https://vendor.example")
        expect(fact.locator("[data-fact=storage]")).to_have_class("bad")
        expect(fact.locator("[data-fact=clipboard]")).to_have_class("bad")
        page.clock.fast_forward(6000)
        expect(page.locator("#problem")).to_contain_text('sandbox needs "allow-same-origin"')

        page.locator("#panel").evaluate(
            """(frame) => { frame.removeAttribute("sandbox"); frame.src = frame.src; }"""
        )
        expect(fact.locator("[data-fact=storage]")).to_have_class("good")
        expect(frame.locator("#heard")).to_contain_text("https://vendor.example mostrador:launch")
        screenshot(page, "vendor-check")


def heard(frame: Any) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = frame.evaluate("() => window.heard")
    return said


def kinds(said: list[dict[str, Any]]) -> set[str]:
    return {each["type"].removeprefix("mostrador:") for each in said}
