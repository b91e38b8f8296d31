"""A client of the pretend shop and of its gateway, written without our adapter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from integrations.sandbox.shopify import TOKEN, prune

PATH = "/admin/api/2026-10/graphql.json"

Answer = dict[str, Any]


@dataclass(frozen=True)
class Client:
    """`base` is the shop, `bank` the gateway."""

    base: str
    bank: str
    token: str = TOKEN

    def post(self, name: str, **variables: Any) -> requests.Response:
        return self.send((prune.OPERATIONS / f"{name}.graphql").read_text("utf-8"), variables)

    def send(self, text: str, variables: Answer | None = None) -> requests.Response:
        body = {"query": text, "variables": variables or {}}
        headers = {"X-Shopify-Access-Token": self.token}
        return requests.post(self.base + PATH, json=body, headers=headers, timeout=20)

    def call(self, name: str, **variables: Any) -> Answer:
        answer = self.post(name, **variables).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def order(self, number: int) -> Answer:
        return self.call("order_detail", id=gid("Order", number))["order"]

    def suggested(self, number: int, **wanted: Any) -> Answer:
        order = self.call("order_suggested_refund", id=gid("Order", number), **wanted)["order"]
        return order["suggestedRefund"]

    def input(self, number: int, **wanted: Any) -> Answer:
        """A `RefundInput` copied from the shop's own suggestion."""
        return refund_input(gid("Order", number), self.suggested(number, **wanted))

    def refund(self, key: str, given: Answer) -> Answer:
        return self.call("refund_create", input=given, key=key)["refundCreate"]

    def refunds(self, number: int) -> list[Answer]:
        answer = requests.get(f"{self.base}/_control/refunds", params={"order": number}, timeout=5)
        return list(answer.json())

    def fault(self, name: str, **options: Any) -> None:
        body = {"fault": name, **options}
        requests.post(f"{self.base}/_control/faults", json=body, timeout=5).raise_for_status()

    def bank_fault(self, name: str, **options: Any) -> None:
        body = {"fault": name, **options}
        requests.post(f"{self.bank}/_control/faults", json=body, timeout=5).raise_for_status()

    def paid_back(self, order: int) -> list[str]:
        """Amounts of an order in the gateway's own log."""
        log = requests.get(f"{self.bank}/log", timeout=5).json()
        return [entry["amount"] for entry in log if entry["order"] == str(order)]


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def refund_input(order: str, found: Answer) -> Answer:
    amounts = [part["amountSet"]["presentmentMoney"] for part in found["suggestedTransactions"]]
    lines = [
        {
            "lineItemId": line["lineItem"]["id"],
            "quantity": line["quantity"],
            "restockType": line["restockType"],
            "locationId": line["location"] and line["location"]["id"],
        }
        for line in found["refundLineItems"]
    ]
    transactions = [
        {
            "orderId": order,
            "parentId": part["parentTransaction"]["id"],
            "gateway": part["gateway"],
            "kind": "REFUND",
            "amount": money["amount"],
        }
        for part, money in zip(found["suggestedTransactions"], amounts, strict=True)
        if float(money["amount"])
    ]
    return {
        "orderId": order,
        "currency": amounts[0]["currencyCode"],
        "note": "M-ABCDEFGH",
        "refundLineItems": lines,
        "shipping": {"amount": found["shipping"]["amountSet"]["presentmentMoney"]["amount"]},
        "transactions": transactions,
    }
