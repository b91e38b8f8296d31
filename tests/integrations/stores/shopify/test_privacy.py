"""Demands of the law as they come over the wire: 200 for what is signed, exactly 401 else, and
recorded also for a shop that has left."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from integrations import registry
from plugin.actions import lawful, privacy
from plugin.actions.disconnect import disconnect
from plugin.app import create_app
from plugin.db import connections as installed
from tests.builders import an_order
from tests.plugin.conftest import Desk, desk
from tests.ui.console.conftest import with_owner

__all__ = ["desk"]
DOMAIN = "tienda-azul.myshopify.com"
SECRET = "shpss_common"
SHOP = {"shop_id": 1, "shop_domain": DOMAIN}
CARMEN = {"id": 7, "email": "carmen@example.com", "phone": "+34600111222"}
DEMANDS: dict[str, dict[str, Any]] = {
    "customers/data_request": {
        **SHOP, "orders_requested": [1], "customer": CARMEN, "data_request": {"id": 9},
    },
    "customers/redact": {**SHOP, "customer": CARMEN, "orders_to_redact": [1]},
    "shop/redact": SHOP,
}  # fmt: skip
KINDS = {"customers/data_request": "report", "customers/redact": "erase_customer",
         "shop/redact": "erase_shop"}  # fmt: skip


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def web(desk: Desk) -> FlaskClient:
    """The blue shop is one of this platform now, and holds an order of Carmen's."""
    desk.save(an_order("1", customer_ref="7", email=CARMEN["email"]))
    with desk.services.database.writing() as connection:
        installed.change_connection(
            desk.scope, connection, desk.shops["blue"], platform="shopify", address=DOMAIN
        )
        installed.set_outside(
            desk.scope, connection, "shop", f"shopify:{DOMAIN}", desk.shops["blue"]
        )
    settings = replace(desk.services.settings, of_platforms={"SHOPIFY_CLIENT_SECRET": SECRET})
    desk.services = replace(with_owner(desk), settings=settings, stores=registry.stores())
    return create_app(services=desk.services).test_client()


def send(web: FlaskClient, topic: str, *, secret: str = SECRET, domain: str = DOMAIN) -> int:
    raw = json.dumps(DEMANDS[topic]).encode()
    signed = base64.b64encode(hmac.digest(secret.encode(), raw, "sha256")).decode()
    answer = web.post("/webhooks/shopify", data=raw, headers={
        "X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": signed,
        "X-Shopify-Shop-Domain": domain, "X-Shopify-Webhook-Id": f"w-{topic}",
        "X-Shopify-Triggered-At": "2026-11-25T12:00:00Z",
    })  # fmt: skip
    return answer.status_code


def asked(desk: Desk) -> list[str]:
    return [one.kind for one in privacy.requests(desk.services, desk.scope)]


@pytest.mark.parametrize("topic", DEMANDS)
def test_a_signed_demand_is_recorded_and_answered_200(
    desk: Desk, web: FlaskClient, topic: str
) -> None:
    assert send(web, topic) == 200
    assert send(web, topic) == 200
    assert asked(desk) == [KINDS[topic]]


@pytest.mark.parametrize("topic", DEMANDS)
def test_a_demand_with_a_wrong_signature_is_answered_401(
    desk: Desk, web: FlaskClient, topic: str
) -> None:
    assert send(web, topic, secret="another") == 401
    assert send(web, topic, domain="other.myshopify.com") == 401
    assert asked(desk) == []


@pytest.mark.parametrize("data", ["keep", "erase"])
@pytest.mark.parametrize("topic", DEMANDS)
def test_a_shop_that_has_left_is_answered_all_the_same(
    desk: Desk, web: FlaskClient, topic: str, data: Any
) -> None:
    disconnect(desk.services, desk.scope, desk.shops["blue"], data=data)
    _work(desk)
    before = len(asked(desk))
    desk.clock.pass_(days=3)

    assert send(web, topic, secret="another") == 401
    assert send(web, topic) == 200
    _work(desk)

    (newest, *_) = privacy.requests(desk.services, desk.scope)
    assert (len(asked(desk)), newest.kind) == (before + 1, KINDS[topic])
    assert newest.state == ("open" if topic == "customers/data_request" else "done")


def _work(desk: Desk) -> None:
    for job in [job for job in desk.woken if job[0] == "privacy"]:
        desk.woken.remove(job)
        lawful.work(desk.services, desk.scope, job[2])
