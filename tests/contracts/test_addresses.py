"""What every shop must do when an order goes elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plugin.domain.addresses import AddressChoice, AddressPlan
from plugin.domain.orders import Order
from plugin.domain.people import Address
from plugin.errors import (
    ActionRefused,
    GrantRevoked,
    InvalidInput,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unsupported,
)
from tests.contracts.shop import Catalogue, Running

KEY = "0b9f5e5c-6c3e-4b1b-8f0e-3f1a5d1c7a10"
REFERENCE = "M-ABCDEFGH"
TRIANA = Address(
    first_name="Lucía",
    last_name="Prats Gil",
    line1="C/ Triana 12",
    line2="2.º B",
    city="Las Palmas",
    province_code="GC",
    postcode="35002",
    country="ES",
    phone="+34 928 000 111",
)


def _paid_in_spain(order: Order) -> bool:
    place = order.shipping_address
    return order.paid and bool(place and place.country == "ES" and place.postcode[:2] != "35")


def _plan(shop: Running, order: Order, **fields: object) -> AddressPlan:
    choice = AddressChoice(order_ref=order.ref, address=TRIANA)
    return shop.store.plan_address(replace(choice, **fields))


def _goes_to(order: Order) -> tuple[str, str, str]:
    place = order.shipping_address
    assert place is not None
    return place.line1, place.city, place.postcode


class TestPlan:
    def test_it_holds_before_and_after(self, shop: Running, seed: Catalogue) -> None:
        order = seed.able("address", _paid_in_spain)

        plan = _plan(shop, order, email="otra@example.com")

        assert (plan.address_before, plan.address_after) == (order.shipping_address, TRIANA)
        assert (plan.email_before, plan.email_after) == (order.email, "otra@example.com")
        assert (plan.phone_after, plan.total_before) == (None, order.total)
        assert plan.total_after is not None

    def test_nothing_chosen_is_nothing_to_do(self, shop: Running, seed: Catalogue) -> None:
        order = seed.able("address", _paid_in_spain)

        with pytest.raises(InvalidInput) as caught:
            _plan(shop, order, address=order.shipping_address, email=order.email)

        assert caught.value.code == "nothing_changes"

    @pytest.mark.parametrize("reason", ["address_order_sent", "address_order_cancelled"])
    def test_an_order_that_is_gone_goes_nowhere_else(
        self, shop: Running, seed: Catalogue, reason: str
    ) -> None:
        with pytest.raises(Unsupported) as caught:
            _plan(shop, seed.unable("address", reason))

        assert caught.value.code == reason

    def test_a_sent_order_may_still_get_another_email(self, shop: Running, seed: Catalogue) -> None:
        order = seed.unable("address", "address_order_sent")

        plan = _plan(shop, order, address=None, email="otra@example.com")

        assert plan.address_after is None

    def test_an_unknown_order(self, shop: Running) -> None:
        with pytest.raises(NotFound):
            shop.store.plan_address(AddressChoice(order_ref="999999999", address=TRIANA))

    def test_looking_changes_nothing(self, shop: Running, seed: Catalogue) -> None:
        order = seed.able("address", _paid_in_spain)
        before = shop.record(order.ref)

        _plan(shop, order)

        assert shop.record(order.ref) == before


class TestChange:
    def test_the_order_goes_there_and_costs_what_was_foretold(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        order = seed.able("address", _paid_in_spain)
        plan = _plan(fresh, order)

        receipt = fresh.store.change_address(plan, key=KEY, reference=REFERENCE)

        after = fresh.store.order(order.ref)
        assert _goes_to(after) == ("C/ Triana 12", "Las Palmas", "35002")
        assert after.total == receipt.total == plan.total_after
        assert after.shipping_address is not None
        assert after.shipping_address.names == ("Lucía", "Prats Gil")
        assert (receipt.held, receipt.default) == ((), "not_asked")
        assert fresh.store.find_address(plan, REFERENCE) == receipt
        assert fresh.store.find_address(plan, "M-ZZZZZZZZ") is None

    def test_email_and_phone_alone_leave_the_address(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.able("address", _paid_in_spain)
        plan = _plan(fresh, order, address=None, email="otra@example.com", phone="+34600111222")

        fresh.store.change_address(plan, key=KEY, reference=REFERENCE)

        after = fresh.store.order(order.ref)
        assert (after.email, after.phone) == ("otra@example.com", "+34600111222")
        assert after.shipping_address == order.shipping_address

    def test_the_customers_own_address_too(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.able("address", lambda item: bool(item.customer_ref))
        plan = _plan(fresh, order, default_too=True)

        receipt = fresh.store.change_address(plan, key=KEY, reference=REFERENCE)

        assert receipt.default == "changed"
        assert plan.customer_ref == order.customer_ref

    def test_hostile_text_arrives_as_it_was_written(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.able("address", _paid_in_spain)
        odd = replace(TRIANA, line2='"><b>Ático</b> & 3; -- \U0001f3e0')
        plan = _plan(fresh, order, address=odd)

        fresh.store.change_address(plan, key=KEY, reference=REFERENCE)

        assert odd.line2 in str(fresh.record(order.ref))


class TestMishaps:
    @pytest.mark.parametrize("fault", ["drop_after", "error_after"])
    def test_a_lost_answer_is_unknown_and_then_found(
        self, fresh: Running, seed: Catalogue, fault: str
    ) -> None:
        order = seed.able("address", _paid_in_spain)
        plan = _plan(fresh, order)
        fresh.fault_in("address", fault)

        with pytest.raises(OutcomeUnknown):
            fresh.store.change_address(plan, key=KEY, reference=REFERENCE)

        found = fresh.store.find_address(plan, REFERENCE)
        assert found is not None
        assert (found.total, found.held) == (plan.total_after, ())
        assert _goes_to(fresh.store.order(order.ref))[0] == "C/ Triana 12"

    @pytest.mark.parametrize("fault", ["drop_before", "error_before", "html"])
    def test_a_request_lost_on_the_way_is_unknown_and_not_found(
        self, fresh: Running, seed: Catalogue, fault: str
    ) -> None:
        order = seed.able("address", _paid_in_spain)
        plan = _plan(fresh, order)
        before = fresh.record(order.ref)
        fresh.fault_in("address", fault)

        with pytest.raises(OutcomeUnknown):
            fresh.store.change_address(plan, key=KEY, reference=REFERENCE)

        assert fresh.store.find_address(plan, REFERENCE) is None
        assert fresh.record(order.ref) == before

    def test_a_busy_shop_did_it_once_or_not_at_all(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.able("address", _paid_in_spain)
        plan = _plan(fresh, order)
        fresh.fault_in("address", "throttled")

        try:
            done = bool(fresh.store.change_address(plan, key=KEY, reference=REFERENCE))
        except RateLimited:
            done = False

        assert (fresh.store.find_address(plan, REFERENCE) is not None) is done

    def test_a_refused_key_changes_nothing(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.able("address", _paid_in_spain)
        plan = _plan(fresh, order)
        before = fresh.record(order.ref)
        fresh.fault_in("address", "bad_token")

        with pytest.raises(GrantRevoked):
            fresh.store.change_address(plan, key=KEY, reference=REFERENCE)

        assert fresh.record(order.ref) == before

    def test_what_the_shop_refuses_did_not_happen(self, fresh: Running, seed: Catalogue) -> None:
        order = seed.able("address", _paid_in_spain)
        plan = _plan(fresh, order, email="no-es-un-correo")
        before = fresh.record(order.ref)

        with pytest.raises(ActionRefused) as caught:
            fresh.store.change_address(plan, key=KEY, reference=REFERENCE)

        assert caught.value.code == "shop_refused"
        assert fresh.record(order.ref) == before

    def test_the_customers_own_address_may_fail_alone(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        order = seed.able("address", lambda item: bool(item.customer_ref))
        plan = _plan(fresh, order, default_too=True)
        gone = replace(plan, customer_ref="999999999", default_ref="999999999")

        receipt = fresh.store.change_address(gone, key=KEY, reference=REFERENCE)

        assert receipt.default == "failed"
        assert _goes_to(fresh.store.order(order.ref))[0] == "C/ Triana 12"
