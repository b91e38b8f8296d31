"""Points, the bucket, and the two ways to ask for too much."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from integrations.sandbox.shopify import prune
from integrations.sandbox.shopify.executor import prepared, requested_cost
from tests.integrations.sandbox.shopify.client import Answer, Client, gid


def cost(name: str, **variables: object) -> int:
    text = (prune.OPERATIONS / f"{name}.graphql").read_text("utf-8")
    return requested_cost(prepared({"query": text, "variables": variables}))


@pytest.mark.parametrize(
    ("name", "variables", "points"),
    [
        ("shop", {}, 3),
        ("order_detail", {"id": "x"}, 337),
        ("order_fulfillments", {"id": "x"}, 461),
        ("order_refunds", {"id": "x"}, 897),
        ("order_suggested_refund", {"id": "x"}, 62),
        ("orders_search", {"query": "", "first": 25}, 127),
        ("customers_search", {"query": "", "first": 25}, 177),
        ("refund_create", {"key": "k", "input": {"orderId": "x"}}, 51),
    ],
)
def test_requested_cost(name: str, variables: Answer, points: int) -> None:
    assert cost(name, **variables) == points


def test_answer_says_what_it_cost_and_what_is_left(open_shop: Callable[..., Client]) -> None:
    shop = open_shop(restore=0)

    told = shop.post("order_transactions", id=gid("Order", 1038)).json()["extensions"]["cost"]

    assert told["requestedQueryCost"] == 151
    assert 0 < told["actualQueryCost"] < 20
    assert told["throttleStatus"] == {
        "maximumAvailable": 2000.0,
        "currentlyAvailable": 2000 - told["actualQueryCost"],
        "restoreRate": 0.0,
    }


def test_empty_bucket_is_throttled_with_http_200(open_shop: Callable[..., Client]) -> None:
    shop = open_shop(maximum=100, restore=0)

    answer = shop.post("order_transactions", id=gid("Order", 1038))

    assert answer.status_code == 200
    assert answer.json()["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert answer.json()["extensions"]["cost"]["actualQueryCost"] is None
    assert "data" not in answer.json()


def test_too_large_a_query_never_runs(shop: Client) -> None:
    answer = shop.post("customers_search", query="", first=250).json()

    assert answer["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert "data" not in answer
