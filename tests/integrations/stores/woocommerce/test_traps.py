"""The traps of WooCommerce as the adapter meets them, over the pretend shop and its gateway."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
import requests

from integrations.http import ApiClient
from integrations.registry import stores
from integrations.sandbox import gateway as pretend_gateway
from integrations.sandbox.serving import in_thread
from integrations.sandbox.woocommerce import create_app
from integrations.sandbox.woocommerce.casa_oliva import CONSUMER_KEY, CONSUMER_SECRET
from plugin.domain.money import Money
from plugin.domain.refunds import LineChoice, RefundChoice, RefundPlan, RefundReceipt
from plugin.errors import (
    ActionRefused,
    GrantRevoked,
    InvalidInput,
    MostradorError,
    OutcomeUnknown,
    Unsupported,
)
from plugin.ports.http import Answer, Http
from plugin.ports.store import Connection, Store
from tests.integrations.stores.woocommerce.recorded import recorded

REFERENCE = "M-ABCDEFGH"
KEY = "0b9f5e5c-6c3e-4b1b-8f0e-3f1a5d1c7a10"


def opened(http: Http, address: str, **options: str) -> Store:
    connection = Connection(
        workspace_id="ws_1",
        id="co_1",
        platform="woocommerce",
        label="Casa Oliva",
        address=address,
        options=options,
        credentials={"consumer_key": CONSUMER_KEY, "consumer_secret": CONSUMER_SECRET},
    )
    return stores()["woocommerce"].open(connection, http)


@dataclass
class Shop:
    """The pretend shop, what was sent to it, and what its gateway paid."""

    url: str
    gateway: str
    http: ApiClient
    seconds: float = 0
    """Read time-out instead of the adapter's own, if any."""

    def __post_init__(self) -> None:
        self.bodies: list[Any] = []
        self.store = opened(self, self.url)

    def send(self, method: str, url: str, **rest: Any) -> Answer:
        if rest["write"]:
            self.bodies.append(rest["json"])
            rest["timeout"] = (1.0, self.seconds or rest["timeout"][1])
        return self.http.send(method, url, **rest)

    def download(self, url: str, *, timeout: tuple[float, float]) -> Any:
        return self.http.download(url, timeout=timeout)

    def slow_gateway(self, fault: str, seconds: float) -> None:
        body = {"fault": fault, "times": 1, "seconds": seconds}
        requests.post(f"{self.gateway}/_control/faults", json=body, timeout=5).raise_for_status()

    def paid(self) -> list[Decimal]:
        log = requests.get(f"{self.gateway}/log", timeout=5).json()
        return [Decimal(entry["amount"]) for entry in log if entry["kind"] == "refund"]

    def order_ref(self, *, paid: bool = True) -> str:
        """A processing order by card, or one that was never paid."""
        for batch in self.store.backfill("orders", ""):
            for order in batch.items:
                able = stores()["woocommerce"].refund_capability(order)
                if paid and able.available and not order.refunded and order.total.amount > 5:
                    return order.ref
                if not paid and able.reason == "order_not_paid":
                    return order.ref
        raise AssertionError("no such order")


@pytest.fixture
def shop() -> Iterator[Shop]:
    http = ApiClient(allow_loopback=True, attempts=1)
    with (
        in_thread(pretend_gateway.create_app()) as gateway,
        in_thread(create_app(gateway=gateway)) as url,
    ):
        yield Shop(url=url, gateway=gateway, http=http)
    http.close()


def planned(shop: Shop, text: str = "2.00") -> RefundPlan:
    amount = Money.of(text, "EUR")
    ref = shop.order_ref()
    currency = shop.store.order(ref).currency
    choice = RefundChoice(order_ref=ref, mode="amount", amount=Money(amount.amount, currency))
    return shop.store.plan_refund(choice)


def refunded(shop: Shop, plan: RefundPlan) -> RefundReceipt | MostradorError:
    try:
        return shop.store.refund(plan, key=KEY, reference=REFERENCE)
    except MostradorError as error:
        return error


def eventually(look: Callable[[], Any]) -> Any:
    """The first answer that is not None; the test fails at its own time-out otherwise."""
    for _ in range(500):
        found = look()
        if found is not None:
            return found
        time.sleep(0.01)
    pytest.fail("it never came")


def test_trap_01_a_declining_gateway_answers_500_and_nothing_happened(shop: Shop) -> None:
    plan = planned(shop)
    shop.slow_gateway("decline", 0)

    outcome = refunded(shop, plan)

    assert isinstance(outcome, ActionRefused)
    assert outcome.parameters["message"]
    assert shop.paid() == []


def test_trap_02_the_shop_pays_twice_so_nothing_is_ever_resent(shop: Shop) -> None:
    plan = planned(shop)

    first, second = refunded(shop, plan), refunded(shop, plan)

    assert isinstance(first, RefundReceipt)
    assert isinstance(second, RefundReceipt)
    assert shop.paid() == [Decimal("2.00")] * 2
    assert not shop.store.may_resend(first.created_at, first.created_at)


def test_trap_03_a_time_out_does_not_stop_a_refund(shop: Shop) -> None:
    plan = planned(shop)
    shop.slow_gateway("slow", 0.5)
    shop.seconds = 0.2

    outcome = refunded(shop, plan)
    working = shop.store.find_refund(plan.order_ref, REFERENCE)

    assert isinstance(outcome, OutcomeUnknown)
    assert working is not None
    assert (working.state, working.payment) == ("working", "pending")
    done = eventually(lambda: _final(shop, plan))
    assert done.amount == plan.amount
    assert shop.paid() == [Decimal("2.00")]
    assert len(shop.bodies) == 1


def _final(shop: Shop, plan: RefundPlan) -> RefundReceipt | None:
    found = shop.store.find_refund(plan.order_ref, REFERENCE)
    return found if found and found.state == "final" else None


def test_trap_03_a_refund_that_shows_may_vanish_again(shop: Shop) -> None:
    plan = planned(shop)
    shop.slow_gateway("slow_decline", 0.5)
    outcomes: list[RefundReceipt | MostradorError] = []
    call = threading.Thread(target=lambda: outcomes.append(refunded(shop, plan)))
    call.start()

    shown = eventually(lambda: shop.store.find_refund(plan.order_ref, REFERENCE))
    call.join()

    assert shown.state == "working"
    assert shop.store.find_refund(plan.order_ref, REFERENCE) is None
    assert isinstance(outcomes[0], ActionRefused)
    assert shop.paid() == []


def test_trap_04_the_amount_is_text_with_a_dot(shop: Shop) -> None:
    refunded(shop, planned(shop, "0.5"))

    assert shop.bodies[0]["amount"] == "0.50"
    assert shop.paid() == [Decimal("0.50")]


def test_trap_04_more_decimals_than_the_shop_has_are_not_rounded_by_it(shop: Shop) -> None:
    with pytest.raises(InvalidInput) as caught:
        planned(shop, "0.333")

    assert caught.value.code == "amount_too_precise"


def test_trap_04_a_line_of_another_order_is_not_dropped_in_silence(shop: Shop) -> None:
    chosen = (LineChoice(line_ref="999999", quantity=1),)

    with pytest.raises(InvalidInput) as caught:
        shop.store.plan_refund(RefundChoice(order_ref=shop.order_ref(), mode="lines", lines=chosen))

    assert caught.value.code == "line_not_in_order"


def test_trap_04_an_unpaid_order_is_not_refunded(shop: Shop) -> None:
    with pytest.raises(Unsupported) as caught:
        shop.store.plan_refund(RefundChoice(order_ref=shop.order_ref(paid=False), mode="all"))

    assert caught.value.code == "order_not_paid"


@dataclass
class Scripted:
    """Answers every call with the same recording, whatever is asked."""

    body: bytes
    status: int = 200

    def __post_init__(self) -> None:
        self.urls: list[str] = []

    def send(self, method: str, url: str, **rest: Any) -> Answer:
        self.urls.append(url)
        return Answer(status=self.status, headers={}, body=self.body, url=url)


@pytest.mark.parametrize(
    "changes", [{"amount": "50.00"}, {"amount": ""}, {"refunded_payment": False}]
)
def test_trap_04_an_answer_that_differs_is_not_done(shop: Shop, changes: dict[str, Any]) -> None:
    plan = planned(shop)
    document = {**recorded("refunds-02").json, "amount": "2.00", **changes}
    liar = opened(Scripted(json.dumps(document).encode(), 201), "https://tienda.example")

    with pytest.raises(OutcomeUnknown) as caught:
        liar.refund(plan, key=KEY, reference=REFERENCE)

    assert caught.value.code == "answer_differs"


def test_trap_04_an_answer_that_cannot_be_read_is_unknown(shop: Shop) -> None:
    liar = opened(Scripted(b'{"id": 1}', 201), "https://tienda.example")

    with pytest.raises(OutcomeUnknown) as caught:
        liar.refund(planned(shop), key=KEY, reference=REFERENCE)

    assert caught.value.code == "answer_lost"


@pytest.mark.parametrize("restock", [True, False])
def test_trap_05_what_the_shop_would_assume_is_said_aloud(shop: Shop, restock: bool) -> None:
    choice = RefundChoice(order_ref=shop.order_ref(), mode="all", restock=restock)

    refunded(shop, shop.store.plan_refund(choice))

    (body,) = shop.bodies
    assert body["api_refund"] is True
    assert isinstance(body["api_restock"], bool)
    assert restock or body["api_restock"] is False


def _everybody() -> Scripted:
    """What the shop answers to a filter it does not know: all orders."""
    return Scripted(recorded("orders-01").body)


@pytest.mark.parametrize(
    "email", ["nobody@example.com", "pena@example.com", "lucia.pena@example.com.evil.example"]
)
def test_trap_09_unknown_filter_never_shows_other_peoples_orders(email: str) -> None:
    http = _everybody()
    store = opened(_OrdersOnly(http), "https://tienda.example")

    found = store.find_by_email(email)

    assert http.urls
    assert found.orders == ()


def test_trap_09_a_phone_that_matches_nobody_shows_nobody() -> None:
    store = opened(_OrdersOnly(_everybody()), "https://tienda.example")

    assert store.find_by_phone(["+34911111111", "911 11 11 11"]).orders == ()


def test_trap_09_orders_of_other_accounts_are_not_shown() -> None:
    store = opened(_OrdersOnly(_everybody()), "https://tienda.example")

    assert store.orders_of_customer("999999") == ()


def test_trap_09_a_number_is_compared_and_never_used_as_an_id() -> None:
    http = _everybody()
    store = opened(_OrdersOnly(http), "https://tienda.example")

    assert store.find_by_number("999999").orders == ()
    assert not [url for url in http.urls if url.split("?")[0].endswith("/orders/999999")]


def test_guest_zero_is_nobodys_account() -> None:
    http = _everybody()

    assert opened(_OrdersOnly(http), "https://tienda.example").orders_of_customer("0") == ()
    assert http.urls == []


@dataclass
class _OrdersOnly:
    """Lists of orders come from `inner`, all other lists are empty."""

    inner: Scripted

    def send(self, method: str, url: str, **rest: Any) -> Answer:
        if "/orders?" in url:
            return self.inner.send(method, url, **rest)
        return Answer(status=200, headers={}, body=b"[]", url=url)


@pytest.mark.parametrize("name", ["auth-02", "auth-03", "auth-09", "auth-11", "auth-14"])
def test_trap_12_every_refused_key_looks_alike(name: str) -> None:
    real = recorded(name)
    store = opened(Scripted(real.body, real.status), "https://tienda.example")

    with pytest.raises(GrantRevoked) as caught:
        store.shop()

    assert caught.value.code == "shop_key_rejected"


def test_a_key_without_the_list_of_gateways_still_reads_orders() -> None:
    lists = {"/payment_gateways": (403, recorded("auth-07").body)}
    order = (200, recorded("orders-21").body)
    store = opened(_ByPath(lists, order), "https://locked.example")

    found = store.order("21")

    assert (found.number, found.payments[0].manual) == ("21", False)


@dataclass
class _ByPath:
    lists: dict[str, tuple[int, bytes]]
    other: tuple[int, bytes]

    def send(self, method: str, url: str, **rest: Any) -> Answer:
        path = url.split("?")[0]
        status, body = next(
            (answer for end, answer in self.lists.items() if path.endswith(end)), self.other
        )
        return Answer(status=status, headers={}, body=body, url=url)


def test_the_settle_limit_is_an_option_of_the_connection(shop: Shop) -> None:
    assert opened(shop, shop.url).settle_limit().total_seconds() == 900
    assert opened(shop, shop.url, settle_seconds="3").settle_limit().total_seconds() == 3


def test_the_reason_keeps_the_mark_where_the_gateway_is_still_asked(shop: Shop) -> None:
    plan = replace(planned(shop), reason="Llegó roto")

    refunded(shop, plan)

    (body,) = shop.bodies
    assert body["reason"] == f"Llegó roto [{REFERENCE}]"
    assert body["meta_data"] == [{"key": "_mostrador_reference", "value": REFERENCE}]
