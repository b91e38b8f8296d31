"""What every shop must do when a customer is given a code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from plugin.domain.discounts import DiscountChoice, DiscountPlan
from plugin.domain.money import Money
from plugin.errors import (
    ActionRefused,
    Conflict,
    GrantRevoked,
    InvalidInput,
    OutcomeUnknown,
    RateLimited,
)
from tests.contracts.shop import Catalogue, Running

KEY = "0b9f5e5c-6c3e-4b1b-8f0e-3f1a5d1c7a10"
REFERENCE = "M-ABCDEFGH"
NEXT_YEAR = (datetime.now(UTC) + timedelta(days=365)).replace(microsecond=0)
KINDS = (
    {"kind": "percentage", "percentage": Decimal("12.5")},
    {"kind": "amount", "amount": Money(Decimal("7.50"), "EUR")},
    {"kind": "free_shipping"},
)


def _choice(seed: Catalogue, **fields: object) -> DiscountChoice:
    person = seed.customer(lambda item: "@" in item.email)
    choice = DiscountChoice(
        code="GRACIAS-7KQM-X4TD",
        kind="percentage",
        percentage=Decimal(10),
        customer_ref=person.ref,
        email=person.email,
        expires_at=NEXT_YEAR,
        minimum=Money(Decimal("20.00"), "EUR"),
    )
    return replace(choice, **fields)


def _plan(shop: Running, seed: Catalogue, **fields: object) -> DiscountPlan:
    return shop.store.plan_discount(_choice(seed, **fields))


class TestPlan:
    def test_it_is_bound_to_the_customer(self, shop: Running, seed: Catalogue) -> None:
        plan = _plan(shop, seed)

        assert plan.bound_to in ("customer", "email")
        assert (plan.once, plan.expires_at, plan.currency) == (True, NEXT_YEAR, "EUR")

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"code": " "}, "code_missing"),
            ({"percentage": Decimal(101)}, "percentage_invalid"),
            ({"percentage": Decimal(0)}, "percentage_invalid"),
            ({"percentage": None}, "percentage_invalid"),
            ({"kind": "amount"}, "amount_missing"),
            ({"minimum": Money(Decimal(5), "USD")}, "currency_mismatch"),
            ({"kind": "amount", "amount": Money(Decimal(0), "EUR")}, "amount_zero"),
            ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "expiry_in_the_past"),
        ],
    )
    def test_what_cannot_be_asked(
        self, shop: Running, seed: Catalogue, fields: dict[str, object], code: str
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            _plan(shop, seed, **fields)

        assert caught.value.code == code

    def test_nobody_to_bind_it_to(self, shop: Running, seed: Catalogue) -> None:
        with pytest.raises(ActionRefused) as caught:
            _plan(shop, seed, customer_ref="", email="")

        assert caught.value.code in ("discount_needs_customer", "discount_needs_email")


class TestMake:
    @pytest.mark.parametrize("fields", KINDS, ids=lambda fields: str(fields["kind"]))
    def test_it_is_there_as_it_was_asked(
        self, fresh: Running, seed: Catalogue, fields: dict[str, object]
    ) -> None:
        plan = _plan(fresh, seed, **fields)

        receipt = fresh.store.make_discount(plan, key=KEY, reference=REFERENCE)

        assert (receipt.code, receipt.expires_at) == ("GRACIAS-7KQM-X4TD", NEXT_YEAR)
        assert fresh.store.find_discount(plan, REFERENCE) == receipt
        assert fresh.store.find_discount(plan, "M-ZZZZZZZZ") is None

    def test_for_anyone_without_end_and_for_all_times(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        fields = {"for_anyone": True, "once": False, "expires_at": None, "minimum": None}
        plan = _plan(fresh, seed, **fields)

        receipt = fresh.store.make_discount(plan, key=KEY, reference=REFERENCE)

        assert (plan.bound_to, receipt.expires_at) == ("anyone", None)

    def test_a_code_that_exists_is_not_made_again(self, fresh: Running, seed: Catalogue) -> None:
        first, second = _plan(fresh, seed), _plan(fresh, seed)
        fresh.store.make_discount(first, key=KEY, reference=REFERENCE)

        with pytest.raises(ActionRefused) as caught:
            fresh.store.make_discount(second, key=KEY, reference="M-ZZZZZZZZ")
        with pytest.raises(Conflict):
            _plan(fresh, seed, code="gracias-7kqm-x4td")

        assert caught.value.code == "shop_refused"
        assert fresh.store.find_discount(second, "M-ZZZZZZZZ") is None
        assert fresh.store.find_discount(first, REFERENCE) is not None


class TestMishaps:
    @pytest.mark.parametrize("fault", ["drop_after", "error_after"])
    def test_a_lost_answer_is_unknown_and_then_found(
        self, fresh: Running, seed: Catalogue, fault: str
    ) -> None:
        plan = _plan(fresh, seed)
        fresh.fault_in("discount", fault)

        with pytest.raises(OutcomeUnknown):
            fresh.store.make_discount(plan, key=KEY, reference=REFERENCE)

        found = fresh.store.find_discount(plan, REFERENCE)
        assert found is not None
        assert found.code == plan.code

    @pytest.mark.parametrize("fault", ["drop_before", "error_before", "html"])
    def test_a_request_lost_on_the_way_is_unknown_and_not_found(
        self, fresh: Running, seed: Catalogue, fault: str
    ) -> None:
        plan = _plan(fresh, seed)
        fresh.fault_in("discount", fault)

        with pytest.raises(OutcomeUnknown):
            fresh.store.make_discount(plan, key=KEY, reference=REFERENCE)

        assert fresh.store.find_discount(plan, REFERENCE) is None

    def test_a_busy_shop_did_it_once_or_not_at_all(self, fresh: Running, seed: Catalogue) -> None:
        plan = _plan(fresh, seed)
        fresh.fault_in("discount", "throttled")

        try:
            done = bool(fresh.store.make_discount(plan, key=KEY, reference=REFERENCE))
        except RateLimited:
            done = False

        assert (fresh.store.find_discount(plan, REFERENCE) is not None) is done

    def test_a_refused_key_makes_nothing(self, fresh: Running, seed: Catalogue) -> None:
        plan = _plan(fresh, seed)
        fresh.fault_in("discount", "bad_token")

        with pytest.raises(GrantRevoked):
            fresh.store.make_discount(plan, key=KEY, reference=REFERENCE)

        assert fresh.store.find_discount(plan, REFERENCE) is None
