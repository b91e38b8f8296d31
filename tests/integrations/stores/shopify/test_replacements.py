"""A draft that is not completed is no order, and never stays behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations.http import ApiClient
from integrations.registry import stores
from plugin.domain.replacements import ReplacementChoice, ReplacementLine, ReplacementPlan
from plugin.errors import ActionRefused, BadAnswer, MostradorError, OutcomeUnknown
from tests.contracts.shop import Running, running
from tests.contracts.shopify import SHOP

KEY, REFERENCE, ORDER = "k", "M-ABCDEFGH", "1041"
COMPLETE, DELETE, TAG = "draftOrderComplete", "draftOrderDelete", "tagsAdd"


@pytest.fixture
def shop() -> Iterator[Running]:
    http = ApiClient(allow_loopback=True, attempts=1)
    with running(SHOP, stores()["shopify"], http) as opened:
        yield opened
    http.close()


def plan_of(shop: Running, **fields: object) -> ReplacementPlan:
    """One unit of the first line whose goods are there."""
    for line in shop.store.order(ORDER).lines:
        wanted = ReplacementLine(
            line_ref=line.ref, product_ref=line.product_ref, variant_ref=line.variant_ref,
            quantity=1,
        )  # fmt: skip
        choice = ReplacementChoice(order_ref=ORDER, lines=(wanted,), **fields)
        try:
            return shop.store.plan_replacement(choice)
        except ActionRefused:
            continue
    raise AssertionError("nothing of this order is in stock")


def made(shop: Running) -> tuple[int, int]:
    """Orders beyond the seed's, and drafts."""
    return len(shop.kept("orders")) - 60, len(shop.kept("draft"))


def test_an_order_whose_completion_was_not_answered_is_found(shop: Running) -> None:
    plan = plan_of(shop)
    shop.fault("drop_after", COMPLETE)
    with pytest.raises(OutcomeUnknown):
        shop.store.replace_order(plan, key=KEY, reference=REFERENCE)

    found = shop.store.find_replacement(plan, REFERENCE)

    assert found is not None
    assert (found.stage, found.linked, made(shop)) == ("order", True, (1, 1))


def test_a_completion_lost_on_the_way_leaves_nothing(shop: Running) -> None:
    plan = plan_of(shop)
    shop.fault("drop_before", COMPLETE)
    with pytest.raises(OutcomeUnknown):
        shop.store.replace_order(plan, key=KEY, reference=REFERENCE)

    assert shop.store.find_replacement(plan, REFERENCE) is None
    assert made(shop) == (0, 0)


def test_a_refused_completion_is_a_refusal_without_remains(shop: Running) -> None:
    plan = plan_of(shop)
    shop.fault("bad_token", COMPLETE)

    with pytest.raises(MostradorError) as caught:
        shop.store.replace_order(plan, key=KEY, reference=REFERENCE)

    assert caught.value.code == "shop_key_rejected"
    assert made(shop) == (0, 0)


def test_a_draft_that_stays_is_unknown_until_it_is_gone(shop: Running) -> None:
    plan = plan_of(shop)
    shop.fault("bad_token", COMPLETE)
    shop.fault("down", DELETE, times=2)
    with pytest.raises(OutcomeUnknown):
        shop.store.replace_order(plan, key=KEY, reference=REFERENCE)
    with pytest.raises(BadAnswer):
        shop.store.find_replacement(plan, REFERENCE)

    assert shop.store.find_replacement(plan, REFERENCE) is None
    assert made(shop) == (0, 0)


def test_a_link_that_fails_is_said_and_made_up_for(shop: Running) -> None:
    plan = plan_of(shop)
    shop.fault("down", TAG)

    receipt = shop.store.replace_order(plan, key=KEY, reference=REFERENCE)

    again = shop.store.find_replacement(plan, REFERENCE)
    assert (receipt.linked, again is not None and again.linked) == (False, True)


def test_a_mail_that_fails_does_not_undo_the_rest(shop: Running) -> None:
    plan = plan_of(shop, charge=True, notify=True)
    shop.fault("bad_token", "draftOrderInvoiceSend")

    receipt = shop.store.replace_order(plan, key=KEY, reference=REFERENCE)

    assert (receipt.mailed, receipt.stage) == ("no", "awaiting_payment")
