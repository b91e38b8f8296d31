"""Mishaps on order, refunds made elsewhere, and what a restart remembers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from integrations.sandbox.gateway import create_app as create_gateway
from integrations.sandbox.serving import in_thread
from integrations.sandbox.woocommerce import create_app
from tests.integrations.sandbox.woocommerce.conftest import PATIENCE, Gateway, Store
from tests.integrations.sandbox.woocommerce.lab import lab
from tests.integrations.sandbox.woocommerce.recordings import ADMIN_KEY, SECRET

ORDER = 21


def _elsewhere(url: str, amount: str) -> requests.Response:
    wanted = {"order": str(ORDER), "amount": amount}
    return requests.post(f"{url}/_control/refund", json=wanted, timeout=PATIENCE)


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("throttled", 429, "text/html; charset=utf-8"),
        ("html", 403, "text/html; charset=utf-8"),
        ("error_before", 500, "application/json; charset=UTF-8"),
        ("bad_token", 401, "application/json; charset=UTF-8"),
    ],
)
def test_answer_of_a_fault_comes_once(store: Store, fault: str, status: int, kind: str) -> None:
    store.fault(fault=fault)

    struck, after = store.call("GET", "orders"), store.call("GET", "orders")

    assert (struck.status_code, struck.headers["Content-Type"]) == (status, kind)
    assert after.status_code == 200


@pytest.mark.parametrize(("fault", "made"), [("error_before", 0), ("error_after", 1)])
def test_server_error_has_no_business_code_and_may_come_after_the_refund(
    store: Store, gateway: Gateway, fault: str, made: int
) -> None:
    store.fault(fault=fault, on="refund")

    answer = store.refund(ORDER, amount="1.00")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_server_error")
    assert len(gateway.asked) == len(store.refunds(ORDER)) == made


@pytest.mark.parametrize(("fault", "made"), [("drop_before", 0), ("drop_after", 1), ("down", 0)])
def test_dropped_connection_gives_no_answer_at_all(
    store: Store, gateway: Gateway, fault: str, made: int
) -> None:
    store.fault(fault=fault, on="refund")

    with pytest.raises(requests.ConnectionError):
        store.refund(ORDER, amount="1.00")
    assert len(gateway.asked) == len(store.refunds(ORDER)) == made


def test_fault_without_end_lasts_until_cleared(store: Store) -> None:
    store.fault(fault="down", times=0)
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            store.call("GET", "orders")

    requests.delete(f"{store.url}/_control/faults", timeout=PATIENCE)

    assert store.call("GET", "orders").status_code == 200


def test_fault_for_refunds_leaves_reads_alone(store: Store) -> None:
    store.fault(fault="html", on="refund")

    assert store.call("GET", "orders").status_code == 200
    assert store.refund(ORDER, amount="1.00").status_code == 403


def test_latency_only_delays(store: Store) -> None:
    store.fault(fault="latency", seconds=0.01)

    assert store.call("GET", "orders").status_code == 200


def test_unknown_fault_is_refused(store: Store) -> None:
    answer = requests.post(f"{store.url}/_control/faults", json={"fault": "rain"}, timeout=PATIENCE)

    assert answer.status_code == 400


def test_order_changes_before_it_is_read(store: Store, gateway: Gateway) -> None:
    store.fault(fault="changed", on="read")

    store.call("GET", "products")
    order = store.call("GET", f"orders/{ORDER}").json()

    assert [refund["total"] for refund in order["refunds"]] == ["-1.00"]
    assert len(gateway.asked) == 1


def test_refund_made_elsewhere_goes_through_the_gateway(store: Store, gateway: Gateway) -> None:
    made = _elsewhere(store.url, "15.00")

    own = requests.get(f"{store.url}/_control/refunds?order={ORDER}", timeout=PATIENCE).json()
    assert [refund["id"] for refund in own] == [made.json()["id"]]
    assert [asked["amount"] for asked in gateway.asked] == ["15.00"]


def test_refund_elsewhere_above_the_rest_is_refused(store: Store) -> None:
    assert _elsewhere(store.url, "99.00").status_code == 409


def test_gateway_process_logs_the_refund() -> None:
    with (
        in_thread(create_gateway()) as gateway,
        in_thread(create_app(gateway=gateway, records=lab())) as shop,
    ):
        _elsewhere(shop, "15.00")
        log = requests.get(f"{gateway}/log", timeout=PATIENCE).json()

    logged = [{key: entry[key] for key in ("shop", "order", "payment", "amount")} for entry in log]
    assert logged == [{"shop": "lab-a", "order": "21", "payment": "lab_txn_1", "amount": "15.00"}]


def test_answer_of_the_gateway_lost_after_the_payment_removes_the_refund() -> None:
    with (
        in_thread(create_gateway()) as gateway,
        in_thread(create_app(gateway=gateway, records=lab())) as shop,
    ):
        requests.post(f"{gateway}/_control/faults", json={"fault": "drop_after"}, timeout=PATIENCE)
        answer = _elsewhere(shop, "15.00")
        log = requests.get(f"{gateway}/log", timeout=PATIENCE).json()

    assert (answer.status_code, len(log)) == (409, 1)


def test_a_restart_remembers_refunds_states_and_stock(tmp_path: Path) -> None:
    first = create_app(state=tmp_path, records=lab()).test_client()
    _post(first, {"amount": "37.93", "line_items": [{"id": 1, "quantity": 2, "refund_total": 1}]})
    before = [_get(first, path) for path in ("orders/21", "orders/21/refunds", "products/11")]

    second = create_app(state=tmp_path, records=lab()).test_client()

    after = [_get(second, path) for path in ("orders/21", "orders/21/refunds", "products/11")]
    assert after == before
    assert after[0]["status"] == "refunded"


def test_a_removed_refund_stays_removed_and_its_number_used(tmp_path: Path) -> None:
    first = create_app(state=tmp_path, records=lab()).test_client()
    made = _post(first, {"amount": "1.00"})
    first.delete(
        f"/wp-json/wc/v3/orders/{ORDER}/refunds/{made['id']}?force=true",
        base_url="https://shop.test",
        auth=(ADMIN_KEY, SECRET),
    )

    second = create_app(state=tmp_path, records=lab()).test_client()

    assert _get(second, "orders/21/refunds") == []
    assert _post(second, {"amount": "1.00"})["id"] > made["id"]


def test_a_line_cut_off_by_a_crash_is_dropped(tmp_path: Path) -> None:
    _post(create_app(state=tmp_path, records=lab()).test_client(), {"amount": "1.00"})
    with (tmp_path / "woocommerce.jsonl").open("a") as file:
        file.write('["orders", 21, {"id"')

    for _ in range(2):
        client = create_app(state=tmp_path, records=lab()).test_client()

        assert len(_get(client, "orders/21/refunds")) == 1


def _get(client: Any, path: str) -> Any:
    return client.get(
        f"/wp-json/wc/v3/{path}", base_url="https://shop.test", auth=(ADMIN_KEY, SECRET)
    ).get_json()


def _post(client: Any, body: dict[str, Any]) -> Any:
    answer = client.post(
        f"/wp-json/wc/v3/orders/{ORDER}/refunds",
        base_url="https://shop.test",
        auth=(ADMIN_KEY, SECRET),
        json=body,
    )
    assert answer.status_code == 201
    return answer.get_json()
