"""The Shops page: what an owner reads there, and what the buttons do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from flask import Flask

from integrations import registry
from plugin import messages
from plugin.actions import connect
from plugin.app import create_app
from plugin.db import accounts as rows
from plugin.db import connections as installed
from plugin.db import deliveries, reconciliations
from plugin.errors import BadAnswer, MostradorError
from plugin.ports.store import (
    Capability,
    Connection,
    Field,
    Http,
    Proven,
    ShopInfo,
    StorePlatform,
)
from plugin.ports.webhooks import Kind
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.ui.console.conftest import Browser, with_owner

FIELDS = (
    Field(name="address", help="The address"),
    Field(name="key", help="The key"),
    Field(name="secret", help="The secret", secret=True),
)


class Prover:
    """A shop that lets in whoever has the right secret, and keeps what it was shown."""

    def __init__(self) -> None:
        self.asked: list[Connection] = []
        self.error: MostradorError | None = None
        self.missing: tuple[Capability, ...] = ()

    def __call__(self, connection: Connection, _http: Http) -> Proven:
        self.asked.append(connection)
        if self.error is not None:
            raise self.error
        shop = ShopInfo(name="Casa Oliva", currency="EUR")
        return Proven(address=connection.address, shop=shop, missing=self.missing,
                      notices=("plain_http",))  # fmt: skip


@pytest.fixture
def prover() -> Prover:
    return Prover()


@pytest.fixture
def app(desk: Desk, prover: Prover) -> Flask:
    known: StorePlatform = desk.services.stores["pretend"]
    platform = replace(known, connect_fields=FIELDS, prove=prover)
    services = replace(
        with_owner(desk),
        stores={"pretend": platform},
        http=object(),  # type: ignore[arg-type]
    )
    return create_app(services=services)


def change(desk: Desk, shop: str = "co_blue", **values: Any) -> None:
    with desk.services.database.writing() as connection:
        installed.change_connection(desk.scope, connection, shop, **values)


def park(desk: Desk, number: int, **values: Any) -> str:
    row = {
        "id": f"de_{number}", "connection_id": "co_blue", "kind": "order", "ref": f"o{number}",
        "topic": "order.updated", "deleted": False, "state": "parked", "code": "bad_answer",
        "attempts": 6, "received_at": desk.clock(), "due": None, **values,
    }  # fmt: skip
    with desk.services.database.writing() as connection:
        deliveries.store(desk.scope, connection, row)
    return str(row["id"])


def state_of(desk: Desk, delivery: str) -> str:
    with desk.services.database.reading() as connection:
        row = deliveries.get(desk.scope, connection, delivery)
    assert row is not None
    return row.state


# -- what is read


def test_each_shop_says_how_it_is(desk: Desk, owner: Browser) -> None:
    change(desk, sync_state="running", sync={
        "customers": {"done": 1200, "estimated": 1200, "finished": True},
        "orders": {"done": 8600, "estimated": 20000, "finished": False, "rate": 38.2},
    })  # fmt: skip
    change(desk, "co_olive", sync_state="done", failing_since=desk.clock(),
           failure_code="shop_blocked")  # fmt: skip

    page = owner.get("/console/shops").text

    for words in (
        "Blue", "https://blue.example", "Llega el historial", "Historial: 46 %",
        "Pedidos: 8.600 de 20.000", "38 por segundo; queda: 5 min", "No responde desde: 13:00",
        "Un filtro de seguridad bloquea la conexión",
    ):  # fmt: skip
        assert words in page


def test_it_says_the_same_in_english(desk: Desk, owner: Browser) -> None:
    change(desk, sync_state="done")
    owner.post("/console/language", locale="en")

    page = owner.get("/console/shops").text

    assert "Connected" in page
    assert "Connect Pretend" in page


def test_a_shop_that_only_lets_look_says_the_two_steps(desk: Desk, owner: Browser) -> None:
    change(desk, sync_state="done", options={"missing.refund": "key_read_only"})

    page = owner.get("/console/shops").text

    assert "Conectada, solo consulta" in page
    assert "Dos pasos lo permiten" in page
    assert "/console/shops/connect/pretend?shop=co_blue" in page


def test_health_is_told_with_what_to_do(desk: Desk, owner: Browser) -> None:
    now = desk.clock()
    change(desk, sync_state="done")
    with desk.services.database.writing() as connection:
        reconciliations.add(desk.scope, connection, "co_blue", now)
        reconciliations.change(
            desk.scope, connection, "co_blue", last_ok_at=now - timedelta(hours=1), found=3,
            subscription_code="shop_blocked",
        )  # fmt: skip
    park(desk, 1, state="waiting", received_at=now - timedelta(minutes=9))

    page = owner.get("/console/shops").text

    assert "No se le pregunta por sus cambios desde" in page
    assert "esperan desde hace 9 min" in page
    assert "no avisa de sus cambios" in page


def test_a_shops_words_are_text(desk: Desk, owner: Browser) -> None:
    change(desk, label="<img src=x onerror=alert(1)>", address="javascript:alert(1)")
    park(desk, 1, topic="<b>x</b>", ref="\"'><i>")

    page = owner.get("/console/shops").text

    assert "<img src=x" not in page
    assert 'href="javascript' not in page
    assert "<b>x</b>" not in page
    assert "<i>" not in page


def test_no_credential_is_on_the_page(owner: Browser) -> None:
    assert "pretend-secret" not in owner.get("/console/shops").text


# -- live


def test_the_open_page_asks_for_the_list_alone(desk: Desk, owner: Browser) -> None:
    first = owner.get("/console/shops", **{"X-Fragment": "1"})
    assert first.text.lstrip().startswith('<div id="shops"')
    assert "<html" not in first.text

    same = {"X-Fragment": "1", "If-None-Match": first.headers["ETag"]}
    assert owner.get("/console/shops", **same).status_code == 304
    change(desk, sync_state="done")
    assert owner.get("/console/shops", **same).status_code == 200


# -- parked webhooks


def test_one_parked_webhook_is_replayed(desk: Desk, owner: Browser) -> None:
    first, second = park(desk, 1), park(desk, 2)
    assert "2 registros apartados" in owner.get("/console/shops").text

    answer = owner.post("/console/shops/co_blue/replay", delivery=first)

    assert answer.location == "/console/shops#co_blue"
    assert (state_of(desk, first), state_of(desk, second)) == ("waiting", "parked")
    assert ("hear", desk.scope.workspace_id, first) in desk.woken


def test_all_parked_webhooks_of_a_shop_are_replayed(desk: Desk, owner: Browser) -> None:
    ids = [park(desk, 1), park(desk, 2), park(desk, 3, connection_id="co_olive")]

    owner.post("/console/shops/co_blue/replay")

    assert [state_of(desk, name) for name in ids] == ["waiting", "waiting", "parked"]


def test_a_webhook_of_another_shop_is_not_replayed(desk: Desk, owner: Browser) -> None:
    foreign = park(desk, 3, connection_id="co_olive")

    assert owner.post("/console/shops/co_blue/replay", delivery=foreign).status_code == 404
    assert owner.post("/console/shops/co_none/replay").status_code == 404
    assert state_of(desk, foreign) == "parked"


# -- asking a shop


def test_asking_now_tries_the_stored_key_and_asks_for_changes(
    desk: Desk, owner: Browser, prover: Prover
) -> None:
    answer = owner.post("/console/shops/co_blue/again")

    assert answer.location == "/console/shops#co_blue"
    assert prover.asked[0].credentials["webhook_secret"] == "pretend-secret"
    assert ("reconcile", desk.scope.workspace_id, "co_blue") in desk.woken


def test_a_shop_that_refuses_tells_why_and_what_to_send_to_its_hosting(
    owner: Browser, prover: Prover
) -> None:
    prover.error = BadAnswer(
        "shop_blocked", method="GET", path="/wp-json/", status=403, time="now", agent="Mostrador",
        address="https://blue.example",
    )  # fmt: skip

    answer = owner.post("/console/shops/co_blue/again")

    assert answer.status_code == 200
    assert 'data-code="shop_blocked"' in answer.text
    assert "Respuesta: HTTP 403" in answer.text
    assert "Answer: HTTP 403" in answer.text
    assert "Probar de nuevo" in answer.text


# -- connecting by keys

FORM = {"address": "https://casa-oliva.example", "key": "ck_1", "secret": "cs_hidden"}
CONNECT = "/console/shops/connect/pretend"


def test_a_shop_is_connected_by_keys(desk: Desk, owner: Browser, prover: Prover) -> None:
    assert 'name="secret" type="password"' in owner.get(CONNECT).text

    answer = owner.post(CONNECT, **FORM, label="Oliva")

    assert "Oliva está conectada" in answer.text
    assert 'data-code="plain_http"' in answer.text
    assert prover.asked[0].credentials == {"key": "ck_1", "secret": "cs_hidden"}
    assert len(connect.all_connections(desk.services, desk.scope)) == 3


def test_a_failure_keeps_what_was_typed_but_shows_no_secret(owner: Browser, prover: Prover) -> None:
    prover.error = BadAnswer("not_wordpress")
    failed = owner.post(CONNECT, **FORM)
    assert failed.status_code == 422
    assert 'data-code="not_wordpress"' in failed.text
    assert 'value="https://casa-oliva.example"' in failed.text
    assert "cs_hidden" not in failed.text
    kept = failed.text.partition('name="kept" value="')[2].partition('"')[0]

    prover.error = None
    again = owner.post(CONNECT, **{**FORM, "secret": ""}, kept=kept)

    assert "Casa Oliva está conectada" in again.text
    assert prover.asked[-1].credentials["secret"] == "cs_hidden"
    assert owner.post(CONNECT, **{**FORM, "secret": ""}, kept=kept).status_code == 422


def test_what_is_missing_is_marked(owner: Browser, prover: Prover) -> None:
    answer = owner.post(CONNECT, **{**FORM, "key": ""})

    assert answer.status_code == 422
    assert 'data-code="field_missing"' in answer.text
    assert prover.asked == []


def test_another_key_keeps_the_connection(desk: Desk, owner: Browser, prover: Prover) -> None:
    page = owner.get(f"{CONNECT}?shop=co_blue").text
    assert 'value="https://blue.example"' in page

    answer = owner.post(CONNECT, **{**FORM, "address": "https://blue.example"}, shop="co_blue")

    assert "La conexión se renovó" in answer.text
    assert len(connect.all_connections(desk.services, desk.scope)) == 2


def test_what_cannot_be_connected_is_not_found(owner: Browser) -> None:
    assert owner.get("/console/shops/connect/nothing").status_code == 404
    assert owner.get(f"{CONNECT}?shop=co_none").status_code == 404


# -- claim codes


def test_a_code_is_made_and_shown_once(desk: Desk, owner: Browser) -> None:
    page = owner.post("/console/shops/code").text
    code = page.partition("<code>")[2].partition("</code>")[0]

    assert 'name="next" value="/console"' in page  # this address answers a form only
    assert connect.redeem_claim_code(desk.services, code) == desk.scope
    assert code not in owner.get("/console/shops").text


# -- who may


@pytest.fixture
def viewer(desk: Desk, owner: Browser) -> Browser:
    with desk.services.database.writing() as connection:
        account = rows.with_role(desk.scope, connection, "owner")[0]
        rows.change(desk.scope, connection, account.id, role="viewer")
    return owner


def test_whoever_is_no_owner_only_looks(viewer: Browser, prover: Prover) -> None:
    page = viewer.get("/console/shops")
    assert page.status_code == 200
    assert "/again" not in page.text
    asks: list[Callable[[], Any]] = [
        lambda: viewer.post("/console/shops/co_blue/again"),
        lambda: viewer.post("/console/shops/co_blue/replay"),
        lambda: viewer.post("/console/shops/code"),
        lambda: viewer.post(CONNECT, **FORM),
        lambda: viewer.get(CONNECT),
    ]

    for ask in asks:
        answer = ask()
        assert answer.status_code == 403
        assert 'data-code="owner_only"' in answer.text
    assert prover.asked == []


def test_another_workspaces_shop_is_not_there(desk: Desk, owner: Browser) -> None:
    other = connect.create_workspace(
        desk.services, name="Otra", locale="es", country="ES", timezone="UTC"
    )
    with desk.services.database.writing() as connection:
        installed.add_connection(other, connection, {
            "id": "co_other", "platform": "pretend", "label": "Ajena", "address": "x",
            "credentials": b"", "options": {}, "sync": {}, "created_at": desk.clock(),
        })  # fmt: skip

    assert "Ajena" not in owner.get("/console/shops").text
    assert owner.post("/console/shops/co_other/again").status_code == 404


# -- the copy of the history, and parting


def test_a_copy_is_paused_and_goes_on(desk: Desk, owner: Browser) -> None:
    change(desk, sync_state="running")
    assert "Pausar la copia" in owner.get("/console/shops").text

    assert owner.post("/console/shops/co_blue/pause").location == "/console/shops#co_blue"
    paused = owner.get("/console/shops").text
    assert "Copia en pausa" in paused
    assert "Reanudar la copia" in paused
    owner.post("/console/shops/co_blue/resume")

    assert ("backfill", desk.scope.workspace_id, "co_blue") in desk.woken
    assert owner.post("/console/shops/co_none/pause").status_code == 404


def test_a_copy_that_stopped_says_why_and_when_it_goes_on(desk: Desk, owner: Browser) -> None:
    at = (desk.clock() + timedelta(minutes=40)).isoformat()
    change(desk, sync_state="failed", sync={"turn": {"at": at, "code": "shop_exporting"}})

    page = owner.get("/console/shops").text

    assert "La copia se detuvo" in page
    assert "está preparando sus datos" in page
    assert "Sigue por sí sola: 13:40" in page


@pytest.fixture
def leaving(desk: Desk) -> None:
    """The blue shop answers when it is told to forget us."""
    desk.stores["co_blue"] = FakeShop(now=desk.clock)


@pytest.mark.usefixtures("leaving")
def test_disconnecting_asks_first_and_says_what_is_left(desk: Desk, owner: Browser) -> None:
    path = "/console/shops/co_blue/disconnect"
    change(desk, sync_state="done")
    asked = owner.get(path).text
    assert "¿Qué pasa con los datos copiados?" in asked
    assert owner.post(path).status_code == 422
    assert "Conectada" in owner.get("/console/shops").text

    done = owner.post(path, data="keep")

    assert done.status_code == 200
    assert "Los datos guardados se conservan" in done.text
    page = owner.get("/console/shops").text
    assert "Desconectada" in page
    assert "Conectar de nuevo" in page


@pytest.mark.usefixtures("leaving")
def test_the_data_of_a_disconnected_shop_is_erased_on_demand(desk: Desk, owner: Browser) -> None:
    path = "/console/shops/co_blue/disconnect"
    owner.post(path, data="keep")
    assert "Borrar los datos de Blue" in owner.get(path).text

    answer = owner.post(path, data="erase")

    assert "Los datos guardados se están borrando" in answer.text
    assert any(job[0] == "privacy" for job in desk.woken)


# -- words for what others may add


def test_every_kind_of_webhook_has_a_name(desk: Desk, owner: Browser) -> None:
    for kind in get_args(Kind):
        assert kind == "privacy" or messages.has(f"console.kind.{kind}"), kind
    park(desk, 1, kind="novel")

    assert "Otro aviso o1" in owner.get("/console/shops").text


def test_every_field_an_owner_is_asked_for_is_named_in_both_languages() -> None:
    for platform in registry.stores().values():
        for field in platform.connect_fields:
            assert messages.has(f"connect.{platform.key}.{field.name}"), field.name
            assert messages.has(f"connect.{platform.key}.{field.name}.help"), field.name
