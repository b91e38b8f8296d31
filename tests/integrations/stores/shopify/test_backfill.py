"""The adapter's backfill over the pretend shop: lines in any order, every end an export can have,
places that stay good, and nobody's points."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from integrations.http import ApiClient
from integrations.sandbox.serving import in_thread
from integrations.sandbox.shopify import TOKEN, create_app
from integrations.stores.shopify import PLATFORM, mapping, spool
from integrations.stores.shopify import backfill as module
from integrations.stores.shopify.client import operation
from integrations.stores.shopify.spool import Spool
from plugin.errors import BadAnswer, NotReady, SetupError, Unreachable
from plugin.ports.store import Batch, Connection, Part, Store

PARTS: tuple[Part, ...] = ("customers", "orders", "products")


@dataclass(frozen=True)
class Shop:
    base: str
    store: Store

    def mood(self, **wanted: Any) -> None:
        requests.post(f"{self.base}/_control/bulk", json=wanted, timeout=5).raise_for_status()

    def downloads(self) -> list[dict[str, str]]:
        found: Any = requests.get(f"{self.base}/_control/bulk", timeout=5).json()
        return list(found["downloads"])


@pytest.fixture
def open_shop() -> Iterator[Callable[..., Shop]]:
    http = ApiClient(allow_loopback=True, attempts=1)
    servers: list[Any] = []

    def opened(**options: Any) -> Shop:
        running = in_thread(create_app(**{"maximum": 20_000, "restore": 1000, **options}))
        servers.append(running)
        base = running.__enter__()
        connection = Connection(
            workspace_id="ws_1", id="co_1", platform="shopify", label="", address=base,
            credentials={"access_token": TOKEN},
        )  # fmt: skip
        return Shop(base, PLATFORM.open(connection, http))

    yield opened
    for running in servers:
        running.__exit__(None, None, None)
    http.close()


@pytest.fixture
def shop(open_shop: Callable[..., Shop]) -> Shop:
    return open_shop()


def refs(batches: list[Batch]) -> list[str]:
    return [item.ref for batch in batches for item in batch.items]


@pytest.mark.parametrize("part", PARTS)
def test_lines_in_any_order_make_the_same_records(shop: Shop, part: Part) -> None:
    straight = [item for batch in shop.store.backfill(part, "") for item in batch.items]
    shop.mood(shuffle=True)

    mixed = [item for batch in shop.store.backfill(part, "") for item in batch.items]

    assert straight
    assert sorted(mixed, key=lambda item: item.ref) == sorted(straight, key=lambda item: item.ref)


def test_every_step_can_be_the_last_before_a_new_beginning(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies after any step: the next one goes on with what is missing."""
    monkeypatch.setattr(module, "AT_ONCE", 7)
    shop.mood(shuffle=True)
    whole = list(shop.store.backfill("orders", ""))
    steps = {batch.cursor: number for number, batch in enumerate(whole) if not batch.finished}
    assert len(steps) > 8

    for cursor, number in steps.items():
        rest = list(shop.store.backfill("orders", cursor))
        assert refs(whole[: number + 1]) + refs(rest) == refs(whole)
        assert rest[-1].finished


def test_the_file_is_asked_for_without_any_key(shop: Shop) -> None:
    list(shop.store.backfill("customers", ""))

    (headers,) = shop.downloads()
    assert not {"X-Shopify-Access-Token", "Authorization", "Cookie"} & set(headers)


def test_a_slow_export_is_waited_for_with_growing_waits(shop: Shop) -> None:
    shop.mood(seconds=60)
    first = list(shop.store.backfill("orders", ""))[-1]
    waits = [first.wait_seconds]
    cursor = first.cursor
    for _ in range(12):
        (again,) = shop.store.backfill("orders", cursor)
        waits.append(again.wait_seconds)
        cursor = again.cursor

    assert (first.reason, first.estimated) == ("shop_exporting", 60)
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (2.0, 30.0)


def test_an_export_whose_id_was_lost_is_found_again(shop: Shop) -> None:
    """The worker died between the shop's answer and our own writing."""
    shop.mood(seconds=60)
    steps = shop.store.backfill("orders", "")
    first = next(steps)
    steps.close()

    second = next(shop.store.backfill("orders", ""))

    assert json.loads(second.cursor)["exports"] == json.loads(first.cursor)["exports"]


@pytest.mark.parametrize(
    ("mood", "error", "code"),
    [
        ({"fail": "ACCESS_DENIED"}, SetupError, "shop_export_denied"),
        ({"fail": "TIMEOUT"}, NotReady, "shop_export_failed"),
        ({"fail": "INTERNAL_SERVER_ERROR"}, NotReady, "shop_export_failed"),
        ({"cancel": True}, NotReady, "shop_export_lost"),
        ({"expire": True}, NotReady, "shop_export_lost"),
    ],
)
def test_a_bad_end_begins_anew_and_is_named(
    shop: Shop, mood: dict[str, Any], error: type[Exception], code: str
) -> None:
    shop.mood(times=1, **mood)
    steps: list[Batch] = []
    with pytest.raises(error) as raised:
        steps.extend(batch for batch in _kept(shop.store.backfill("orders", ""), steps))

    assert raised.value.code == code  # type: ignore[attr-defined]
    assert (steps[-1].cursor, steps[-1].items) == ("", ())
    assert len(refs(list(shop.store.backfill("orders", steps[-1].cursor)))) == 60


def _kept(batches: Iterator[Batch], steps: list[Batch]) -> Iterator[Batch]:
    for batch in batches:
        steps.append(batch)
    yield from ()


def test_a_file_that_is_gone_begins_anew(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(shop.store.backfill("orders", ""))
    place = json.loads(first.cursor)
    unknown = json.dumps({**place, "exports": ["gid://shopify/BulkOperation/1"]})
    steps = shop.store.backfill("orders", unknown)

    assert next(steps).cursor == ""
    with pytest.raises(NotReady):
        next(steps)


def test_too_many_exports_are_waited_for(shop: Shop) -> None:
    shop.mood(others=5)

    (batch,) = shop.store.backfill("orders", "")

    assert (batch.cursor, batch.reason, batch.wait_seconds) == ("", "shop_exports_busy", 60.0)


def test_nothing_is_begun_while_people_need_the_points(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop(maximum=40, restore=1)
    for _ in range(4):  # others ask too, and leave less than half
        body = {"query": operation("backfill_outlook")}
        headers = {"X-Shopify-Access-Token": TOKEN}
        url = f"{shop.base}/admin/api/2026-10/graphql.json"
        requests.post(url, json=body, headers=headers, timeout=5).raise_for_status()

    (batch,) = shop.store.backfill("orders", "")

    assert (batch.cursor, batch.reason) == ("", "agents_first")
    assert batch.wait_seconds > 0
    assert shop.downloads() == []


def test_a_shop_without_orders_is_complete_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1000, 1100):
        body = {"order": number, "delete": True}
        requests.post(f"{shop.base}/_control/order", json=body, timeout=5)

    batches = list(shop.store.backfill("orders", ""))

    assert refs(batches) == []
    assert batches[-1].finished


def test_what_an_older_release_left_begins_anew(shop: Shop) -> None:
    assert len(refs(list(shop.store.backfill("orders", "eyJhIjoxfQ==")))) == 60


def test_an_order_with_refunds_says_that_details_are_missing(shop: Shop) -> None:
    orders = [item for batch in shop.store.backfill("orders", "") for item in batch.items]

    for order in orders:
        whole = shop.store.order(order.ref)
        assert order.refunded == whole.refunded
        if not order.partial:
            assert order == whole
    assert all(order.partial == ("details",) for order in orders if order.refunds)
    assert sum(bool(order.partial) for order in orders) < len(orders) / 2


def test_signs_of_life_while_a_file_comes_in(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "LINES", 20)

    batches = list(shop.store.backfill("orders", ""))

    assert sum(not batch.items and not batch.wait_seconds for batch in batches) > 5


class TestSpool:
    def test_lines_cut_anywhere(self) -> None:
        lines = [b'{"id":"a"}', b'{"id":"b","__parentId":"a"}', b"", b'{"id":"c"}']
        body = b"\n".join(lines)
        for size in range(1, len(body) + 1):
            with Spool() as spooled:
                pieces = [body[at : at + size] for at in range(0, len(body), size)]
                assert list(spooled.fill(pieces))[-1] == 3
                spooled.ready()
                roots = spooled.roots(0, 10)
                assert [line for _, line in roots] == [lines[0], lines[3]]
                assert spooled.roots(roots[0][0] + 1, 10) == roots[1:]
                assert spooled.children(["a", "c"]) == {"a": [lines[1]]}

    def test_what_is_no_json_is_a_bad_answer(self) -> None:
        with Spool() as spooled, pytest.raises(BadAnswer):
            list(spooled.fill([b"<html>\n"]))

    def test_a_line_without_an_end_is_not_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(spool, "LONGEST_LINE", 100)
        with Spool() as spooled, pytest.raises(BadAnswer):
            list(spooled.fill([b"x" * 60] * 3))

    def test_a_file_larger_than_the_disk_is_refused_beforehand(self) -> None:
        with pytest.raises(SetupError) as raised:
            Spool(1 << 60)
        assert raised.value.code == "disk_full"

    def test_nothing_stays_on_the_disk(self) -> None:
        """Not even a name while it is there: a killed worker leaves no customer's line behind."""
        with Spool() as spooled:
            list(spooled.fill([b'{"id":"a"}\n'] * 50_000))
            spooled.ready()
            assert os.fstat(spooled._lines.fileno()).st_nlink == 0
            assert spooled._index.execute("PRAGMA database_list").fetchall()[0][2] == ""


def test_storage_that_is_down_is_tried_later(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(shop.store.backfill("customers", ""))
    monkeypatch.setattr(module, "_GONE", ())
    place = json.loads(first.cursor)
    look = module.exports.look

    def elsewhere(client: Any, export_id: str) -> Any:
        from dataclasses import replace

        return replace(look(client, export_id), url=f"{shop.base}/nothing")

    monkeypatch.setattr(module.exports, "look", elsewhere)
    with pytest.raises(Unreachable):
        list(shop.store.backfill("customers", json.dumps(place)))


def test_one_that_cannot_be_read_costs_nobody_the_others(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = refs(list(shop.store.backfill("orders", "")))
    odd = everything[3]
    mapped = mapping.order

    def stumbling(payload: Any, extra: Any) -> Any:
        if payload["id"].endswith(f"/{odd}"):
            raise KeyError("unheard of")
        return mapped(payload, extra)

    monkeypatch.setattr(mapping, "order", stumbling)
    steps = list(shop.store.backfill("orders", ""))
    page = shop.store.changed_since("orders", datetime(2000, 1, 1, tzinfo=UTC), None)

    assert set(refs(steps)) == set(everything) - {odd}
    assert [ref for step in steps for ref in step.unread] == [odd]
    assert page.items
    assert odd not in [item.ref for item in page.items]
