"""`@idempotent`: required, one key for one intent, also across a restart."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from integrations.sandbox.shopify import prune
from tests.integrations.sandbox.shopify.client import Answer, Client

REFUND = (prune.OPERATIONS / "refund_create.graphql").read_text("utf-8")


def codes(answer: Answer) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def test_same_key_and_variables_give_the_first_answer(shop: Client) -> None:
    given = shop.input(1038, full=True)

    first, second = shop.refund("k", given), shop.refund("k", given)

    assert second["refund"]["id"] == first["refund"]["id"]
    assert shop.paid_back(1038) == ["94.95"]


def test_same_key_with_other_variables_is_refused(shop: Client) -> None:
    given = shop.input(1038, full=True)
    shop.refund("k", given)

    answer = shop.post("refund_create", key="k", input={**given, "note": "other"}).json()

    assert codes(answer) == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
    assert shop.paid_back(1038) == ["94.95"]


def test_same_key_at_the_same_time_pays_once(shop: Client) -> None:
    given = shop.input(1038, full=True)
    shop.bank_fault("slow", seconds=0.5)

    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(shop.post, "refund_create", key="k", input=given) for _ in range(2)]
        answers = [call.result().json() for call in calls]

    refusals = [answer for answer in answers if "errors" in answer]
    assert [codes(answer) for answer in refusals] == [["IDEMPOTENCY_CONCURRENT_REQUEST"]]
    assert shop.paid_back(1038) == ["94.95"]


def test_other_keys_at_the_same_time_pay_once(shop: Client) -> None:
    given = shop.input(1038, full=True)
    shop.bank_fault("slow", seconds=0.3)

    with ThreadPoolExecutor(2) as pool:
        payloads = list(pool.map(lambda key: shop.refund(key, given), ["k1", "k2"]))

    assert sorted(bool(payload["userErrors"]) for payload in payloads) == [False, True]
    assert shop.paid_back(1038) == ["94.95"]


def test_refusal_is_kept_under_its_key(shop: Client) -> None:
    given = shop.input(1038, full=True)
    shop.bank_fault("decline")

    first, second = shop.refund("k", given), shop.refund("k", given)

    assert first["userErrors"] == second["userErrors"] != []
    assert shop.paid_back(1038) == []


def test_missing_key_is_refused(shop: Client) -> None:
    given = shop.input(1038, full=True)
    text = REFUND.replace("@idempotent(key: $key)", "").replace(", $key: String!", "")

    answer = shop.send(text, {"input": given}).json()

    assert codes(answer) == ["BAD_REQUEST"]
    assert shop.paid_back(1038) == []


def test_blank_key_is_refused(shop: Client) -> None:
    answer = shop.post("refund_create", key=" ", input=shop.input(1038, full=True)).json()

    assert codes(answer) == ["BAD_REQUEST"]


def test_restart_keeps_refunds_and_keys(open_shop: Callable[..., Client], tmp_path: Path) -> None:
    before = open_shop(tmp_path)
    given = before.input(1042, full=True)
    first = before.refund("k", given)

    after = open_shop(tmp_path)

    assert after.order(1042)["displayFinancialStatus"] == "REFUNDED"
    assert after.refund("k", given)["refund"]["id"] == first["refund"]["id"]
    assert after.paid_back(1042) == ["124.00"]


def test_line_cut_by_a_kill_was_never_committed(
    open_shop: Callable[..., Client], tmp_path: Path
) -> None:
    open_shop(tmp_path).refund("k", open_shop(tmp_path).input(1042, full=True))
    journal = tmp_path / "shopify.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])

    assert open_shop(tmp_path).order(1042)["displayFinancialStatus"] == "PAID"
    assert journal.read_bytes() == b""
