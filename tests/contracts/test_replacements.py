"""What every shop must do when an order is made once more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plugin.domain.orders import Order
from plugin.domain.people import Address
from plugin.domain.products import Product
from plugin.domain.replacements import (
    ReplacementChoice,
    ReplacementLine,
    ReplacementPlan,
    ReplacementReceipt,
)
from plugin.errors import (
    GrantRevoked,
    InvalidInput,
    NotFound,
    OutcomeUnknown,
    RateLimited,
)
from tests.contracts.shop import Catalogue, Running

KEY = "0b9f5e5c-6c3e-4b1b-8f0e-3f1a5d1c7a10"
REFERENCE = "M-ABCDEFGH"
ELSEWHERE = Address(
    first_name="Ana", last_name="Sol", line1="Sol 1", city="Madrid", province_code="M",
    postcode="28013", country="ES",
)  # fmt: skip


def _product(seed: Catalogue, ref: str) -> Product | None:
    return next((item for item in seed.products if item.ref == ref), None)


def _stock(product: Product | None, ref: str) -> int:
    if product is None:
        return 0
    found = [item for item in product.variants if item.ref == ref]
    return sum(level.quantity or 0 for item in found for level in item.stock)


def _variant(product: Product | None, ref: str) -> str:
    """The variant a line stands for; a product without options has one."""
    variants = product.variants if product else ()
    return ref if any(item.ref == ref for item in variants) else variants[0].ref if variants else ""


def _in_stock(seed: Catalogue) -> Order:
    def fits(order: Order) -> bool:
        line = order.lines[0]
        product = _product(seed, line.product_ref)
        enough = _stock(product, _variant(product, line.variant_ref)) > 2
        return enough and order.currency == "EUR" and "@" in order.email and order.paid

    return seed.order(fits)


def _choice(seed: Catalogue, order: Order, **fields: object) -> ReplacementChoice:
    line = order.lines[0]
    product = _product(seed, line.product_ref)
    wanted = ReplacementLine(
        line_ref=line.ref,
        product_ref=line.product_ref,
        variant_ref=_variant(product, line.variant_ref),
        quantity=1,
    )
    choice = ReplacementChoice(order_ref=order.ref, lines=(wanted,), address=ELSEWHERE)
    return replace(choice, **fields)


def _plan(shop: Running, seed: Catalogue, **fields: object) -> ReplacementPlan:
    return shop.store.plan_replacement(_choice(seed, _in_stock(seed), **fields))


def _orders(shop: Running) -> list[int]:
    """Ids of all orders that are not cancelled, from the shop's own records."""
    return [
        order["id"]
        for order in shop.kept("orders")
        if not order.get("cancelled_at") and order.get("status") != "cancelled"
    ]


def _drafts(shop: Running) -> int:
    """Of shops that have such things."""
    return len(shop.kept("draft")) if shop.platform.key == "shopify" else 0


class TestPlan:
    def test_a_free_one_costs_nothing(self, shop: Running, seed: Catalogue) -> None:
        plan = _plan(shop, seed)

        assert plan.total is not None
        assert (plan.total.amount, plan.charge, plan.address) == (0, False, ELSEWHERE)
        assert [item.quantity for item in plan.items] == [1]
        assert (plan.items[0].stock or 0) > 2

    def test_a_paid_one_says_what_it_costs(self, shop: Running, seed: Catalogue) -> None:
        plan = _plan(shop, seed, charge=True, notify=True)

        assert plan.total is not None
        assert plan.total >= plan.items[0].unit_price
        assert plan.customer_mailed == "yes"

    def test_goods_that_are_not_there(self, shop: Running, seed: Catalogue) -> None:
        empty = seed.order(
            lambda order: (
                (product := _product(seed, order.lines[0].product_ref)) is not None
                and any(item.stock and _stock(product, item.ref) == 0 for item in product.variants)
            )
        )
        product = _product(seed, empty.lines[0].product_ref)
        assert product is not None
        gone = next(v for v in product.variants if v.stock and _stock(product, v.ref) == 0)
        choice = _choice(seed, empty)
        line = replace(choice.lines[0], variant_ref=gone.ref)

        with pytest.raises(InvalidInput) as caught:
            shop.store.plan_replacement(replace(choice, lines=(line,)))

        assert caught.value.code == "stock_short"
        assert caught.value.parameters["left"] == 0

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"line_ref": "999999"}, "line_not_in_order"),
            ({"quantity": 0}, "quantity_invalid"),
            ({"quantity": 999}, "quantity_too_high"),
        ],
    )
    def test_what_cannot_be_asked(
        self, shop: Running, seed: Catalogue, fields: dict[str, object], code: str
    ) -> None:
        choice = _choice(seed, _in_stock(seed))
        line = replace(choice.lines[0], **fields)

        with pytest.raises(InvalidInput) as caught:
            shop.store.plan_replacement(replace(choice, lines=(line,)))

        assert caught.value.code == code

    def test_nothing_chosen(self, shop: Running, seed: Catalogue) -> None:
        with pytest.raises(InvalidInput):
            _plan(shop, seed, lines=())

    def test_an_unknown_order(self, shop: Running, seed: Catalogue) -> None:
        choice = _choice(seed, _in_stock(seed))

        with pytest.raises(NotFound):
            shop.store.plan_replacement(replace(choice, order_ref="999999999"))


class TestReplace:
    def _do(
        self, shop: Running, seed: Catalogue, **fields: object
    ) -> tuple[ReplacementPlan, ReplacementReceipt]:
        plan = _plan(shop, seed, **fields)
        return plan, shop.store.replace_order(plan, key=KEY, reference=REFERENCE)

    def test_a_free_one_is_an_order_to_be_sent(self, fresh: Running, seed: Catalogue) -> None:
        before = _orders(fresh)

        plan, receipt = self._do(fresh, seed)

        new = fresh.store.order(receipt.order_ref)
        assert (receipt.stage, receipt.linked, receipt.total.amount) == ("order", True, 0)
        assert (new.total.amount, new.fulfilment_state) == (0, "unfulfilled")
        assert [line.quantity for line in new.lines] == [1]
        assert new.shipping_address is not None
        assert new.shipping_address.line1 == "Sol 1"
        assert len(_orders(fresh)) == len(before) + 1
        assert fresh.store.find_replacement(plan, REFERENCE) == receipt
        assert fresh.store.find_replacement(plan, "M-ZZZZZZZZ") is None

    def test_its_goods_leave_the_shelf(self, fresh: Running, seed: Catalogue) -> None:
        plan, _ = self._do(fresh, seed)

        item = plan.items[0]
        product = fresh.store.product(item.product_ref)
        assert _stock(product, item.variant_ref) == (item.stock or 0) - 1

    def test_both_orders_name_each_other(self, fresh: Running, seed: Catalogue) -> None:
        plan, receipt = self._do(fresh, seed)

        old, new = fresh.record(plan.order_ref), fresh.record(receipt.order_ref)
        assert receipt.number.removeprefix("#") in str(old)
        assert REFERENCE in str(old)
        assert plan.order_number in str(new)

    def test_a_paid_one_waits_for_money_behind_a_link(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        plan, receipt = self._do(fresh, seed, charge=True)

        assert (receipt.stage, receipt.total, receipt.mailed) == (
            "awaiting_payment", plan.total, "no",
        )  # fmt: skip
        assert receipt.pay_url.startswith("http")
        assert fresh.store.find_replacement(plan, REFERENCE) == receipt

    def test_the_link_is_mailed_if_it_was_chosen(self, fresh: Running, seed: Catalogue) -> None:
        _, receipt = self._do(fresh, seed, charge=True, notify=True)

        mails = fresh.kept("mail") if fresh.platform.key == "shopify" else fresh.kept("mails")
        assert (receipt.mailed, len(mails)) == ("yes", 1)

    def test_another_size_instead(self, fresh: Running, seed: Catalogue) -> None:
        def other(order: Order) -> str:
            product = _product(seed, order.lines[0].product_ref)
            variants = product.variants if product else ()
            mine = _variant(product, order.lines[0].variant_ref)
            found = [v.ref for v in variants if v.ref != mine and _stock(product, v.ref) > 1]
            return found[0] if found else ""

        order = seed.order(lambda item: bool(other(item)))
        choice = _choice(seed, order)
        line = replace(choice.lines[0], variant_ref=other(order))

        plan = fresh.store.plan_replacement(replace(choice, lines=(line,)))
        receipt = fresh.store.replace_order(plan, key=KEY, reference=REFERENCE)

        assert fresh.store.order(receipt.order_ref).lines[0].variant_ref == other(order)


class TestMishaps:
    @pytest.mark.parametrize("fault", ["drop_after", "error_after"])
    @pytest.mark.parametrize("charge", [False, True])
    def test_a_lost_answer_is_unknown_and_then_found_or_taken_back(
        self, fresh: Running, seed: Catalogue, fault: str, charge: bool
    ) -> None:
        plan = _plan(fresh, seed, charge=charge)
        before = _orders(fresh)
        fresh.fault_in("replacement", fault)

        with pytest.raises(OutcomeUnknown):
            fresh.store.replace_order(plan, key=KEY, reference=REFERENCE)

        found = fresh.store.find_replacement(plan, REFERENCE)
        made = len(_orders(fresh)) - len(before) + _drafts(fresh)
        assert made == (0 if found is None else 1)
        assert found is not None or not charge

    @pytest.mark.parametrize("fault", ["drop_before", "error_before", "html"])
    def test_a_request_lost_on_the_way_is_unknown_and_not_found(
        self, fresh: Running, seed: Catalogue, fault: str
    ) -> None:
        plan = _plan(fresh, seed)
        before = _orders(fresh)
        fresh.fault_in("replacement", fault)

        with pytest.raises(OutcomeUnknown):
            fresh.store.replace_order(plan, key=KEY, reference=REFERENCE)

        assert fresh.store.find_replacement(plan, REFERENCE) is None
        assert (_orders(fresh), _drafts(fresh)) == (before, 0)

    def test_a_busy_shop_did_it_once_or_not_at_all(self, fresh: Running, seed: Catalogue) -> None:
        plan = _plan(fresh, seed)
        before = _orders(fresh)
        fresh.fault_in("replacement", "throttled")

        try:
            done = bool(fresh.store.replace_order(plan, key=KEY, reference=REFERENCE))
        except RateLimited:
            done = False

        assert len(_orders(fresh)) == len(before) + done

    def test_a_refused_key_makes_nothing(self, fresh: Running, seed: Catalogue) -> None:
        plan = _plan(fresh, seed)
        before = _orders(fresh)
        fresh.fault_in("replacement", "bad_token")

        with pytest.raises(GrantRevoked):
            fresh.store.replace_order(plan, key=KEY, reference=REFERENCE)

        assert (_orders(fresh), _drafts(fresh)) == (before, 0)
