"""What a shop granted is measured and said; the scopes we ask for stand in three places."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import responses

from integrations.http import ApiClient
from integrations.stores.shopify import PLATFORM, scopes
from integrations.stores.shopify.abilities import ABILITIES
from integrations.stores.shopify.rights import NEEDS
from plugin.actions import rights
from plugin.db import connections as installed
from plugin.db.connections import ConnectionRow
from plugin.errors import InvalidInput
from plugin.ports.store import Connection
from tests.integrations.stores.shopify.lab import Lab, a_lab
from tests.integrations.stores.shopify.wire import ADDRESS, TOKEN, answer, error

FOLDER = Path(scopes.__file__).parent


@pytest.fixture
def lab(sqlite_url: str, tmp_path: Path) -> Iterator[Lab]:
    with a_lab(sqlite_url, tmp_path) as made:
        made.attach()
        yield made


def row(lab: Lab) -> ConnectionRow:
    with lab.services.database.reading() as connection:
        found = installed.connection_row(lab.scope, connection, lab.connection_id)
    assert found is not None
    return found


def said(lab: Lab) -> list[str]:
    found = rights.troubles(lab.services, lab.scope, row(lab))
    return [code for _, code, _ in found if code != rights.LET_IN_UNTIL]


def learnt(lab: Lab) -> dict[str, str]:
    """What was measured about rights, without the shop's places."""
    return {name: text for name, text in row(lab).options.items() if name != "places"}


def ways(wire: responses.RequestsMock, *places: str, accounts: str = "CLASSIC") -> None:
    """The rest of what is measured: places, and which customer accounts there are."""
    nodes = [
        {"id": f"gid://shopify/Location/{number}", "name": name, "isActive": True}
        for number, name in enumerate(places, 1)
    ]
    known = {"shop": {"id": "1", "customerAccountsV2": {"customerAccountsVersion": accounts}}}
    answer(wire, "locations", {"first": 50, "after": None}, data={"locations": {"nodes": nodes}})
    answer(wire, "customer_accounts", {}, data=known)


def test_with_everything_granted_nothing_is_said(lab: Lab) -> None:
    assert learnt(lab) == {}
    assert said(lab) == []


def test_until_when_we_are_let_in_is_told(lab: Lab) -> None:
    told = rights.troubles(lab.services, lab.scope, row(lab))

    ((level, code, known),) = told
    assert (level, code) == ("fine", rights.LET_IN_UNTIL)
    assert known["until"] == (lab.services.clock() + timedelta(days=90)).date().isoformat()


def test_without_all_orders_the_history_is_sixty_days(lab: Lab) -> None:
    lab.control(scopes=list(scopes.SCOPES))

    rights.measure(lab.services, lab.scope, lab.connection_id)

    assert learnt(lab) == {"history_days": "60"}
    assert said(lab) == ["doctor.shop_history_days"]


def test_a_scope_that_was_taken_away_makes_a_shop_look_only(lab: Lab) -> None:
    lab.control(scopes=["read_all_orders", *set(scopes.SCOPES) - {"write_orders"}, "read_orders"])

    rights.measure(lab.services, lab.scope, lab.connection_id)

    options = row(lab).options
    assert options["rights_missing"] == "write_orders"
    unable = {name for name, why in options.items() if why == "shop_scope_missing"}
    assert {"missing.refund", "missing.address", "missing.cancel"} <= unable
    assert not unable & {"missing.discount", "missing.replacement", "missing.customer_note"}
    assert said(lab) == ["doctor.shop_rights"]


def test_orders_that_are_no_longer_hidden_arrive(lab: Lab) -> None:
    lab.control(scopes=list(scopes.SCOPES))
    rights.measure(lab.services, lab.scope, lab.connection_id)
    done = {part: {"finished": True} for part in ("customers", "orders", "products")}
    with lab.services.database.writing() as connection:
        installed.change_connection(
            lab.scope, connection, lab.connection_id, sync=done, sync_state="done"
        )
    lab.woken.clear()
    lab.control(scopes=[*scopes.SCOPES, "read_all_orders"])

    rights.measure(lab.services, lab.scope, lab.connection_id)

    assert learnt(lab) == {}
    assert (row(lab).sync_state, row(lab).sync["orders"]) == ("waiting", {})
    assert lab.woken == [("backfill", lab.scope.workspace_id, lab.connection_id)]


@pytest.mark.parametrize("path", [["customers", "nodes", 0, "firstName"], ["customers"]])
def test_kept_back_names_are_noticed(wire: responses.RequestsMock, path: list[object]) -> None:
    held = {"accessScopes": [{"handle": scope} for scope in scopes.SCOPES]}
    answer(wire, "app_installation_scopes", {}, data={"currentAppInstallation": held})
    customers = None if len(path) == 1 else {"nodes": [{"id": "1", "firstName": None}]}
    denied = {**error("ACCESS_DENIED"), "path": path}
    answer(wire, "protected_data", {}, data={"customers": customers}, errors=[denied])
    ways(wire)
    assert PLATFORM.rights is not None

    known = Connection(
        workspace_id="ws_1", id="co_1", platform="shopify", label="", address=ADDRESS,
        credentials={"access_token": TOKEN},
    )  # fmt: skip

    found = PLATFORM.rights(known, ApiClient(attempts=1))

    assert found.options["withheld"] == "1"


@pytest.mark.parametrize("typed", ["Tienda.myshopify.com ", f"https://{ADDRESS}/", ADDRESS])
def test_an_address_is_stored_as_the_shops_own_domain(
    wire: responses.RequestsMock, typed: str
) -> None:
    shop = {
        "name": "Tienda", "currencyCode": "EUR", "ianaTimezone": "", "myshopifyDomain": ADDRESS,
        "primaryDomain": {"url": ""},
    }  # fmt: skip
    nothing = {"currentAppInstallation": {"accessScopes": []}}
    answer(wire, "shop", {}, data={"shop": shop})
    answer(wire, "app_installation_scopes", {}, data=nothing)
    answer(wire, "protected_data", {}, data={"customers": {"nodes": []}})
    ways(wire)
    known = Connection(
        workspace_id="ws_1", id="co_1", platform="shopify", label="", address=typed,
        credentials={"access_token": TOKEN},
    )  # fmt: skip
    assert PLATFORM.prove is not None

    assert PLATFORM.prove(known, ApiClient(attempts=1)).address == ADDRESS


def test_places_and_customer_accounts_are_learnt(wire: responses.RequestsMock) -> None:
    answer(
        wire, "app_installation_scopes", {}, data={"currentAppInstallation": {"accessScopes": []}}
    )
    answer(wire, "protected_data", {}, data={"customers": {"nodes": []}})
    ways(wire, "Valencia", "Madrid", accounts="CLASSIC")
    known = Connection(
        workspace_id="ws_1", id="co_1", platform="shopify", label="", address=ADDRESS,
        credentials={"access_token": TOKEN},
    )  # fmt: skip
    assert PLATFORM.rights is not None

    found = PLATFORM.rights(known, ApiClient(attempts=1))

    assert found.options["places"] == '[["1", "Valencia"], ["2", "Madrid"]]'
    assert found.options["no_credit"] == "store_credit_old_accounts"
    # the owner's choice of accounts takes no right from us: the shop is not look-only
    assert "store_credit_old_accounts" not in {item.reason for item in found.missing}


def test_an_address_that_is_no_shops_own_is_said(wire: responses.RequestsMock) -> None:
    known = Connection(
        workspace_id="ws_1", id="co_1", platform="shopify", label="", address="shop.example.com",
        credentials={"access_token": TOKEN},
    )  # fmt: skip
    assert PLATFORM.prove is not None

    with pytest.raises(InvalidInput, match="shop_domain_invalid"):
        PLATFORM.prove(known, ApiClient(attempts=1))


def test_a_pasted_token_is_said_to_last(lab: Lab) -> None:
    with lab.services.database.writing() as connection:
        sealed = lab.services.keys.seal(b'{"access_token":"shpat_sandbox"}')
        installed.change_connection(lab.scope, connection, lab.connection_id, credentials=sealed)

    assert said(lab) == ["doctor.shop_token_fixed"]


def test_a_grant_that_nobody_renewed_is_said_before_it_ends(lab: Lab) -> None:
    lab.clock.ahead = timedelta(days=80)

    assert said(lab) == ["doctor.shop_token_ends"]


def test_what_a_change_needs_is_asked_for() -> None:
    assert NEEDS.keys() <= ABILITIES.keys()
    assert set(NEEDS.values()) <= set(scopes.SCOPES)


def test_the_scopes_are_the_same_everywhere_and_explained() -> None:
    known = tomllib.loads((FOLDER / "shopify.app.toml").read_text("utf-8"))
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", (FOLDER / "README.md").read_text("utf-8"), re.M)
    explained = {name: why for name, why in rows if name.startswith(("read_", "write_"))}

    assert tuple(known["access_scopes"]["scopes"].split(",")) == scopes.SCOPES
    assert sorted(explained) == sorted([*scopes.SCOPES, scopes.ALL_ORDERS])
    assert all(explained.values())
