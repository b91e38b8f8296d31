"""Trap 7: the shop knows no forbidden state, and none of them moves money."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations.http import ApiClient
from integrations.registry import stores
from integrations.stores.woocommerce import cancelling
from plugin.actions.cancel import CANCEL
from plugin.domain.cancels import CancelChoice
from plugin.errors import OutcomeUnknown, Unsupported
from tests.contracts.shop import Catalogue, Running, everything, running
from tests.contracts.woocommerce import SHOP

KEY, REFERENCE = "k", "M-ABCDEFGH"


@pytest.fixture
def shop() -> Iterator[Running]:
    http = ApiClient(allow_loopback=True, attempts=1)
    with running(SHOP, stores()["woocommerce"], http) as opened:
        yield opened
    http.close()


@pytest.fixture
def seed(shop: Running) -> Catalogue:
    return everything(shop.platform, shop.store)


def test_trap_7_cancelling_never_pretends_to_refund(shop: Running, seed: Catalogue) -> None:
    order = seed.able("cancel", lambda item: item.paid)

    plan = shop.store.plan_cancel(CancelChoice(order_ref=order.ref, refund="original"))
    shop.store.cancel(plan, key=KEY, reference=REFERENCE)

    assert shop.paid_out() == [order.remaining.amount]
    assert shop.record(order.ref)["status"] == "refunded"
    assert plan.warnings == ("cancel_ends_refunded",)


def test_trap_7_a_sent_order_stays_though_the_shop_would(shop: Running, seed: Catalogue) -> None:
    order = seed.order(lambda item: item.fulfilment_state == "fulfilled" and item.paid)

    with pytest.raises(Unsupported) as caught:
        shop.store.plan_cancel(CancelChoice(order_ref=order.ref))

    assert caught.value.code == "cancel_order_sent"


def test_trap_7_no_refund_is_written_down(shop: Running, seed: Catalogue) -> None:
    order = seed.able("cancel", lambda item: item.paid)
    plan = shop.store.plan_cancel(CancelChoice(order_ref=order.ref))

    shop.store.cancel(plan, key=KEY, reference=REFERENCE)

    assert (shop.recorded(order.ref), shop.paid_out()) == ([], [])
    assert shop.record(order.ref)["status"] == "cancelled"


def test_an_order_that_took_no_stock_is_cancelled_as_the_form_proposes(
    shop: Running, seed: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = seed.able("cancel", lambda item: item.paid)
    monkeypatch.setattr(cancelling, "_STOCK_TAKEN_KEY", "_of_a_shop_that_counts_none")

    for restock in (True, False):
        choice = CancelChoice(order_ref=order.ref, restock=restock)
        plan = shop.store.plan_cancel(choice)
        CANCEL.check(plan, choice)
        assert not plan.restock


def test_a_form_older_than_a_lost_payment_moves_no_money(shop: Running, seed: Catalogue) -> None:
    order = seed.able("cancel", lambda item: not item.paid)
    choice = CancelChoice(order_ref=order.ref, refund="original")

    plan = shop.store.plan_cancel(choice)

    CANCEL.check(plan, choice)
    assert not plan.refund_amount


def test_a_note_that_fails_does_not_undo_the_rest(shop: Running, seed: Catalogue) -> None:
    order = seed.able("cancel", lambda item: item.paid)
    plan = shop.store.plan_cancel(CancelChoice(order_ref=order.ref, note="Compró dos veces"))
    shop.fault("error_before", "POST notes")

    assert shop.store.cancel(plan, key=KEY, reference=REFERENCE).reference == REFERENCE


def test_an_answer_that_is_no_order_is_unknown(shop: Running, seed: Catalogue) -> None:
    order = seed.able("cancel", lambda item: item.paid)
    plan = shop.store.plan_cancel(CancelChoice(order_ref=order.ref))
    shop.fault("html", "PUT orders")

    with pytest.raises(OutcomeUnknown):
        shop.store.cancel(plan, key=KEY, reference=REFERENCE)
