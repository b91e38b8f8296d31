"""What a platform gives to the Store contract, and what the contract makes of it.

A platform folder `integrations/stores/<key>/` needs `tests/contracts/<key>.py` with `SHOP`, an
object like `PretendShop`; every test of this folder then runs over it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol, TypeVar

import pytest
import requests

from integrations.sandbox import gateway as pretend_gateway
from integrations.sandbox.serving import App, in_thread
from plugin.domain.orders import Order
from plugin.domain.people import Customer
from plugin.domain.products import Product
from plugin.ports.http import Answer, Download, Http
from plugin.ports.store import Connection, Part, Store, StorePlatform

T = TypeVar("T")


class PretendShop(Protocol):
    """`key` is the platform's."""

    key: str

    def app(self, gateway: str) -> App:
        """A fresh pretend shop that pays through the gateway at this address."""
        ...

    def credentials(self) -> Mapping[str, str]:
        """What opens it."""
        ...

    def place(self, change: str) -> str:
        """Where a fault meets the one call that makes a change ("address") true."""
        ...


@dataclass(slots=True)
class Counted:
    """Passes calls on and counts them."""

    inner: Http
    calls: list[str] = field(default_factory=list)

    def send(self, method: str, url: str, **rest: Any) -> Answer:
        self.calls.append(f"{method} {url}")
        return self.inner.send(method, url, **rest)

    def download(
        self, url: str, *, timeout: tuple[float, float]
    ) -> AbstractContextManager[Download]:
        return self.inner.download(url, timeout=timeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A pretend shop and its gateway, both listening, and the adapter in front of them."""

    platform: StorePlatform
    store: Store
    pretend: PretendShop
    http: Counted
    url: str
    gateway: str

    def fault(self, name: str, on: str = "any", times: int = 1) -> None:
        _post(f"{self.url}/_control/faults", {"fault": name, "on": on, "times": times})

    def fault_in(self, change: str, name: str) -> None:
        """A fault that meets the call by which a change becomes true."""
        self.fault(name, self.pretend.place(change))

    def record(self, order_ref: str) -> Any:
        """The shop's own record of an order, outside its protocol."""
        answer = requests.get(f"{self.url}/_control/order?order={order_ref}", timeout=5)
        answer.raise_for_status()
        return answer.json()

    def kept(self, kind: str) -> list[Any]:
        """The shop's own records of another kind."""
        answer = requests.get(f"{self.url}/_control/kept/{kind}", timeout=5)
        answer.raise_for_status()
        found: list[Any] = answer.json()
        return found

    def until(self, true: Callable[[], object]) -> None:
        """Waits for something that the shop does by and by."""
        for _ in range(500):
            if true():
                return
            time.sleep(0.02)
        pytest.fail("waited in vain")

    def decline_next(self) -> None:
        _post(f"{self.gateway}/_control/faults", {"fault": "decline", "times": 1})

    def refund_elsewhere(self, order_ref: str, amount: str) -> None:
        _post(f"{self.url}/_control/refund", {"order": order_ref, "amount": amount})

    def recorded(self, order_ref: str) -> list[Any]:
        """The shop's own records, outside its protocol."""
        answer = requests.get(f"{self.url}/_control/refunds?order={order_ref}", timeout=5)
        answer.raise_for_status()
        records: list[Any] = answer.json()
        return records

    def paid_out(self) -> list[Decimal]:
        """Refunds in the gateway's own log, in order."""
        entries = requests.get(f"{self.gateway}/log", timeout=5).json()
        return [Decimal(entry["amount"]) for entry in entries if entry["kind"] == "refund"]


@contextmanager
def running(shop: PretendShop, platform: StorePlatform, http: Http) -> Iterator[Running]:
    with (
        in_thread(pretend_gateway.create_app()) as gateway,
        in_thread(shop.app(gateway)) as url,
    ):
        counted = Counted(http)
        connection = Connection(
            workspace_id="ws_1",
            id="co_1",
            platform=platform.key,
            label="Pretend",
            address=url,
            credentials=shop.credentials(),
        )
        store = platform.open(connection, counted)
        yield Running(
            platform=platform, store=store, pretend=shop, http=counted, url=url, gateway=gateway
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything a shop has, as the backfill brought it."""

    platform: StorePlatform
    customers: tuple[Customer, ...]
    orders: tuple[Order, ...]
    products: tuple[Product, ...]
    estimates: Mapping[str, int | None]

    def order(self, fits: Callable[[Order], bool]) -> Order:
        """The first order that fits; a seed without one is a failure, not a skip."""
        return _first(self.orders, fits)

    def refundable(self, fits: Callable[[Order], bool] = lambda _: True) -> Order:
        """An order that can be refunded by API now and was not touched yet."""
        return self.order(
            lambda order: (
                self.platform.refund_capability(order).available
                and not order.refunded
                and len(order.payments) == 1
                and not order.cancelled_at
                and fits(order)
            )
        )

    def refused(self, reason: str) -> Order:
        """An order that cannot be refunded for this reason."""
        return self.order(lambda order: self.platform.refund_capability(order).reason == reason)

    def able(self, change: str, fits: Callable[[Order], bool] = lambda _: True) -> Order:
        """An order with which this change can be made now."""
        return self.order(
            lambda order: self.platform.ability(change, order).available and fits(order)
        )

    def unable(self, change: str, reason: str) -> Order:
        """An order with which it cannot, for this reason."""
        return self.order(lambda order: self.platform.ability(change, order).reason == reason)

    def customer(self, fits: Callable[[Customer], bool]) -> Customer:
        return _first(self.customers, fits)


def everything(platform: StorePlatform, store: Store) -> Catalogue:
    customers, most_customers = backfilled(store, "customers")
    orders, most_orders = backfilled(store, "orders")
    products, most_products = backfilled(store, "products")
    return Catalogue(
        platform=platform,
        customers=tuple(customers),
        orders=tuple(store.order(order.ref) if order.partial else order for order in orders),
        products=tuple(products),
        estimates={"customers": most_customers, "orders": most_orders, "products": most_products},
    )


def backfilled(store: Store, part: Part) -> tuple[list[Any], int | None]:
    """All records of a part as the backfill brings them, and the shop's own count."""
    items: list[Any] = []
    estimated: int | None = None
    for batch in store.backfill(part, ""):
        items.extend(batch.items)
        estimated = batch.estimated if batch.estimated is not None else estimated
        if batch.finished:
            return items, estimated
    pytest.fail("the backfill never ends")


def _first(items: tuple[T, ...], fits: Callable[[T], bool]) -> T:
    found = next((item for item in items if fits(item)), None)
    if found is None:
        pytest.fail("the pretend shop has nothing that fits this rule")
    return found


def _post(url: str, body: Mapping[str, Any]) -> None:
    answer = requests.post(url, json=body, timeout=5)
    assert answer.ok, answer.text
