"""The panel as a page of our own, and links that lead to it."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import replace

import pytest
from flask import Flask

from integrations import registry
from plugin.actions import answering, installs
from plugin.app import create_app
from plugin.ports.helpdesk import Request
from tests.builders import an_order
from tests.plugin.conftest import Desk
from tests.ui.console.conftest import Browser, with_owner

CARMEN = "carmen@example.com"


@pytest.fixture
def app(desk: Desk) -> Flask:
    desk.save(an_order("o1", email=CARMEN))
    services = with_owner(desk)
    known = {**registry.helpdesks(), **services.helpdesks}
    desk.services = replace(services, helpdesks=known)
    return create_app(services=desk.services)


def link(desk: Desk) -> str:
    """Where "Open in Mostrador" leads in a helpdesk that draws our answers."""
    secret = installs.describe(desk.services, desk.scope, desk.install_id).secret
    body = json.dumps({"emails": [CARMEN]}).encode()
    request = Request(headers={"X-Key": secret}, query=(), body=body)
    go = answering.answer_call(desk.services, desk.install_id, request).go
    return f"/go/{desk.install_id}.{go}"


def test_it_asks_for_the_login_first(browser: Browser) -> None:
    for path in ("/desk", "/go", "/go/in_1.x"):
        assert browser.get(path).location == f"/console/login?next={path}"


def test_whoever_is_logged_in_sits_at_it(owner: Browser) -> None:
    page = owner.get("/desk")

    boot = json.loads(re.findall(r'id="boot"[^>]*>(.*?)</script>', page.text)[0])
    assert (boot["proof"], boot["search"]) == ("login", True)
    assert 'role="search"' in page.text
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


def test_its_token_opens_the_panel_and_is_renewed(owner: Browser) -> None:
    page = owner.get("/desk")
    boot = json.loads(re.findall(r'id="boot"[^>]*>(.*?)</script>', page.text)[0])
    base = re.findall(r'data-base="([^"]+)"', page.text)[0]
    bearer = {"Authorization": f"Bearer {boot['token']}"}

    found = owner.client.get(f"{base}/search?q={CARMEN}", headers=bearer)
    renewed = owner.client.post(f"{base}/renew", headers=bearer)

    assert found.json is not None
    assert 'class="order"' in found.json["html"]
    assert renewed.status_code == 200


def test_one_install_serves_everybody(desk: Desk, owner: Browser) -> None:
    bases = {re.findall(r'data-base="([^"]+)"', owner.get("/desk").text)[0] for _ in range(2)}

    assert len(bases) == 1


def test_a_link_of_a_helpdesk_opens_its_writer(desk: Desk, owner: Browser) -> None:
    path = link(desk)

    pages = [owner.get(path) for _ in range(2)]

    assert all('class="order"' in page.text for page in pages)


def test_a_link_ends_some_day(desk: Desk, owner: Browser) -> None:
    path = link(desk)
    desk.clock.pass_(days=8)
    owner.log_in()

    page = owner.get(path)

    assert page.status_code == 401
    assert "demasiado viejo" in page.text
    assert CARMEN not in page.text


def test_a_link_nobody_made_opens_nothing(desk: Desk, owner: Browser) -> None:
    for path in ("/go/x", f"/go/{desk.install_id}.x", "/go/."):
        assert owner.get(path).status_code in (401, 404)


def test_a_pasted_message_goes_in_the_body_where_no_log_sees_it(owner: Browser) -> None:
    base, bearer = _seated(owner)

    found = owner.client.post(
        f"{base}/search", data={"q": f"Hola, soy {CARMEN}. " + "bla " * 1500}, headers=bearer
    )

    assert found.json is not None
    assert 'class="order masked"' in found.json["html"]


def test_logging_out_ends_it_at_the_next_request(owner: Browser) -> None:
    base, bearer = _seated(owner)
    assert owner.client.get(f"{base}/sidebar", headers=bearer).status_code == 200
    owner.get("/console/shops")

    owner.post("/console/logout")

    asked = [owner.client.get(f"{base}/sidebar", headers=bearer)]
    asked.append(owner.client.post(f"{base}/renew", headers=bearer))
    assert [answer.status_code for answer in asked] == [401, 401]


def test_a_browser_can_install_it(browser: Browser, owner: Browser) -> None:
    page = owner.get("/desk").text

    link = re.findall(r'<link rel="manifest" href="([^"]+)"', page)[0]
    known = browser.client.get(link, headers={"Accept-Language": "en"})

    assert known.content_type == "application/manifest+json"
    assert known.json is not None
    assert (known.json["start_url"], known.json["display"]) == ("/desk", "standalone")
    assert "beside the mail" in known.json["description"]
    icons = [browser.client.get(icon["src"]) for icon in known.json["icons"]]
    assert icons[0].content_type.startswith("image/svg+xml")
    assert icons[0].text.startswith("<svg")
    sizes = [struct.unpack(">II", icon.data[16:24]) for icon in icons[1:]]
    assert sizes == [(192, 192), (512, 512)]
    assert browser.client.get("/desk/sample.html").status_code == 404
    assert "manifest-src 'self'" in owner.get("/desk").headers["Content-Security-Policy"]


def _seated(owner: Browser) -> tuple[str, dict[str, str]]:
    """The address of an open desk's requests, and the header they carry."""
    page = owner.get("/desk").text
    boot = json.loads(re.findall(r'id="boot"[^>]*>(.*?)</script>', page)[0])
    base = re.findall(r'data-base="([^"]+)"', page)[0]
    return base, {"Authorization": f"Bearer {boot['token']}"}
