"""The shop cancels by and by: the job is followed to its end, and its end is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from integrations.http import ApiClient
from integrations.registry import stores
from integrations.stores.shopify import cancelling
from plugin.domain.cancels import CancelChoice, CancelPlan
from plugin.errors import ActionRefused, InvalidInput, OutcomeUnknown, Unsupported
from tests.builders import a_payment, an_order, eur
from tests.contracts.shop import Catalogue, Running, everything, running
from tests.contracts.shopify import SHOP

KEY, REFERENCE = "k", "M-ABCDEFGH"


@pytest.fixture
def shop() -> Iterator[Running]:
    http = ApiClient(allow_loopback=True, attempts=1)
    with running(SHOP, stores()["shopify"], http) as opened:
        yield opened
    http.close()


@pytest.fixture
def seed(shop: Running) -> Catalogue:
    return everything(shop.platform, shop.store)


def plan_of(shop: Running, seed: Catalogue, **fields: object) -> CancelPlan:
    order = seed.able("cancel", lambda item: item.paid and bool(item.customer_ref))
    return shop.store.plan_cancel(CancelChoice(order_ref=order.ref, **fields))


def test_a_job_that_fails_is_a_refusal_in_the_shops_words(shop: Running, seed: Catalogue) -> None:
    plan = plan_of(shop, seed, refund="store_credit")
    requests.post(f"{shop.url}/_control/accounts", json={"version": "CLASSIC"}, timeout=5)

    with pytest.raises(ActionRefused) as caught:
        shop.store.cancel(plan, key=KEY, reference=REFERENCE)

    assert "Store credit" in caught.value.parameters["message"]
    assert shop.store.find_cancel(plan, REFERENCE) is None


def test_a_declined_refund_cancels_nothing(shop: Running, seed: Catalogue) -> None:
    plan = plan_of(shop, seed, refund="original")
    shop.decline_next()

    with pytest.raises(ActionRefused):
        shop.store.cancel(plan, key=KEY, reference=REFERENCE)

    assert (shop.paid_out(), shop.store.find_cancel(plan, REFERENCE)) == ([], None)


def test_looks_that_meet_no_answer_are_repeated(shop: Running, seed: Catalogue) -> None:
    plan = plan_of(shop, seed)
    shop.fault("drop_before", "read", times=1)

    assert shop.store.cancel(plan, key=KEY, reference=REFERENCE).reference == REFERENCE


def test_a_job_out_of_sight_is_unknown_and_found_later(shop: Running, seed: Catalogue) -> None:
    plan = plan_of(shop, seed)
    shop.fault("bad_token", "read", times=1)

    with pytest.raises(OutcomeUnknown):
        shop.store.cancel(plan, key=KEY, reference=REFERENCE)

    shop.until(lambda: shop.store.find_cancel(plan, REFERENCE))


def test_the_mail_is_sent_if_it_was_chosen(shop: Running, seed: Catalogue) -> None:
    plan = plan_of(shop, seed, notify=True)

    shop.store.cancel(plan, key=KEY, reference=REFERENCE)

    assert [mail["order"] for mail in shop.kept("mail")] == [int(plan.order_ref)]


def test_money_paid_by_hand_stays_and_is_said() -> None:
    order = an_order(paid=True, payments=(a_payment(manual=True, amount=eur("50.00")),))
    choice = CancelChoice(order_ref=order.ref, refund="original")

    plan = cancelling.plan(order, choice, None)

    assert (plan.refund_amount.amount, plan.kept_amount) == (0, eur("50.00"))


def test_what_does_not_fit_never_leaves(shop: Running, seed: Catalogue) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan_of(shop, seed, note="x" * 250)
    assert caught.value.code == "note_too_long"


def test_an_order_that_was_sent_meanwhile_is_refused(shop: Running, seed: Catalogue) -> None:
    sent = seed.unable("cancel", "cancel_order_sent")
    plan = replace(plan_of(shop, seed), order_ref=sent.ref)

    with pytest.raises(ActionRefused):
        shop.store.cancel(plan, key=KEY, reference=REFERENCE)
    with pytest.raises(Unsupported):
        shop.store.plan_cancel(CancelChoice(order_ref=sent.ref))
