"""Every operation of the adapter runs, on every record of the seed."""

from __future__ import annotations

from typing import Any

import graphql
import pytest
from graphql import FieldNode, OperationDefinitionNode

from integrations.sandbox.shopify import prune
from tests.integrations.sandbox.shopify.client import Client, gid

ORDERS = range(1001, 1061)
IDS = {
    "customer": gid("Customer", 501),
    "order": gid("Order", 1033),
    "product": gid("Product", 7001),
    "productVariant": gid("ProductVariant", 8001),
    "refund": gid("Refund", 90170),
}
# ask for what has to be made first
LATER = {"order_cancel_status", "discount_by_code", "draft_order_status"}
QUERIES = {
    name: operation
    for name, document in prune.operations().items()
    if (operation := graphql.get_operation_ast(document))
    and operation.operation.value == "query"
    and not name.startswith("bulk_")  # see test_bulk.py
    and name not in LATER
}
ORDER_OPERATIONS = (
    "order_detail",
    "order_fulfillments",
    "order_refunds",
    "order_transactions",
)


@pytest.fixture
def shop(open_shop: Any) -> Client:
    return open_shop(maximum=10**9)


@pytest.mark.parametrize("name", ORDER_OPERATIONS)
def test_every_order_answers_without_an_error(shop: Client, name: str) -> None:
    for number in ORDERS:
        assert shop.call(name, id=gid("Order", number))["order"]["id"] == gid("Order", number)


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_of_the_adapter_is_answered_whole(shop: Client, name: str) -> None:
    data = shop.call(name, **_variables(QUERIES[name]))

    assert None not in data.values()


def _variables(operation: OperationDefinitionNode) -> dict[str, Any]:
    """Something sensible for each variable without a default, by its type."""
    root = operation.selection_set.selections[0]
    assert isinstance(root, FieldNode)
    by_type = {
        "ID!": IDS.get(root.name.value),
        "Int!": 2,
        "String!": "",
        "ProductSortKeys!": "ID",
        "RefundMethodAllocation!": "STORE_CREDIT",
    }
    named = {"email": "carmen.ferrandiz@example.com", "phone": "+34655550101"}
    wanted = {
        item.variable.name.value: graphql.print_ast(item.type)
        for item in operation.variable_definitions or ()
        if item.default_value is None
    }
    return {
        name: named.get(name, by_type[kind]) for name, kind in wanted.items() if kind in by_type
    }


def test_every_order_suggests_at_most_what_is_left(shop: Client) -> None:
    for number in ORDERS:
        found = shop.suggested(number, full=True)

        amounts = [found[name]["presentmentMoney"]["amount"] for name in _TWO]
        assert float(amounts[0]) <= float(amounts[1])


_TWO = ("amountSet", "maximumRefundableSet")


def test_customers_can_be_paged_to_the_end(shop: Client) -> None:
    seen: list[str] = []
    after = None
    while True:
        page = shop.call("customers_search", query="", first=7, after=after)["customers"]
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert len(seen) == len(set(seen)) > 20


def test_products_and_their_stock_answer(shop: Client) -> None:
    products = shop.call("products_search", query="", first=50)["products"]["nodes"]

    for node in products:
        product = shop.call("product_detail", id=node["id"], variantsFirst=10)["product"]
        for variant in product["variants"]["nodes"]:
            levels = variant["inventoryItem"]["inventoryLevels"]["nodes"]
            assert variant["inventoryQuantity"] == sum(
                item["quantity"]
                for level in levels
                for item in level["quantities"]
                if item["name"] == "available"
            )


def test_money_is_shown_in_both_currencies(shop: Client) -> None:
    total = shop.order(1046)["totalPriceSet"]

    assert total["presentmentMoney"] == {"amount": "29400.0", "currencyCode": "CLP"}
    assert total["shopMoney"]["currencyCode"] == "EUR"


def test_unknown_order_is_null(shop: Client) -> None:
    assert shop.call("order_detail", id=gid("Order", 5))["order"] is None


def test_unknown_field_is_refused(shop: Client) -> None:
    answer = shop.send("{ shop { nonsense } }").json()

    assert "nonsense" in answer["errors"][0]["message"]


def test_wrong_token_is_401(shop: Client) -> None:
    answer = Client(shop.base, shop.bank, "shpat_other").post("shop")

    assert answer.status_code == 401
    assert "Invalid API key" in answer.json()["errors"]
