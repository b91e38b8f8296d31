"""A storm: shops that change all the time and answer late, a net that loses, doubles and reorders
what they send, a worker that is killed. Afterwards the mirror is compared with the shops."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import requests

from plugin.actions import connect, gone
from plugin.db import connections as installed
from plugin.db import deliveries as rows
from plugin.db import reconciliations
from plugin.db.mirror import decode_order
from plugin.db.session import Scope
from plugin.db.tables import orders
from plugin.domain.orders import Order
from plugin.services import Services
from tests.contracts.shop import backfilled

SHARES = {"hook_duplicate": 0.10, "hook_reordered": 0.10, "hook_lost": 0.05}
# what a shop does now and then while it is read; late answers are old ones
TROUBLES = (
    "late_answer", "late_answer", "late_answer", "latency", "changed", "throttled",
    "error_before", "error_after", "drop_before", "drop_after", "html", "bad_token",
)  # fmt: skip
AT_A_TIME = 40
BACKLOG = 300  # deliveries that have not left yet, before the shops pause
T = TypeVar("T")


class Killable(Protocol):
    def kill(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many deliveries the shops want to send, and what happens meanwhile."""

    deliveries: int
    kills: int
    deletions: int
    late_seconds: float
    patience_seconds: float
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where it happens: both shops by connection id, and a worker that can be started."""

    services: Services
    scope: Scope
    shops: Mapping[str, str]
    start_worker: Callable[[], Killable]


@dataclass
class Storm:
    """`killed` counts, `notes` what happened on the way."""

    ground: Ground
    plan: Plan
    killed: int = 0
    refs: dict[str, list[str]] = field(default_factory=dict)
    worker: Killable | None = None

    def __post_init__(self) -> None:
        self._chance = random.Random(self.plan.seed)
        self._web = requests.Session()
        self._web.trust_env = False

    # -- before

    def mirror_the_shops(self) -> None:
        """A worker brings both shops in and subscribes to their webhooks."""
        self.worker = self.ground.start_worker()
        self.until(self._all_in, "both shops in the mirror")
        self.until(lambda: all(row.last_ok_at for row in self._books()), "the first asking")
        for shop in self.ground.shops:
            self.refs[shop] = sorted(self.mirrored(shop))

    def _all_in(self) -> bool:
        with self.ground.services.database.reading() as connection:
            known = installed.connection_rows(self.ground.scope, connection)
        return all(row.sync_state == "done" for row in known)

    # -- the storm

    def rage(self) -> None:
        for url in self.ground.shops.values():
            self._post(f"{url}/_control/net", {"shares": SHARES, "seed": self.plan.seed})
        share = self.plan.deliveries / max(1, self.plan.kills)
        kills = [share * (n + self._chance.uniform(0.2, 0.8)) for n in range(self.plan.kills)]
        deletions = [
            self.plan.deliveries * self._chance.uniform(0.1, 0.9)
            for _ in range(self.plan.deletions)
        ]
        while (posted := self._posted()) < self.plan.deliveries:
            for _ in range(AT_A_TIME):
                self._change(delete=self._passed(deletions, posted))
            self._trouble()
            if self._passed(kills, posted):
                self._kill()
        for _ in kills:  # whose point lay behind the last deliveries
            self._kill()

    def _passed(self, points: list[float], posted: int) -> bool:
        hit = next((point for point in points if point <= posted), None)
        if hit is not None:
            points.remove(hit)
        return hit is not None

    def _change(self, *, delete: bool) -> None:
        shop = self._chance.choice(list(self.ground.shops))
        ref = self._chance.choice(self.refs[shop])
        change: dict[str, Any] = {"note": f"{self._chance.random()}"}
        if delete:
            self.refs[shop].remove(ref)
            change = {"delete": True}
        self._post(f"{self.ground.shops[shop]}/_control/order", {"order": ref, **change})

    def _trouble(self) -> None:
        url = self._chance.choice(list(self.ground.shops.values()))
        name = self._chance.choice(TROUBLES)
        seconds = self._chance.uniform(0, self.plan.late_seconds)
        on = "any" if name == "changed" else "read"
        self._post(
            f"{url}/_control/faults", {"fault": name, "on": on, "times": 1, "seconds": seconds}
        )

    def _kill(self) -> None:
        """In the middle of whatever it does; for a moment nobody works."""
        assert self.worker is not None
        self.worker.kill()
        self.killed += 1
        time.sleep(self._chance.uniform(0, self.plan.late_seconds))
        self.worker = self.ground.start_worker()

    def _posted(self) -> int:
        """How many were to be sent so far; waits while too many have not left."""
        self.until(lambda: self._nets_hold() < BACKLOG, "the couriers")
        return sum(net["posted"] for net in self.nets())

    def _nets_hold(self) -> int:
        return sum(net["posted"] - net["left"] for net in self.nets())

    def nets(self) -> list[dict[str, Any]]:
        return [
            self._web.get(f"{url}/_control/net", timeout=30).json()
            for url in self.ground.shops.values()
        ]

    # -- after

    def calm(self) -> None:
        """The net and the shops are well again; what was taken in is worked off."""
        for url in self.ground.shops.values():
            self._post(f"{url}/_control/net", {"shares": {}})
            self._web.delete(f"{url}/_control/faults", timeout=30).raise_for_status()
        self.until(lambda: all(net["quiet"] for net in self.nets()), "the couriers")
        self.until(lambda: not self.counts().get("waiting"), "the last delivery")

    def ask_the_shops(self) -> None:
        """Reconciliation by the worker, until the whole mirror was walked."""
        most = max(len(self.mirrored(shop)) for shop in self.ground.shops)
        for _ in range(most // gone.COMPARED + 2):
            began = self.ground.services.clock()
            with self.ground.services.database.writing() as connection:
                for shop in self.ground.shops:
                    reconciliations.change(self.ground.scope, connection, shop, due=began)
            for shop in self.ground.shops:
                self.ground.services.wake("reconcile", self.ground.scope.workspace_id, shop)
            self.until(
                lambda began=began: all(  # type: ignore[misc]
                    row.last_ok_at and row.last_ok_at > began for row in self._books()
                ),
                "reconciliation",
            )

    def differences(self) -> tuple[int, list[str]]:
        """How many orders the shops hold, and which of all orders are not as there."""
        count, found = 0, []
        for shop in self.ground.shops:
            held, mirror = self._held(shop), self.mirrored(shop)
            count += len(held)
            found += [
                f"{shop} {ref}: {_said(mirror.get(ref))}, in the shop {_said(held.get(ref))}"
                for ref in sorted(held.keys() | mirror.keys())
                if not _same(held.get(ref), mirror.get(ref))
            ]
        return count, found

    def counts(self) -> dict[str, int]:
        """Deliveries by their state."""
        total: dict[str, int] = {}
        with self.ground.services.database.reading() as connection:
            for shop in self.ground.shops:
                for state, number in rows.counts(self.ground.scope, connection, shop).items():
                    total[state] = total.get(state, 0) + number
        return total

    def found_by_asking(self) -> int:
        return sum(row.found for row in self._books())

    def _books(self) -> list[reconciliations.ReconciliationRow]:
        with self.ground.services.database.reading() as connection:
            found = [
                reconciliations.get(self.ground.scope, connection, shop)
                for shop in self.ground.shops
            ]
        return [row for row in found if row is not None]

    def _held(self, shop: str) -> dict[str, Order]:
        """Every order of the shop, each read by itself."""
        known = connect.all_connections(self.ground.services, self.ground.scope)
        store = self.ground.services.open_store(next(one for one in known if one.id == shop))
        found, _ = backfilled(store, "orders")
        return {order.ref: store.order(order.ref) for order in found}

    def mirrored(self, shop: str) -> dict[str, Order]:
        statement = orders.select().where(
            orders.c.workspace_id == self.ground.scope.workspace_id,
            orders.c.connection_id == shop,
            orders.c.deleted.is_(False),
        )
        with self.ground.services.database.reading() as connection:
            return {row.ref: decode_order(row.doc) for row in connection.execute(statement)}

    def _post(self, url: str, body: Mapping[str, Any]) -> None:
        self._web.post(url, json=body, timeout=30).raise_for_status()

    def until(self, ask: Callable[[], T], what: str) -> T:
        end = time.monotonic() + self.plan.patience_seconds
        while not (answer := ask()):
            assert time.monotonic() < end, f"waited in vain for {what}; {self.counts()}"
            time.sleep(0.05)
        return answer


def _same(held: Order | None, mirrored: Order | None) -> bool:
    """An order that nobody touched may still be as the export brought it, without its details."""
    if held is None or mirrored is None or not mirrored.partial:
        return held == mirrored
    shown = ("number", "updated_at", "total", "refunded", "note", "state")
    return all(getattr(held, name) == getattr(mirrored, name) for name in shown)


def _said(order: Order | None) -> str:
    return "none" if order is None else f"note {order.note!r}, refunded {order.refunded}"
