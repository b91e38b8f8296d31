"""Accounts that changed are found by walking all their stamps; only those are read whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from responses import RequestsMock
from responses.matchers import query_param_matcher

from integrations.http import ApiClient
from integrations.stores.woocommerce import changes
from integrations.stores.woocommerce.client import WooClient
from tests.integrations.stores.woocommerce.recorded import recorded

SHOP = "https://tienda-a.example"
URL = f"{SHOP}/wp-json/wc/v3/customers"
SINCE = datetime(2026, 11, 20, 12, tzinfo=UTC)
OLD, NEW = "2026-11-20T11:59:59", "2026-11-20T12:00:00"


@pytest.fixture
def wire() -> Iterator[RequestsMock]:
    with RequestsMock() as mock:
        yield mock


@pytest.fixture
def client() -> WooClient:
    return WooClient(ApiClient(attempts=1), address=SHOP, key="ck_1", secret="cs_1")


def account(number: int, *, created: str = OLD, modified: str | None = OLD) -> dict[str, Any]:
    return {"id": number, "date_created_gmt": created, "date_modified_gmt": modified}


def walk(wire: RequestsMock, offset: str, accounts: list[dict[str, Any]]) -> None:
    wire.get(URL, json=accounts, match=[query_param_matcher(
        {"offset": offset, "role": "all", "orderby": "id", "order": "asc", "per_page": "100",
         "_fields": "id,date_created_gmt,date_modified_gmt"}, strict_match=False,
    )])  # fmt: skip


def whole(wire: RequestsMock, ids: str) -> None:
    body = recorded("customers-01").body
    wire.get(URL, body=body, match=[query_param_matcher(
        {"include": ids, "role": "all"}, strict_match=False
    )])  # fmt: skip


def test_only_what_changed_is_read(wire: RequestsMock, client: WooClient) -> None:
    walk(wire, "0", [
        account(1), account(2, modified=NEW), account(3, modified=None),
        account(4, modified=None, created=NEW),
    ])  # fmt: skip
    whole(wire, "2,4")

    found, _, cursor = changes.customers_since(client, SINCE, None)

    assert ([person["id"] for person in found], cursor) == ([4], None)


def test_where_nothing_changed_a_page_is_one_call(wire: RequestsMock, client: WooClient) -> None:
    walk(wire, "0", [account(number) for number in range(100)])

    found, _, cursor = changes.customers_since(client, SINCE, None)

    # the pages overlap, for accounts that are deleted meanwhile
    assert (found, cursor, len(wire.calls)) == ([], "95", 1)


def test_the_walk_goes_on_where_it_was(wire: RequestsMock, client: WooClient) -> None:
    walk(wire, "95", [account(1)])

    assert changes.customers_since(client, SINCE, "95") == ([], [], None)
