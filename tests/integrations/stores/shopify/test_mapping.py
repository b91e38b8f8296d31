from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from integrations.stores.shopify import mapping, mapping_products, values
from integrations.stores.shopify.mapping_money import payment_label, receipt
from plugin.domain.money import Money
from plugin.domain.orders import Discount, Order
from tests.integrations.stores.shopify import wire


def eur(text: str) -> Money:
    return Money.of(text, "EUR")


def _order(**given: Any) -> Order:
    payload: Any = wire.order(**given)
    return mapping.order(payload)


class TestOrder:
    def test_references_are_numbers_fit_for_an_address(self) -> None:
        order = _order()

        assert (order.ref, order.number, order.customer_ref) == ("1001", "1001", "301")
        assert (order.lines[0].ref, order.lines[0].variant_ref) == ("11", "501")

    def test_a_line_is_exact_where_a_unit_price_is_not(self) -> None:
        line = wire.line(
            originalUnitPriceSet=wire.bag("10.00"),
            discountAllocations=[{"allocatedAmountSet": wire.bag("0.01")}],
        )

        assert _order(lineItems=wire.lines(line)).lines[0].total == eur("29.99")

    def test_included_taxes_are_not_added(self) -> None:
        order = _order()

        assert (order.lines[0].tax, order.shipping_lines[0].tax) == (eur("0"), eur("0"))
        assert order.tax_total == eur("6.08")

    def test_taxes_on_top_are_told_by_line(self) -> None:
        order = _order(taxesIncluded=False)

        assert (order.lines[0].tax, order.shipping_lines[0].tax) == (eur("5.21"), eur("0.87"))

    @pytest.mark.parametrize(
        ("status", "state", "paid"),
        [
            ("PENDING", "pending", False),
            ("AUTHORIZED", "authorized", False),
            ("EXPIRED", "voided", False),
            ("PAID", "paid", True),
            ("PARTIALLY_PAID", "partially_paid", False),
            ("PARTIALLY_REFUNDED", "partially_refunded", True),
            ("REFUNDED", "refunded", True),
            ("VOIDED", "voided", False),
            (None, "pending", False),
        ],
    )
    def test_payment_state(self, status: str | None, state: str, paid: bool) -> None:
        order = _order(displayFinancialStatus=status)

        assert (order.payment_state, order.paid) == (state, paid)

    @pytest.mark.parametrize(
        ("status", "parcels", "state"),
        [
            ("UNFULFILLED", [], "unfulfilled"),
            ("IN_PROGRESS", [], "unfulfilled"),
            ("ON_HOLD", [], "on_hold"),
            ("FULFILLMENT_NOT_REQUIRED", [], "not_required"),
            ("PARTIALLY_FULFILLED", ["DELIVERED"], "partial"),
            ("FULFILLED", [], "fulfilled"),
            ("FULFILLED", ["FULFILLED"], "fulfilled"),
            ("FULFILLED", ["IN_TRANSIT", "DELIVERED"], "in_transit"),
            ("FULFILLED", ["OUT_FOR_DELIVERY"], "in_transit"),
            ("FULFILLED", ["DELIVERED", "DELIVERED"], "delivered"),
            ("FULFILLED", ["DELIVERED", "CANCELED"], "delivered"),
        ],
    )
    def test_fulfilment_state(self, status: str, parcels: list[str], state: str) -> None:
        sent = [wire.parcel(displayStatus=item) for item in parcels]

        order = _order(displayFulfillmentStatus=status, fulfillments=sent)

        assert order.fulfilment_state == state

    def test_a_guest_is_named_by_the_address(self) -> None:
        order = _order(customer=None)

        assert (order.customer_ref, order.customer_name) == ("", "Carmen Ferrándiz")

    def test_times_are_utc_whatever_the_shop_writes(self) -> None:
        order = _order(processedAt="2026-11-01T12:00:00+02:00")

        assert order.placed_at == datetime(2026, 11, 1, 10, tzinfo=UTC)
        assert order.placed_at.tzinfo is UTC

    def test_a_link_that_is_no_web_address_is_dropped(self) -> None:
        tracking = [{"company": "X", "number": "1", "url": "javascript:alert(1)"}]

        order = _order(
            fulfillments=[wire.parcel(trackingInfo=tracking)], statusPageUrl="data:text/html,x"
        )

        assert (order.fulfilments[0].tracking[0].url, order.status_url) == ("", "")

    def test_discounts_by_code_and_by_title(self) -> None:
        nodes = [
            {"value": {"percentage": "10.0"}, "code": "HOLA10"},
            {"value": {"amount": "5.0", "currencyCode": "EUR"}, "title": "Cortesía"},
        ]

        order = _order(
            discountApplications={"nodes": nodes}, discountCodes=["HOLA10", "ENVIOGRATIS"]
        )

        assert order.discounts == (
            Discount(label="HOLA10", percentage="10"),
            Discount(label="Cortesía", amount=eur("5.00")),
            Discount(label="ENVIOGRATIS"),
        )

    def test_money_is_what_the_customer_paid_in(self) -> None:
        order = _order(presentmentCurrencyCode="CLP", totalPriceSet=wire.bag("35000.0", "CLP"))

        assert order.total == Money.of("35000", "CLP")
        assert order.total.text() == "35000"

    def test_a_part_kept_back_is_named(self) -> None:
        parts = mapping.denied_parts(
            [("customer",), ("customer", "displayName"), ("lineItems", 0, "image"), ("x",)]
        )

        assert parts == ("customer", "images", "other")


class TestPayments:
    def test_a_captured_authorisation_is_one_payment(self) -> None:
        held = wire.transaction(91, kind="AUTHORIZATION")
        taken = wire.transaction(92, kind="CAPTURE", parentTransaction={"id": held["id"]})

        order = _order(transactions=[held, taken])

        assert [(p.ref, p.state) for p in order.payments] == [("92", "succeeded")]

    @pytest.mark.parametrize(
        ("kind", "status", "state"),
        [
            ("SALE", "SUCCESS", "succeeded"),
            ("SALE", "PENDING", "pending"),
            ("SALE", "AWAITING_RESPONSE", "pending"),
            ("SALE", "UNKNOWN", "pending"),
            ("SALE", "FAILURE", "failed"),
            ("SALE", "ERROR", "failed"),
            ("AUTHORIZATION", "SUCCESS", "authorized"),
            ("AUTHORIZATION", "FAILURE", "failed"),
        ],
    )
    def test_state(self, kind: str, status: str, state: str) -> None:
        order = _order(transactions=[wire.transaction(kind=kind, status=status)])

        assert order.payments[0].state == state

    def test_a_void_ends_an_authorisation(self) -> None:
        held = wire.transaction(91, kind="AUTHORIZATION")
        void = wire.transaction(92, kind="VOID", parentTransaction={"id": held["id"]})

        assert [p.state for p in _order(transactions=[held, void]).payments] == ["voided"]

    def test_refunds_are_no_payments(self) -> None:
        order = _order(transactions=[wire.transaction(), wire.transaction(95, kind="REFUND")])

        assert [payment.ref for payment in order.payments] == ["91"]

    @pytest.mark.parametrize(
        ("formatted", "gateway", "account", "label"),
        [
            ("Visa", "shopify_payments", "•••• •••• •••• 4242", "Visa •• 4242"),
            ("Visa", "shopify_payments", "4242", "Visa •• 4242"),
            ("PayPal", "paypal", None, "PayPal"),
            (None, "gift_card", "", "gift_card"),
            ("Bank", "bank", "12", "Bank"),
        ],
    )
    def test_label(
        self, formatted: str | None, gateway: str, account: str | None, label: str
    ) -> None:
        assert payment_label(formatted, gateway, account) == label


class TestRefunds:
    @pytest.mark.parametrize(
        ("statuses", "payment"),
        [
            (["SUCCESS"], "succeeded"),
            (["SUCCESS", "PENDING"], "pending"),
            (["PENDING", "FAILURE"], "failed"),
            (["ERROR"], "failed"),
            ([], "none"),
        ],
    )
    def test_the_worst_news_of_its_transactions_wins(
        self, statuses: list[str], payment: str
    ) -> None:
        payload: Any = wire.refund(transactions={"nodes": [wire.moved(s) for s in statuses]})

        assert receipt(payload).payment == payment

    def test_money_by_hand_is_none(self) -> None:
        payload: Any = wire.refund(transactions={"nodes": [wire.moved(manualPaymentGateway=True)]})

        assert receipt(payload).payment == "none"

    def test_the_gateways_of_the_order_tell_what_is_by_hand(self) -> None:
        by_hand = {key: v for key, v in wire.moved().items() if key != "manualPaymentGateway"}
        order = _order(
            transactions=[wire.transaction(manualPaymentGateway=True)],
            refunds=[wire.refund(transactions={"nodes": [by_hand]})],
        )

        assert order.refunds[0].payment == "none"

    def test_the_oldest_comes_first(self) -> None:
        late, early = wire.refund(72, createdAt="2026-11-03T00:00:00Z"), wire.refund(71)

        assert [item.ref for item in _order(refunds=[late, early]).refunds] == ["71", "72"]

    @pytest.mark.parametrize(
        ("note", "reason", "reference"),
        [
            ("Llegó roto [M-ABCDEFGH]", "Llegó roto", "M-ABCDEFGH"),
            ("[M-ABCDEFGH]", "", "M-ABCDEFGH"),
            ("[M-ABCDEFGH] ", "", "M-ABCDEFGH"),
            ("[M-ABCDEFGH] later words", "[M-ABCDEFGH] later words", ""),
            ("[M-abcdefgh]", "[M-abcdefgh]", ""),
            ("[M-ABCDEFGHI]", "[M-ABCDEFGHI]", ""),
            (None, "", ""),
        ],
    )
    def test_our_reference_stands_at_the_end_of_a_note(
        self, note: str | None, reason: str, reference: str
    ) -> None:
        assert values.split_note(note) == (reason, reference)

    @pytest.mark.parametrize("reason", ["", "Roto", "Roto [M-ZZZZZZZZ]"])
    def test_a_note_comes_apart_as_it_was_joined(self, reason: str) -> None:
        joined = values.joined_note(reason, "M-ABCDEFGH")

        assert values.split_note(joined) == (reason, "M-ABCDEFGH")


class TestValues:
    @pytest.mark.parametrize("ref", ["", "1 OR 2", "../1", "１", "-1", "1?x"])
    def test_only_digits_become_an_id(self, ref: str) -> None:
        assert values.gid("Order", ref) == ""

    def test_an_id_and_back(self) -> None:
        assert values.ref(values.gid("Order", "1001")) == "1001"

    def test_a_time_without_a_zone_is_refused(self) -> None:
        with pytest.raises(ValueError, match="zone"):
            values.moment("2026-11-01T10:00:00")

    def test_a_time_is_turned_to_utc(self) -> None:
        there = datetime(2026, 11, 1, 10, tzinfo=timezone(timedelta(hours=-3)))

        assert values.moment(there.isoformat()) == there


class TestCustomer:
    def test_the_phone_of_the_address_is_another_contact_point(self) -> None:
        payload: Any = wire.customer()

        person = mapping.customer(payload)

        assert (person.phone, person.other_phones) == ("+34612345678", ("612 34 56 78",))

    def test_without_an_own_phone_the_address_gives_it(self) -> None:
        payload: Any = wire.customer(defaultPhoneNumber=None)

        person = mapping.customer(payload)

        assert (person.phone, person.other_phones) == ("612 34 56 78", ())

    def test_hidden_fields_are_empty(self) -> None:
        payload: Any = wire.customer(
            defaultEmailAddress=None, defaultPhoneNumber=None, defaultAddress=None
        )

        person = mapping.customer(payload)

        assert (person.email, person.phone, person.address) == ("", "", None)


class TestProduct:
    @pytest.mark.parametrize(
        ("given", "state"),
        [
            ({}, "in_stock"),
            ({"inventoryQuantity": 0}, "out_of_stock"),
            ({"inventoryQuantity": -1, "inventoryPolicy": "CONTINUE"}, "backorder"),
            ({"inventoryQuantity": None}, "out_of_stock"),
        ],
    )
    def test_state_of_a_variant(self, given: dict[str, Any], state: str) -> None:
        payload: Any = wire.product(variants=wire.lines(wire.variant(**given)))

        assert mapping_products.product(payload, "EUR").variants[0].state == state

    def test_uncounted_goods_have_no_quantity(self) -> None:
        item = {**wire.variant()["inventoryItem"], "tracked": False}
        kind = wire.variant(inventoryItem=item, inventoryQuantity=0)
        payload: Any = wire.product(variants=wire.lines(kind))

        found = mapping_products.product(payload, "EUR").variants[0]

        assert (found.state, found.stock[0].quantity) == ("in_stock", None)

    def test_a_place_no_longer_in_use_is_left_out(self) -> None:
        levels = {"nodes": [wire.level("Valencia"), wire.level("Bilbao", active=False)]}
        item = {**wire.variant()["inventoryItem"], "inventoryLevels": levels}
        payload: Any = wire.product(variants=wire.lines(wire.variant(inventoryItem=item)))

        stock = mapping_products.product(payload, "EUR").variants[0].stock

        assert [(entry.location, entry.quantity) for entry in stock] == [("Valencia", 4)]

    def test_the_only_variant_has_no_title(self) -> None:
        payload: Any = wire.product(
            variants=wire.lines(wire.variant(title="Default Title")), featuredMedia=None
        )

        found = mapping_products.product(payload, "EUR")

        assert (found.variants[0].title, found.image_url) == ("", "")

    @pytest.mark.parametrize(
        ("status", "active"),
        [("ACTIVE", True), ("UNLISTED", True), ("DRAFT", False), ("ARCHIVED", False)],
    )
    def test_what_is_for_sale(self, status: str, active: bool) -> None:
        payload: Any = wire.product(status=status)

        assert mapping_products.product(payload, "EUR").active is active
