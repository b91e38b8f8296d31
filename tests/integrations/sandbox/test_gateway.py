from __future__ import annotations

from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient

from integrations.sandbox.gateway import create_app
from integrations.sandbox.serving import in_thread

REFUND = {
    "shop": "casa-oliva", "order": "2201", "payment": "p1", "amount": "12.50", "currency": "EUR",
}  # fmt: skip


@pytest.fixture
def gateway() -> FlaskClient:
    return create_app().test_client()


def test_a_refund_is_logged(gateway: FlaskClient) -> None:
    answer = gateway.post("/refunds", json=REFUND)

    assert answer.get_json() == {"id": "re_000001", "status": "succeeded"}
    (entry,) = gateway.get("/log").get_json()
    assert {**entry, "at": ""} == {**REFUND, "kind": "refund", "id": "re_000001", "at": ""}


def test_a_repeated_refund_pays_twice(gateway: FlaskClient) -> None:
    for _ in range(2):
        gateway.post("/refunds", json=REFUND)

    assert len(gateway.get("/log").get_json()) == 2


def test_captures_are_logged_as_such(gateway: FlaskClient) -> None:
    gateway.post("/captures", json=REFUND)

    assert [entry["kind"] for entry in gateway.get("/log").get_json()] == ["capture"]


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity", "1,5", "", 5, None])
def test_amounts_that_are_none_are_refused(gateway: FlaskClient, amount: object) -> None:
    answer = gateway.post("/refunds", json={**REFUND, "amount": amount})

    assert answer.status_code == 400
    assert gateway.get("/log").get_json() == []


@pytest.mark.parametrize("fault", ["decline", "slow_decline"])
def test_a_declined_refund_is_not_logged(gateway: FlaskClient, fault: str) -> None:
    gateway.post("/_control/faults", json={"fault": fault, "seconds": 0})

    answer = gateway.post("/refunds", json=REFUND)

    assert answer.status_code == 402
    assert "declined" in answer.get_json()["error"]
    assert gateway.get("/log").get_json() == []


def test_a_slow_refund_is_paid(gateway: FlaskClient) -> None:
    gateway.post("/_control/faults", json={"fault": "slow", "seconds": 0.01})

    assert gateway.post("/refunds", json=REFUND).status_code == 200
    assert len(gateway.get("/log").get_json()) == 1


@pytest.mark.parametrize(("fault", "paid"), [("drop_before", 0), ("drop_after", 1)])
def test_a_lost_answer_leaves_the_log_true(fault: str, paid: int) -> None:
    with in_thread(create_app()) as url:
        requests.post(f"{url}/_control/faults", json={"fault": fault}, timeout=5)

        with pytest.raises(requests.ConnectionError):
            requests.post(f"{url}/refunds", json=REFUND, timeout=5)

        assert len(requests.get(f"{url}/log", timeout=5).json()) == paid


def test_a_fault_ends_after_its_times(gateway: FlaskClient) -> None:
    gateway.post("/_control/faults", json={"fault": "decline", "times": 2})

    statuses = [gateway.post("/refunds", json=REFUND).status_code for _ in range(3)]

    assert statuses == [402, 402, 200]


def test_a_fault_of_zero_times_lasts_until_cleared(gateway: FlaskClient) -> None:
    gateway.post("/_control/faults", json={"fault": "decline", "times": 0})
    before = [gateway.post("/refunds", json=REFUND).status_code for _ in range(3)]

    gateway.delete("/_control/faults")

    assert before == [402] * 3
    assert gateway.get("/_control/faults").get_json() == []
    assert gateway.post("/refunds", json=REFUND).status_code == 200


def test_an_unknown_fault_is_refused(gateway: FlaskClient) -> None:
    assert gateway.post("/_control/faults", json={"fault": "gremlins"}).status_code == 400


def test_the_log_outlives_a_restart(tmp_path: Path) -> None:
    create_app(state=tmp_path).test_client().post("/refunds", json=REFUND)

    again = create_app(state=tmp_path).test_client()
    again.post("/refunds", json=REFUND)

    assert [entry["id"] for entry in again.get("/log").get_json()] == ["re_000001", "re_000002"]


def test_a_line_cut_by_a_crash_is_left_out(tmp_path: Path) -> None:
    create_app(state=tmp_path).test_client().post("/refunds", json=REFUND)
    with (tmp_path / "gateway.jsonl").open("a") as file:
        file.write('{"kind": "refu')

    assert len(create_app(state=tmp_path).test_client().get("/log").get_json()) == 1
