"""Bulk operations of the pretend shop: its rules, its states, and a file that says what its pages
say."""

from __future__ import annotations

import json
import time
from typing import Any

import graphql
import pytest
import requests

from integrations.sandbox.serving import in_thread
from integrations.sandbox.shopify import prune
from integrations.sandbox.shopify.bulk_rules import problems
from integrations.sandbox.shopify.executor import schema
from tests.integrations.sandbox.shopify.client import Client

LISTED = """query Page($after: String) {
  %s(first: 10, after: $after) {
    nodes { %s }
    pageInfo { hasNextPage endCursor }
  }
}"""


def inner(name: str) -> str:
    return (prune.OPERATIONS / f"{name}.graphql").read_text("utf-8")


def mood(shop: Client, **wanted: Any) -> None:
    requests.post(f"{shop.base}/_control/bulk", json=wanted, timeout=5).raise_for_status()


def started(shop: Client, query: str) -> dict[str, Any]:
    made: dict[str, Any] = shop.call("bulk_run_query", query=query)["bulkOperationRunQuery"]
    return made


def status(shop: Client, operation_id: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.call("bulk_operation_status", id=operation_id)["bulkOperation"]
    return found


def exported(shop: Client, query: str) -> list[dict[str, Any]]:
    made = started(shop, query)
    assert made["userErrors"] == []
    done = status(shop, made["bulkOperation"]["id"])
    assert done["status"] == "COMPLETED"
    body = requests.get(done["url"], timeout=10).text
    lines = [json.loads(line) for line in body.splitlines()]
    assert int(done["objectCount"]) == len(lines)
    assert int(done["fileSize"]) == len(body.encode())
    return lines


def paged(shop: Client, field: str, selection: str) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    after = None
    while True:
        answer = shop.send(LISTED % (field, selection), {"after": after}).json()["data"][field]
        nodes += answer["nodes"]
        after = answer["pageInfo"]["endCursor"]
        if not answer["pageInfo"]["hasNextPage"]:
            return nodes


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_file_says_what_the_pages_say(shop: Client, shuffle: bool) -> None:
    mood(shop, shuffle=shuffle)
    fields = "id name updatedAt totalPriceSet { shopMoney { amount } }"
    line = "id title quantity"
    inside = f"{fields} lineItems {{ edges {{ node {{ {line} }} }} }}"
    query = f"{{ orders {{ edges {{ node {{ {inside} }} }} }} }}"

    lines = exported(shop, query)

    pages = paged(shop, "orders", f"{fields} lineItems(first: 50) {{ nodes {{ {line} }} }}")
    roots = {item["id"]: item for item in lines if "__parentId" not in item}
    children = {item["id"]: item for item in lines if "__parentId" in item}
    assert len(roots) == len(pages)
    for node in pages:
        own = {key: value for key, value in node.items() if key != "lineItems"}
        assert roots[node["id"]] == own
        for item in node["lineItems"]["nodes"]:
            assert children[item["id"]] == {**item, "__parentId": node["id"]}
    places = {item["id"]: at for at, item in enumerate(lines)}
    early = [item for item in children.values() if places[item["id"]] < places[item["__parentId"]]]
    assert bool(early) is shuffle


@pytest.mark.parametrize(
    "name", ["bulk_customers", "bulk_orders", "bulk_products", "bulk_inventory"]
)
def test_our_queries_may_run(name: str) -> None:
    assert problems(schema(), inner(name)) == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{ shop { id } }", "at least one connection"),
        ("{ orders { nodes { id } } }", "edges"),
        ("{ orders { edges { node { name } } } }", "'id'"),
        ("{ orders { edges { node { id } } } customers { edges { node { id } } } }", "single top"),
        (
            "{orders {edges {node {id refunds {refundLineItems {nodes {quantity}}}}}}}",
            "within a list",
        ),
        ("{ orders { edges { node { id nothing } } } }", "nothing"),
    ],
)
def test_what_bulk_cannot_do_is_refused(shop: Client, query: str, words: str) -> None:
    made = started(shop, query)

    assert made["bulkOperation"] is None
    assert {error["code"] for error in made["userErrors"]} == {"INVALID"}
    assert words in " ".join(error["message"] for error in made["userErrors"])


SMALL = """
type Query { things: ThingConnection }
type ThingConnection { edges: [ThingEdge!]! }
type ThingEdge { node: Thing! }
type Thing { id: ID! things: ThingConnection! words: WordConnection! }
type WordConnection { edges: [WordEdge!]! }
type WordEdge { node: Word! }
type Word { id: String text: String }
"""


def nested(depth: int) -> str:
    inside = nested(depth - 1) if depth else ""
    return f"things {{ edges {{ node {{ id {inside} }} }} }}"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (nested(2), ""),
        (nested(3), "deeper than 2"),
        (f"things {{ edges {{ node {{ id a: {nested(1)} b: {nested(1)} }} }} }}", ""),
        (f"things {{ edges {{ node {{ id a: {nested(1)} b: {nested(2)} }} }} }}", "more than 5"),
        (
            "things { edges { node { id words { edges { node { id text } } } } } }",
            "Node interface: words",
        ),
    ],
)
def test_how_deep_and_how_many(query: str, words: str) -> None:
    found = problems(graphql.build_schema(SMALL), f"{{ {query} }}")

    assert words in " ".join(found)
    assert bool(found) is bool(words)


def test_five_run_at_once(shop: Client) -> None:
    mood(shop, others=4, seconds=30)

    first, second = started(shop, inner("bulk_customers")), started(shop, inner("bulk_customers"))

    assert first["bulkOperation"]["status"] in ("CREATED", "RUNNING")
    assert second["userErrors"][0]["code"] == "OPERATION_IN_PROGRESS"
    assert (
        shop.call("backfill_outlook")["bulkOperations"]["nodes"][0]["id"]
        == (first["bulkOperation"]["id"])
    )


@pytest.mark.parametrize("code", ["ACCESS_DENIED", "TIMEOUT", "INTERNAL_SERVER_ERROR"])
def test_a_failed_one_has_its_code_and_a_part(shop: Client, code: str) -> None:
    mood(shop, fail=code, times=1)

    made = started(shop, inner("bulk_customers"))

    found = status(shop, made["bulkOperation"]["id"])
    assert (found["status"], found["errorCode"], found["url"]) == ("FAILED", code, None)
    assert requests.get(found["partialDataUrl"], timeout=5).text.count("\n") == 12


@pytest.mark.parametrize(("switch", "state"), [("cancel", "CANCELED"), ("expire", "EXPIRED")])
def test_ended_ones_have_no_file(shop: Client, switch: str, state: str) -> None:
    mood(shop, times=1, **{switch: True})

    made = started(shop, inner("bulk_customers"))

    found = status(shop, made["bulkOperation"]["id"])
    assert (found["status"], found["url"], found["partialDataUrl"]) == (state, None, None)


def test_storage_takes_no_token_and_no_other_key(shop: Client) -> None:
    url = status(shop, started(shop, inner("bulk_customers"))["bulkOperation"]["id"])["url"]

    with_token = requests.get(url, headers={"X-Shopify-Access-Token": "x"}, timeout=5)

    assert with_token.status_code == 400
    assert requests.get(url[:-2], timeout=5).status_code == 403


def test_its_end_is_told(shop: Client) -> None:
    heard: list[tuple[str, dict[str, Any]]] = []

    def receiver(environ: Any, start: Any) -> list[bytes]:
        body = json.loads(environ["wsgi.input"].read())
        heard.append((environ["HTTP_X_SHOPIFY_TOPIC"], body))
        start("200 OK", [])
        return [b""]

    with in_thread(receiver) as url:
        body = {"url": url, "secret": "s"}
        requests.post(f"{shop.base}/_control/webhooks", json=body, timeout=5)
        mood(shop, seconds=0.05)
        made = started(shop, inner("bulk_customers"))
        for _ in range(500):
            if heard:
                break
            time.sleep(0.01)

    (topic, said) = heard[0]
    assert topic == "bulk_operations/finish"
    assert said["admin_graphql_api_id"] == made["bulkOperation"]["id"]
    assert said["status"] == "completed"
