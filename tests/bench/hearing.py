"""Webhooks: taking them in, beside a view that echoes the same body; and working them off, beside
raw sqlite3 that writes the same rows."""

from __future__ import annotations

import base64
import hmac
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from sqlalchemy import select

from plugin.actions import connect, hear, reconcile
from plugin.db import deliveries, mirror
from plugin.db import intake as intake_rows
from plugin.db.migrate import upgrade
from plugin.db.session import Scope
from plugin.db.tables import orders
from plugin.domain.orders import Order
from plugin.services import Services
from plugin.settings import Settings
from plugin.wiring import build_services
from tests.bench import rawsql
from tests.bench.measure import Load, Target
from tests.bench.mirrors import add_shop, an_order, environ_of
from tests.bench.report import Verdict
from tests.bench.servers import Server
from tests.fakes.shop import FakeShop
from tests.owning import owned

SENDERS, WORKERS, SECONDS = 64, 4, 1.5
TOGETHER = SENDERS // WORKERS  # that share a commit, when all senders wait
AT_ONCE = 500  # deliveries that wait when working them off begins
SECRET = "bench-secret"
TARGETS = ("rps", "p50", "p99")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A database with one connected shop."""

    folder: Path
    services: Services
    scope: Scope
    id: str


def shop_in(folder: Path) -> Shop:
    folder.mkdir(parents=True)
    settings = Settings.from_env(environ_of(folder))
    upgrade(settings.database_url)
    services = build_services(settings)
    scope = connect.create_workspace(
        services, name="Bench", locale="es", country="ES", timezone="Europe/Madrid"
    )
    owned(services, scope)
    sealed = services.keys.seal(msgspec.json.encode({"webhook_secret": SECRET}))
    shop_id = add_shop(services, scope, "shopify", credentials=sealed)
    reconcile.announce(services, scope, shop_id, "shopify", "bench.myshopify.com")
    return Shop(folder=folder, services=services, scope=scope, id=shop_id)


# -- taking in


def intake(folder: Path, count: int) -> Iterator[Verdict]:
    """Both servers on one core with four workers; a 200 that was not committed, or an answer that
    is none, ends the bench."""
    shop = shop_in(folder / "intake")
    body = _body()
    cpus = sorted(os.sched_getaffinity(0))
    serving = {cpus[0]} if len(cpus) > 1 else set()
    with ExitStack() as stack:
        load = Load()
        stack.callback(load.stop)
        if serving:
            os.sched_setaffinity(load.pid, {cpus[-1]})
        environ = {**environ_of(shop.folder), "WEB_CONCURRENCY": str(WORKERS)}

        def target(name: str, factory: str, request: str) -> Target:
            server = Server(factory, environ)
            stack.callback(server.stop)
            port = server.start(serving).port
            return Target(name, port, (request,), SECONDS, tolerant=True)

        heard = target(
            "webhook taken in", "product", _delivery(f"/webhooks/shopify/{shop.id}", body)
        )
        echo = target("echo of its body", "echo", _delivery("/echo", body))
        answered = _rounds(load, heard, echo, count)
    stored = _stored(shop)
    shop.services.database.close()
    if stored != answered:
        sys.exit(f"{answered} deliveries were answered with 200, {stored} are stored")
    floor = f"echo of {len(body)} bytes, {echo.middle('rps'):.0f} requests/s"
    pairs = zip(heard.samples["rps"], echo.samples["rps"], strict=True)
    yield Verdict(
        name="webhook_intake_rps", goal=0.40, better="higher", rounds=count, floor=floor,
        ratio=median(mine / its for mine, its in pairs),
    )  # fmt: skip
    yield Verdict(
        name="webhook_intake_lock_errors", goal=0.0, better="lower", rounds=count,
        ratio=float(heard.failed), floor=f"{answered} answered, {SENDERS} senders",
    )  # fmt: skip


def _rounds(load: Load, heard: Target, echo: Target, count: int) -> int:
    """Returns how many deliveries were answered with 200 in all."""
    answered = load.ask(heard, SENDERS, SECONDS)["done"]
    load.ask(echo, SENDERS, SECONDS)
    for turn in range(count):
        for one in (heard, echo) if turn % 2 else (echo, heard):
            said = load.ask(one, SENDERS, one.seconds)
            answered += said["done"] if one is heard else 0
            for what in TARGETS:
                one.samples.setdefault(what, []).append(said[what])
            one.bytes = said["bytes"]
    return int(answered) - heard.failed


def _body() -> bytes:
    """As large as an order of a few lines is on that wire."""
    order = msgspec.to_builtins(an_order(7, 3))
    known = {"id": 5_000_000_143, "admin_graphql_api_id": "gid://shopify/Order/5000000143"}
    return msgspec.json.encode({**known, "updated_at": order["updated_at"], "a": order, "b": order})


def _delivery(path: str, body: bytes) -> str:
    """`@@@@@@@@@@` becomes another number each time."""
    signature = base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
    head = (
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "X-Shopify-Topic: orders/updated",
        f"X-Shopify-Hmac-Sha256: {signature}",
        "X-Shopify-Shop-Domain: bench.myshopify.com",
        "X-Shopify-API-Version: 2026-10",
        "X-Shopify-Webhook-Id: bench-@@@@@@@@@@",
        "X-Shopify-Triggered-At: 2026-11-25T12:00:00Z",
    )
    return "\r\n".join(head) + "\r\n\r\n" + body.decode()


def _stored(shop: Shop) -> int:
    with shop.services.database.reading() as connection:
        return sum(deliveries.counts(shop.scope, connection, shop.id).values())


# -- working off


@dataclass
class Memory(FakeShop):
    """A shop that answers at once: what is measured is our own work."""

    known: dict[str, Order] = field(default_factory=dict)

    def order(self, ref: str) -> Order:
        return self.known[ref]

    def orders_among(self, refs: Sequence[str]) -> Sequence[Order]:
        return [self.known[ref] for ref in refs]


def processing(folder: Path, count: int) -> Iterator[Verdict]:
    """The same orders, changed each round: ours one wake after another, raw in batches of 50."""
    ours, raw = shop_in(folder / "ours"), shop_in(folder / "raw")
    store = Memory()
    woken: list[tuple[str, ...]] = []
    services = replace(
        ours.services, open_store=lambda _known: store, wake=lambda *job: woken.append(job)
    )
    samples: dict[str, list[float]] = {"ours": [], "raw": []}
    for turn in range(count + 1):
        store.known = {order.ref: order for order in _changed(turn)}
        for one in ("ours", "raw") if turn % 2 else ("raw", "ours"):
            shop = ours if one == "ours" else raw
            wakes = _wait(shop, store.known, turn)
            began = time.perf_counter()
            if one == "raw":
                rawsql.work_off(shop.folder, shop.scope.workspace_id, shop.id, store.known)
            else:
                woken[:] = [("hear", shop.scope.workspace_id, each) for each in wakes]
                while woken:
                    hear.process(services, shop.scope, woken.pop(0)[2])
            samples[one].append(AT_ONCE / (time.perf_counter() - began))
            _check(shop, store.known)
    for shop in (ours, raw):
        shop.services.database.close()
    # the first round writes new orders, the others change them
    pairs = list(zip(samples["ours"], samples["raw"], strict=True))[1:]
    yield Verdict(
        name="webhook_processing_rate", goal=0.60, better="higher", rounds=count,
        ratio=median(mine / its for mine, its in pairs),
        floor=f"raw sqlite3 in batches of 50, {median(samples['raw'][1:]):.0f} deliveries/s",
    )  # fmt: skip


def _changed(turn: int) -> Iterator[Order]:
    for number in range(AT_ONCE):
        order = an_order(number // 20, number % 20)
        yield replace(
            order, note=f"round {turn}", updated_at=order.updated_at + timedelta(minutes=turn)
        )


def _wait(shop: Shop, known: dict[str, Order], turn: int) -> list[str]:
    """Stored as they come in under load, some in one commit; returns those that wake a worker."""
    now = shop.services.clock()
    common: dict[str, Any] = {
        "connection_id": shop.id, "kind": "order", "topic": "orders/updated", "deleted": False,
        "state": "waiting", "code": "", "attempts": 0, "body": None, "triggered_at": None,
        "received_at": now, "due": now + timedelta(minutes=5),
    }  # fmt: skip
    outside = ("shop", "shopify:bench.myshopify.com", "shopify")
    wakes: list[str] = []
    with shop.services.database.writing() as connection:
        found = intake_rows.addressee(connection, outside)
        items = [
            intake_rows.Item(
                outside=outside, found=found,
                values={**common, "id": f"de_{turn}_{ref}", "ref": ref},
            )
            for ref in known
        ]  # fmt: skip
        for start in range(0, len(items), TOGETHER):
            some = items[start : start + TOGETHER]
            stored = intake_rows.store_all(connection, some)
            wakes += [
                str(item.values["id"]) for item, one in zip(some, stored, strict=True) if one.wakes
            ]
    return wakes


def _check(shop: Shop, known: dict[str, Order]) -> None:
    """Nobody is quick by leaving something out."""
    ours = (orders.c.workspace_id == shop.scope.workspace_id, orders.c.connection_id == shop.id)
    with shop.services.database.reading() as connection:
        waiting = deliveries.counts(shop.scope, connection, shop.id).get("waiting", 0)
        docs = connection.execute(select(orders.c.doc).where(*ours)).scalars().all()
    notes = {mirror.decode_order(doc).note for doc in docs}
    if waiting or len(docs) != len(known) or notes != {order.note for order in known.values()}:
        sys.exit(f"{waiting} deliveries were not worked off, or not all into the mirror: {notes}")
