"""Connecting again keeps the mirror; a key that only reads makes a look-only connection."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from plugin.actions import act, connect, credentials, lawful, privacy, reconcile, shops
from plugin.actions.connect import Attached
from plugin.actions.sidebar import load_sidebar
from plugin.commands.connecting import cannot_connect, connected
from plugin.db import connections as installed
from plugin.db import tombstones
from plugin.db.connections import ConnectionRow
from plugin.db.session import Scope
from plugin.errors import BadAnswer, Conflict, Unreachable, Unsupported
from plugin.messages import label, sentence
from plugin.ports.http import Http
from plugin.ports.store import Capability, Connection, Proven, ShopInfo
from tests.builders import an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk

READ_ONLY = (Capability(name="refund", available=False, reason="key_read_only"),)
ADDRESS = "https://shop.example"


def attach(
    desk: Desk, *, missing: tuple[Capability, ...] = (), address: str = ADDRESS, label: str = "",
    options: Mapping[str, str] | None = None, key: str = " k ", name: str = "",
    scope: Scope | None = None,
) -> Attached:  # fmt: skip
    """`name` is what its platform calls the shop, where it has names."""

    def prove(connection: Connection, http: Http) -> Proven:
        shop = ShopInfo(name="Olive House", currency="EUR", key=name)
        return Proven(address=address, shop=shop, options=options or {}, missing=missing)

    platform = replace(desk.services.stores["pretend"], prove=prove)
    services = replace(desk.services, stores={"pretend": platform}, http=NoHttp())
    return connect.attach_shop(
        services, scope or desk.scope, platform="pretend", label=label, address="shop.example",
        credentials={"key": key},
    )  # fmt: skip


class NoHttp:
    def send(self, *_: object, **__: object) -> object:
        raise AssertionError("nobody calls")


def row(desk: Desk, connection_id: str) -> ConnectionRow:
    with desk.services.database.reading() as connection:
        found = installed.connection_row(desk.scope, connection, connection_id)
    assert found is not None
    return found


def test_the_proven_address_and_options_are_kept(desk: Desk) -> None:
    made = attach(desk, options={"auth": "query", "prefix": ""})

    stored = row(desk, made.id)
    assert (stored.address, stored.label) == (ADDRESS, "Olive House")
    assert stored.options == {"auth": "query"}
    assert json.loads(desk.services.keys.open(stored.credentials)) == {"key": "k"}


def test_connecting_again_renews_the_same_connection(desk: Desk) -> None:
    first = attach(desk, label="Olive", missing=READ_ONLY, options={"auth": "query"})
    desk.shops["new"], before = first.id, desk.clock()
    desk.clock.pass_(hours=1)
    desk.save(an_order("o1"), shop="new")

    again = attach(desk, key="k2", options={"auth": ""})

    stored = row(desk, first.id)
    assert (again.id, again.renewed, again.name) == (first.id, True, "Olive")
    assert (stored.connected_at, stored.created_at) == (desk.clock(), before)
    assert stored.options == {}
    assert json.loads(desk.services.keys.open(stored.credentials)) == {"key": "k2"}
    with desk.services.database.reading() as connection:
        assert tombstones.number_of(desk.scope, connection, "orders", first.id) == 1


def test_a_shop_that_got_https_is_still_the_same(desk: Desk) -> None:
    plain = attach(desk, address="http://shop.example")

    secure = attach(desk)

    assert (secure.id, row(desk, plain.id).address) == (plain.id, ADDRESS)


def test_another_address_is_another_shop(desk: Desk) -> None:
    assert attach(desk).id != attach(desk, address="https://shop.example/two").id


class TestAShopOfTwoWorkspaces:
    @pytest.fixture
    def other(self, desk: Desk) -> Scope:
        return connect.create_workspace(
            desk.services, name="Other", locale="es", country="ES", timezone="UTC"
        )

    def test_it_belongs_to_the_one_that_is_connected(self, desk: Desk, other: Scope) -> None:
        first = attach(desk, name="olive")

        with pytest.raises(Conflict) as refused:
            attach(desk, name="olive", scope=other)

        assert refused.value.code == "shop_elsewhere"
        assert heard_by(desk) == (desk.scope, first.id)
        assert rows_of(desk, other) == []

    def test_once_disconnected_there_it_moves_and_what_was_kept_is_erased(
        self, desk: Desk, other: Scope
    ) -> None:
        first = attach(desk, name="olive")
        with desk.services.database.writing() as connection:
            shops.close_shop(desk.services, desk.scope, connection, first.id)

        made = attach(desk, name="olive", scope=other)
        desk.woken.clear()
        lawful.sweep(desk.services)
        ((_, workspace, request),) = desk.woken
        lawful.work(desk.services, Scope(workspace), request)

        assert heard_by(desk) == (other, made.id)
        (asked,) = privacy.requests(desk.services, desk.scope)
        assert (asked.origin, asked.kind, asked.state) == ("moved", "erase_shop", "done")
        assert first.id not in rows_of(desk, desk.scope)
        assert rows_of(desk, other) == [made.id]

    def test_once_its_owner_removed_the_app_it_moves_too(self, desk: Desk, other: Scope) -> None:
        first = attach(desk, name="olive")
        credentials.forget(desk.services, desk.scope, first.id, "app_uninstalled")

        made = attach(desk, name="olive", scope=other)

        assert heard_by(desk) == (other, made.id)
        assert [asked.kind for asked in privacy.requests(desk.services, desk.scope)] == [
            "erase_shop"
        ]

    def test_of_an_older_release_the_first_one_goes_on_hearing(
        self, desk: Desk, other: Scope
    ) -> None:
        first = attach(desk, name="olive")
        second = attach(desk, scope=other)

        reconcile.announce(desk.services, other, second.id, "pretend", "olive")

        assert heard_by(desk) == (desk.scope, first.id)

    def test_a_shop_without_such_a_name_may_be_in_both(self, desk: Desk, other: Scope) -> None:
        assert attach(desk).id != attach(desk, scope=other).id


def heard_by(desk: Desk) -> tuple[Scope, str] | None:
    with desk.services.database.reading() as connection:
        return installed.find_outside(connection, "shop", "pretend:olive")


def rows_of(desk: Desk, scope: Scope) -> list[str]:
    with desk.services.database.reading() as connection:
        return [row.id for row in installed.connection_rows(scope, connection)]


def test_look_only_names_its_reason_and_refuses_a_preview(desk: Desk, shop: FakeShop) -> None:
    with desk.services.database.writing() as connection:
        installed.change_connection(
            desk.scope, connection, "co_blue", options={"missing.refund": "key_read_only"}
        )
    seat = desk.seat(emails=["carmen@example.com"])
    order = load_sidebar(desk.services, seat).orders[0]

    capability = act.offers(desk.services, seat, order)[0]
    with pytest.raises(Unsupported) as refused:
        act.preview(desk.services, seat, "refund", "co_blue", "o1", {"mode": "all"})

    assert (capability.available, capability.reason) == (False, "key_read_only")
    assert refused.value.code == "key_read_only"


def test_the_panel_changes_when_the_key_may_write(desk: Desk, shop: FakeShop) -> None:
    tags = []
    for options in ({"missing.refund": "key_read_only"}, {}):
        with desk.services.database.writing() as connection:
            installed.change_connection(desk.scope, connection, "co_blue", options=options)
        seat = desk.seat(emails=["carmen@example.com"], conversation="t")
        tags.append(load_sidebar(desk.services, seat).etag)

    assert tags[0] != tags[1]


def test_a_failure_is_told_in_both_languages_with_a_message_to_copy() -> None:
    error = BadAnswer(
        "shop_blocked", status=403, words="Just a moment", method="GET", path="/wp-json/",
        time="2026-11-22 15:28:07 UTC", agent="Mostrador/1.0", address=ADDRESS,
    )  # fmt: skip

    told = cannot_connect(error, "panel.example", as_json=True)
    shown = cannot_connect(error, "panel.example", as_json=False)

    assert told["code"] == "shop_blocked"
    assert set(told["message"]) == set(told["hosting"]) == {"en", "es"}
    assert told["call"]["status"] == 403
    assert "2026-11-22 15:28:07 UTC" in told["hosting"]["es"]
    assert "Desde: el servidor panel.example" in told["hosting"]["es"]
    assert "Just a moment" in shown["message"]


@pytest.mark.parametrize("code", ["shop_unreachable", "shop_key_rejected"])
def test_who_connects_is_told_what_to_do_and_not_what_agents_read(code: str) -> None:
    told = cannot_connect(Unreachable(code), "panel.example", as_json=True)["message"]

    assert told == {at: label(f"owner.{code}", at) for at in ("en", "es")}
    assert not {sentence(code, at) for at in ("en", "es")} & set(told.values())


def test_what_is_missing_is_said_after_connecting(desk: Desk) -> None:
    made = attach(desk, missing=READ_ONLY)

    told = connected(made, as_json=True)
    shown = connected(made, as_json=False)

    assert told["look_only"] == ["refund"]
    assert [notice["code"] for notice in told["notices"]] == ["key_read_only"]
    assert "Two steps" in shown["Note 1"]
