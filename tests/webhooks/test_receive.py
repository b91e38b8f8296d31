"""The receiver over HTTP: 200 says stored, and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

from plugin.actions import intake, reconcile
from plugin.app import create_app
from plugin.ports.webhooks import Request
from tests.owning import owned
from tests.plugin.conftest import Desk, desk  # noqa: F401 - the fixture
from tests.plugin.hearing import BLUE, SECRET, listed
from webhooks.receive import MOST_BYTES

URL = f"/webhooks/pretend/{BLUE}"
SAID = {"key": "k1", "kind": "order", "topic": "order.updated", "ref": "o1"}


@pytest.fixture
def client(desk: Desk) -> FlaskClient:  # noqa: F811
    reconcile.announce(desk.services, desk.scope, BLUE, "pretend", "blue.example")
    return create_app(services=owned(desk.services, desk.scope)).test_client()


def post(client: FlaskClient, url: str = URL, secret: str = SECRET, **more: Any) -> Any:
    headers = {"Signature": secret, **more.pop("headers", {})}
    body = more.pop("data", msgspec.json.encode(SAID))
    return client.post(url, data=body, headers=headers, **more)


def test_a_signed_delivery_is_stored_and_answered_200(client: FlaskClient, desk: Desk) -> None:  # noqa: F811
    answer = post(client)

    assert (answer.status_code, answer.data) == (200, b"")
    assert "Set-Cookie" not in answer.headers
    assert [row.ref for row in listed(desk)] == ["o1"]


def test_before_somebody_owns_this_even_a_signed_one_is_told_to_come_back(desk: Desk) -> None:  # noqa: F811
    reconcile.announce(desk.services, desk.scope, BLUE, "pretend", "blue.example")
    nobodys = create_app(services=desk.services).test_client()

    assert post(nobodys).status_code == 503
    assert listed(desk) == []


def test_the_shop_may_be_named_in_a_header(client: FlaskClient, desk: Desk) -> None:  # noqa: F811
    answer = post(client, "/webhooks/pretend", headers={"Shop": "blue.example"})

    assert answer.status_code == 200
    assert len(listed(desk)) == 1


@pytest.mark.parametrize(
    ("url", "secret", "status"),
    [
        (URL, "another", 401),
        (URL, "", 401),
        ("/webhooks/pretend", SECRET, 401),
        ("/webhooks/pretend/co_nowhere", SECRET, 404),
        ("/webhooks/nobody", SECRET, 404),
    ],
)
def test_what_does_not_hold_is_refused_and_not_stored(
    client: FlaskClient,
    desk: Desk,  # noqa: F811
    url: str,
    secret: str,
    status: int,
) -> None:
    assert post(client, url, secret).status_code == status
    assert listed(desk) == []


def test_an_order_larger_than_any_form_is_taken(client: FlaskClient) -> None:
    body = msgspec.json.encode({**SAID, "code": "x" * 1_000_000})

    assert post(client, data=body).status_code == 200


def test_a_body_without_end_is_refused(client: FlaskClient, desk: Desk) -> None:  # noqa: F811
    assert post(client, data=b"x" * (MOST_BYTES + 1)).status_code == 413
    assert listed(desk) == []


def test_nothing_can_be_read_here(client: FlaskClient) -> None:
    assert client.get(URL).status_code == 405


def test_longer_addresses_are_none(client: FlaskClient) -> None:
    assert post(client, f"{URL}/more").status_code == 404
    assert post(client, f"{URL}/").status_code == 404


def test_what_is_refused_is_told_as_anywhere_else(client: FlaskClient) -> None:
    answer = post(client, secret="another", headers={"X-Request-Id": "given-by-the-proxy"})

    assert answer.get_json()["error"] == "signature_invalid"
    assert answer.headers["X-Request-Id"] == "given-by-the-proxy"


def test_a_failure_of_ours_is_no_200(
    client: FlaskClient,
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(desk.services.database, "together", fail)
    answer = post(client)

    assert (answer.status_code, answer.get_json()["error"]) == (500, "internal")


def test_the_receiver_takes_headers_query_and_raw_bytes(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Request] = []
    monkeypatch.setattr(intake, "receive", lambda *given: seen.append(given[-1]))
    raw = b'{"price": 1.10, "name": "\xc3\xb1"}  '

    post(client, f"{URL}?a=1&a=&b=%20", data=raw, headers={"X-Wc-Topic": "Order"})

    assert seen[0].body == raw
    assert seen[0].query == (("a", "1"), ("a", ""), ("b", " "))
    assert seen[0].headers["x-wc-topic"] == "Order"
    assert seen[0].headers["content-length"] == str(len(raw))
