from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from integrations.stores.shopify import PLATFORM
from plugin.domain.refunds import LineChoice, RefundChoice
from plugin.errors import BadAnswer, Conflict, NotFound, OutcomeUnknown, SetupError
from plugin.ports.store import Connection
from tests.builders import NOON
from tests.integrations.stores.shopify.wire import (
    FOUR,
    ONE,
    Naps,
    answer,
    cost,
    customer,
    error,
    line,
    lines,
    moved,
    opened,
    order,
    product,
    refund,
    store,
    suggestion,
    transaction,
    variant,
)

GID = "gid://shopify/Order/1001"
RECORDS = {"id": GID, "first": 80}


def _summary(number: int, **given: Any) -> dict[str, Any]:
    plain = {
        "id": f"gid://shopify/Order/{number}",
        "name": f"#{number}",
        "processedAt": f"2026-11-01T10:00:{number % 60:02}Z",
    }
    return {**plain, **given}


def _found(*nodes: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    return {"orders": lines(*nodes, after=after), "ordersCount": {"count": 9}}


def _searched(query: str, first: int = 50) -> dict[str, object]:
    return {"query": query, "first": first, "after": None}


def _four(*numbers: int) -> dict[str, object]:
    ids = {f"id{i}": f"gid://shopify/Order/{number}" for i, number in enumerate(numbers)}
    return {**ids, **FOUR}


class TestFind:
    def test_near_addresses_are_dropped(self, wire: responses.RequestsMock) -> None:
        other = customer(defaultEmailAddress={"emailAddress": "carmen@example.com.ar"})
        answer(wire, "customer_by_email", data={"customerByIdentifier": other})
        query = 'email:"carmen@example.com"'
        answer(wire, "orders_page", _searched(query), data=_found(_summary(1001)))
        mine = order(customer=None, email="other@example.com")
        answer(wire, "order_whole", {"id": GID, **FOUR}, data={"order": mine})

        found = store().find_by_email("carmen@example.com")

        assert (found.customers, found.orders) == ((), ())

    def test_orders_of_account_and_guest_are_one_list_newest_first(
        self, wire: responses.RequestsMock
    ) -> None:
        answer(wire, "customer_by_email", data={"customerByIdentifier": customer()})
        email = _searched('email:"carmen@example.com"')
        answer(wire, "orders_page", email, data=_found(_summary(1001), _summary(1002)))
        own = _searched("customer_id:301")
        answer(wire, "orders_page", own, data=_found(_summary(1003), _summary(1001)))
        many = {
            "order0": order(id="gid://shopify/Order/1003", name="#1003"),
            "order1": order(id="gid://shopify/Order/1002", name="#1002", customer=None),
            "order2": order(),
            "order3": order(id="gid://shopify/Order/1003"),
        }
        answer(wire, "orders_four", _four(1003, 1002, 1001, 1003), data=many)

        found = store().find_by_email("carmen@example.com")

        assert [item.number for item in found.orders] == ["1003", "1002", "1001"]
        assert [item.ref for item in found.customers] == ["301"]

    def test_a_near_number_is_dropped(self, wire: responses.RequestsMock) -> None:
        shop = {"orderNumberFormatPrefix": "#", "orderNumberFormatSuffix": ""}
        answer(wire, "shop", {}, data={"shop": shop})
        for query in ('name:"#1001"', 'name:"1001"'):
            answer(wire, "orders_page", _searched(query, 10), data=_found(_summary(10011)))

        assert store().find_by_number("1001").orders == ()

    @pytest.mark.parametrize("typed", ["TA-1001-ES", "1001", "#ta-1001-es"])
    def test_a_number_counts_with_and_without_the_shops_affixes(
        self, wire: responses.RequestsMock, typed: str
    ) -> None:
        shop = {"orderNumberFormatPrefix": "#TA-", "orderNumberFormatSuffix": "-ES"}
        answer(wire, "shop", {}, data={"shop": shop})
        for _ in range(2):
            answer(wire, "orders_page", data=_found(_summary(1001, name="#TA-1001-ES")))
        answer(wire, "order_whole", data={"order": order(name="#TA-1001-ES")})

        assert [item.number for item in store().find_by_number(typed).orders] == ["TA-1001-ES"]

    def test_phones_are_asked_as_the_shop_keeps_them(self, wire: responses.RequestsMock) -> None:
        far = customer(defaultPhoneNumber={"phoneNumber": "+34699999999"}, defaultAddress=None)
        for phone in ("+525555550134", "+5215555550134"):
            answer(wire, "customer_by_phone", {"phone": phone}, data={"customerByIdentifier": None})
            query = {"query": f'phone:"{phone}"', "first": 10, "after": None}
            answer(wire, "customers_search", query, data={"customers": {"nodes": [far]}})

        found = store().find_by_phone(["+525555550134", "+5215555550134", "55 5555 0134"])

        assert (found.customers, found.orders) == ((), ())


class TestOrder:
    def test_long_lists_are_read_to_their_end(self, wire: responses.RequestsMock) -> None:
        many = [line(100 + index) for index in range(30)]
        answer(
            wire,
            "order_whole",
            {"id": GID, **ONE},
            data={"order": order(lineItems=lines(*many, after="c1"))},
        )
        page = {"id": GID, "first": 50, "after": "c1"}
        answer(wire, "order_lines", page, data={"order": {"lineItems": lines(line(200))}})

        found = store().order("1001")

        assert len(found.lines) == 31
        assert found.partial == ()

    def test_full_lists_of_refunds_are_read_again(self, wire: responses.RequestsMock) -> None:
        five = [refund(70 + index) for index in range(5)]
        answer(wire, "order_whole", data={"order": order(refunds=five)})
        wide = {"refunds": [*five, refund(79)]}
        answer(wire, "order_refunds", {"id": GID}, data={"order": wide})

        found = store().order("1001")

        assert len(found.refunds) == 6
        assert found.partial == ()

    def test_what_stays_cut_is_named(self, wire: responses.RequestsMock) -> None:
        answer(
            wire, "order_whole", data={"order": order(refunds=[refund(70 + i) for i in range(5)])}
        )
        wide = {"refunds": [refund(70 + index) for index in range(10)]}
        answer(wire, "order_refunds", {"id": GID}, data={"order": wide})

        assert store().order("1001").partial == ("refunds",)

    def test_protected_data_leaves_a_partial_order(self, wire: responses.RequestsMock) -> None:
        hidden = order(customer=None, email=None, shippingAddress=None)
        errors = [error("ACCESS_DENIED", "order", name) for name in ("customer", "email")]
        answer(wire, "order_whole", data={"order": hidden}, errors=errors)

        found = store().order("1001")

        assert found.partial == ("customer", "email")
        assert found.total.text() == "35.00"

    def test_the_page_in_the_admin_is_named(self, wire: responses.RequestsMock) -> None:
        answer(wire, "order_whole", data={"order": order()})

        assert (
            store().order("1001").admin_url == "https://admin.shopify.com/store/tienda/orders/1001"
        )

    def test_none_is_not_found(self, wire: responses.RequestsMock) -> None:
        answer(wire, "order_whole", data={"order": None})

        with pytest.raises(NotFound):
            store().order("1001")

    @pytest.mark.parametrize("broken", [{"totalPriceSet": None}, {"updatedAt": "soon"}])
    def test_another_shape_is_a_bad_answer(
        self, wire: responses.RequestsMock, broken: dict[str, Any]
    ) -> None:
        answer(wire, "order_whole", data={"order": order(**broken)})

        with pytest.raises(BadAnswer):
            store().order("1001")


class TestChanges:
    def test_half_of_the_bucket_is_left_to_people_at_work(
        self, wire: responses.RequestsMock
    ) -> None:
        naps = Naps()
        page = {"customers": lines(customer(), after="c1")}
        answer(wire, "customers_search", data=page, cost=cost(253, 700))

        found = store(naps).changed_since("customers", NOON, None)

        assert (found.cursor, naps) == ("c1", [3.0])

    def test_the_last_page_does_not_wait(self, wire: responses.RequestsMock) -> None:
        naps = Naps()
        answer(wire, "customers_search", data={"customers": lines(customer())}, cost=cost(253, 0))

        found = store(naps).changed_since("customers", NOON, "c1")

        assert (found.cursor, naps) == (None, [])

    def test_orders_come_four_at_a_time(self, wire: responses.RequestsMock) -> None:
        numbers = range(1001, 1006)
        answer(wire, "orders_updated_since", data=_found(*(_summary(n) for n in numbers)))
        each = [order(id=f"gid://shopify/Order/{number}") for number in numbers]
        four = {f"order{index}": each[index] for index in range(4)}
        answer(wire, "orders_four", _four(1001, 1002, 1003, 1004), data=four)
        last = {"id": "gid://shopify/Order/1005", **FOUR}
        answer(wire, "order_whole", last, data={"order": each[4]})

        found = store().changed_since("orders", NOON, "c1")

        assert [item.ref for item in found.items] == ["1001", "1002", "1003", "1004", "1005"]
        assert found.cursor is None

    def test_an_order_deleted_meanwhile_is_left_out(self, wire: responses.RequestsMock) -> None:
        answer(wire, "orders_updated_since", data=_found(_summary(1001)))
        answer(wire, "order_whole", data={"order": None})

        assert store().changed_since("orders", NOON, None).items == []

    def test_many_variants_are_read_page_by_page(self, wire: responses.RequestsMock) -> None:
        many = product(variants=lines(variant(), after="v1"))
        page = {"shop": {"currencyCode": "EUR"}, "products": lines(many)}
        answer(wire, "products_page", data=page)
        first = {"product": {"variants": lines(variant(501), after="v2")}}
        answer(wire, "product_detail", data=first)
        answer(wire, "product_detail", data={"product": {"variants": lines(variant(502))}})

        found = store().changed_since("products", NOON, None).items

        assert [kind.ref for kind in found[0].variants] == ["501", "502"]


class TestPlan:
    CHOICE = RefundChoice(
        order_ref="1001", mode="lines", lines=(LineChoice(line_ref="11", quantity=1),)
    )

    def _answer(self, wire: responses.RequestsMock, updated: str) -> None:
        answer(wire, "order_whole", {"id": GID, **ONE}, data={"order": order()})
        asked = {
            "id": GID,
            "lines": [
                {
                    "lineItemId": "gid://shopify/LineItem/11",
                    "quantity": 1,
                    "restockType": "CANCEL",
                }
            ],
            "refundShipping": False,
            "full": False,
            "allocation": "ORIGINAL_PAYMENT_METHODS",
        }
        told = {"id": GID, "updatedAt": updated, "suggestedRefund": suggestion()}
        answer(wire, "refund_suggestion", asked, data={"order": told})

    def test_two_calls_make_a_preview(self, wire: responses.RequestsMock) -> None:
        self._answer(wire, "2026-11-01T10:00:05Z")

        plan = store().plan_refund(self.CHOICE)

        assert plan.amount.text() == "10.00"
        assert plan.order_version == "2026-11-01T10:00:05+00:00"

    def test_an_order_changed_between_them_is_a_conflict(
        self, wire: responses.RequestsMock
    ) -> None:
        self._answer(wire, "2026-11-01T10:00:06Z")

        with pytest.raises(Conflict) as caught:
            store().plan_refund(self.CHOICE)

        assert caught.value.code == "order_changed"


class TestRefunds:
    def test_an_unreadable_success_is_unknown(self, wire: responses.RequestsMock) -> None:
        TestPlan()._answer(wire, "2026-11-01T10:00:05Z")
        answer(wire, "refund_create", data={"refundCreate": {"refund": {"id": "x"}}})
        plan = store().plan_refund(TestPlan.CHOICE)

        with pytest.raises(OutcomeUnknown):
            store().refund(plan, key="k", reference="M-ABCDEFGH")

    def test_an_accepted_refund_may_still_be_pending(self, wire: responses.RequestsMock) -> None:
        TestPlan()._answer(wire, "2026-11-01T10:00:05Z")
        made = refund(transactions={"nodes": [moved("PENDING")]})
        answer(wire, "refund_create", data={"refundCreate": {"refund": made, "userErrors": []}})
        plan = store().plan_refund(TestPlan.CHOICE)

        receipt = store().refund(plan, key="k", reference="M-ABCDEFGH")

        assert (receipt.payment, receipt.reference) == ("pending", "M-ABCDEFGH")

    def test_too_many_to_see_all_is_never_told_as_none(self, wire: responses.RequestsMock) -> None:
        many = [refund(index, note=None) for index in range(80)]
        answer(wire, "order_refund_records", RECORDS, data={"order": {"refunds": many}})

        with pytest.raises(BadAnswer):
            store().find_refund("1001", "M-ABCDEFGH")

    def test_a_reference_elsewhere_in_a_note_is_not_ours(
        self, wire: responses.RequestsMock
    ) -> None:
        quoted = refund(note="see [M-ABCDEFGH] of last week")
        answer(wire, "order_refund_records", RECORDS, data={"order": {"refunds": [quoted]}})

        assert store().find_refund("1001", "M-ABCDEFGH") is None

    def test_an_unknown_order_is_not_found(self, wire: responses.RequestsMock) -> None:
        answer(wire, "order_refund_records", RECORDS, data={"order": None})

        with pytest.raises(NotFound):
            store().refunds_of("1001")

    @pytest.mark.parametrize(("minutes", "may"), [(0, True), (9, True), (10, False), (60, False)])
    def test_a_resend_is_allowed_for_ten_minutes(self, minutes: int, may: bool) -> None:
        now = datetime(2026, 11, 22, tzinfo=UTC)

        assert store().may_resend(now - timedelta(minutes=minutes), now) is may


class TestPlatform:
    def test_the_limit_of_waiting_is_an_option(self) -> None:
        assert opened().settle_limit() == timedelta(minutes=10)
        assert opened(settle_seconds="3").settle_limit() == timedelta(seconds=3)

    @pytest.mark.parametrize("text", ["soon", "-1", "1.5"])
    def test_a_limit_that_is_no_number_is_refused(self, text: str) -> None:
        with pytest.raises(SetupError):
            opened(settle_seconds=text)

    def test_a_connection_without_a_token_is_refused(self) -> None:
        bare = Connection(
            workspace_id="ws_1",
            id="co_1",
            platform="shopify",
            label="Tienda",
            address="tienda.myshopify.com",
            credentials={},
        )

        with pytest.raises(SetupError) as caught:
            PLATFORM.open(bare, None)  # type: ignore[arg-type]  # never reached

        assert caught.value.code == "key_missing"

    def test_a_split_payment_is_told_payment_by_payment(self, wire: responses.RequestsMock) -> None:
        both = [
            transaction(
                91, gateway="gift_card", formattedGateway="Gift card", accountNumber="9876"
            ),
            transaction(92),
        ]
        answer(wire, "order_whole", data={"order": order(transactions=both)})

        labels = [payment.label for payment in store().order("1001").payments]

        assert labels == ["Gift card •• 9876", "Visa •• 4242"]
