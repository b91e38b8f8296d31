"""The shop misbehaves on demand; what was committed before an answer was lost stays true."""

from __future__ import annotations

import pytest
import requests

from tests.integrations.sandbox.shopify.client import Client, gid


def test_drop_before_does_nothing(shop: Client) -> None:
    given = shop.input(1038, full=True)
    shop.fault("drop_before", on="refund")

    with pytest.raises(requests.ConnectionError):
        shop.refund("k", given)

    assert shop.paid_back(1038) == []


def test_drop_after_loses_the_answer_of_a_true_refund(shop: Client) -> None:
    given = shop.input(1038, full=True)
    shop.fault("drop_after", on="refund")

    with pytest.raises(requests.ConnectionError):
        shop.refund("k", given)

    assert shop.refund("k", given)["refund"]["id"] == shop.refunds(1038)[0]["id"]
    assert shop.paid_back(1038) == ["94.95"]


@pytest.mark.parametrize(("name", "paid"), [("error_before", []), ("error_after", ["94.95"])])
def test_server_error(shop: Client, name: str, paid: list[str]) -> None:
    given = shop.input(1038, full=True)
    shop.fault(name, on="refund")

    answer = shop.post("refund_create", key="k", input=given)

    assert answer.status_code == 502
    assert shop.paid_back(1038) == paid


def test_throttled_refund_did_not_run(shop: Client) -> None:
    given = shop.input(1038, full=True)
    shop.fault("throttled", on="refund")

    answer = shop.post("refund_create", key="k", input=given).json()

    assert answer["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert shop.paid_back(1038) == []


def test_html_page_in_place_of_json(shop: Client) -> None:
    shop.fault("html")

    answer = shop.post("shop")

    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")


def test_bad_token(shop: Client) -> None:
    shop.fault("bad_token")

    assert shop.post("shop").status_code == 401


def test_fault_is_used_up(shop: Client) -> None:
    shop.fault("bad_token", times=2)

    assert [shop.post("shop").status_code for _ in range(3)] == [401, 401, 200]


def test_down_lasts_until_cleared(shop: Client) -> None:
    shop.fault("down", times=0)
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            shop.post("shop")

    requests.delete(f"{shop.base}/_control/faults", timeout=5)

    assert shop.post("shop").status_code == 200


def test_fault_on_refunds_leaves_reads_alone(shop: Client) -> None:
    shop.fault("bad_token", on="refund")

    assert shop.post("shop").status_code == 200


def test_order_changes_before_its_next_read(shop: Client) -> None:
    shop.fault("changed")
    shop.post("shop")

    order = shop.order(1038)

    assert order["totalRefundedSet"]["presentmentMoney"]["amount"] == "1.0"
    assert order["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    assert shop.paid_back(1038) == ["1.00"]
    assert shop.order(1038)["totalRefundedSet"]["presentmentMoney"]["amount"] == "1.0"


def test_unknown_fault_is_refused(shop: Client) -> None:
    answer = requests.post(f"{shop.base}/_control/faults", json={"fault": "no"}, timeout=5)

    assert answer.status_code == 400


def test_pictures_are_served(shop: Client) -> None:
    url = shop.order(1038)["lineItems"]["nodes"][0]["image"]["url"]

    assert requests.get(url, timeout=5).headers["Content-Type"].startswith("image/svg+xml")


def test_refund_is_found_by_its_number(shop: Client) -> None:
    refund = shop.refund("k", shop.input(1038, full=True))["refund"]

    found = shop.call("refund_by_id", id=refund["id"])["refund"]

    assert found["order"]["id"] == gid("Order", 1038)
    assert found["note"] == "M-ABCDEFGH"
