from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import responses

from integrations.stores.shopify.client import base_url, shop_handle
from plugin.errors import (
    ActionRefused,
    BadAnswer,
    GrantRevoked,
    MostradorError,
    OutcomeUnknown,
    RateLimited,
    SetupError,
    Unreachable,
)
from tests.integrations.stores.shopify.wire import (
    URL,
    Naps,
    answer,
    client,
    cost,
    error,
    refund,
)

INPUT: dict[str, Any] = {"key": "k", "input": {"orderId": "gid://shopify/Order/1"}}
PAGE = "<!doctype html><title>Attention</title>"


def _write(naps: Naps | None = None) -> Any:
    return client(naps).write("refund_create", "refundCreate", "refund", INPUT)


def _caught(call: Any) -> MostradorError:
    with pytest.raises(MostradorError) as caught:
        call()
    return caught.value


class TestRequest:
    def test_one_post_with_the_operation_and_its_variables(
        self, wire: responses.RequestsMock
    ) -> None:
        answer(wire, "customer_by_email", {"email": "a@b.example"}, data={"x": 1})

        result = client().read("customer_by_email", {"email": "a@b.example"})

        assert result.data == {"x": 1}

    def test_decimals_stay_text(self, wire: responses.RequestsMock) -> None:
        wire.post(URL, body='{"data": {"percentage": 12.5}}', content_type="application/json")

        assert client().read("shop", {}).data == {"percentage": "12.5"}


class TestThrottled:
    def test_it_waits_as_long_as_the_bucket_needs(self, wire: responses.RequestsMock) -> None:
        naps = Naps()
        answer(wire, "shop", {}, errors=[error("THROTTLED")], cost=cost(500, 300))
        answer(wire, "shop", {}, data={"shop": {}})

        client(naps).read("shop", {})

        assert naps == [2.0]

    def test_a_throttled_mutation_did_not_run_and_is_sent_again(
        self, wire: responses.RequestsMock
    ) -> None:
        naps = Naps()
        answer(wire, "refund_create", INPUT, errors=[error("THROTTLED")], cost=cost(51, 1))
        answer(wire, "refund_create", INPUT, data={"refundCreate": {"refund": refund()}})

        assert _write(naps)["id"] == "gid://shopify/Refund/71"
        assert naps == [0.5]

    def test_it_gives_up_after_four_tries(self, wire: responses.RequestsMock) -> None:
        naps = Naps()
        for _ in range(4):
            answer(wire, "shop", {}, errors=[error("THROTTLED")], cost=cost(500, 400))

        caught = _caught(lambda: client(naps).read("shop", {}))

        assert isinstance(caught, RateLimited)
        assert naps == [1.0, 1.0, 1.0]

    def test_a_long_wait_is_not_ours_to_wait(self, wire: responses.RequestsMock) -> None:
        naps = Naps()
        answer(wire, "shop", {}, errors=[error("THROTTLED")], cost=cost(1000, 0, restore=50))

        caught = _caught(lambda: client(naps).read("shop", {}))

        assert isinstance(caught, RateLimited)
        assert (caught.after, naps) == (20.0, [])


class TestStatus:
    @pytest.mark.parametrize(
        ("status", "kind", "code"),
        [
            (400, BadAnswer, "bad_answer"),
            (401, GrantRevoked, "shop_key_rejected"),
            (402, Unreachable, "shop_frozen"),
            (403, GrantRevoked, "shop_scope_missing"),
            (404, BadAnswer, "bad_answer"),
            (423, Unreachable, "shop_frozen"),
            (429, RateLimited, "shop_rate_limited"),
            (430, RateLimited, "shop_rate_limited"),
        ],
    )
    @pytest.mark.parametrize("write", [False, True])
    def test_a_refusal_before_anything_ran_says_so(
        self,
        wire: responses.RequestsMock,
        status: int,
        kind: type[MostradorError],
        code: str,
        write: bool,
    ) -> None:
        wire.post(URL, json={"errors": "No"}, status=status)

        caught = _caught(_write if write else lambda: client().read("shop", {}))

        assert type(caught) is kind
        assert caught.code == code

    def test_a_token_of_the_old_kind_is_told_from_a_missing_right(
        self, wire: responses.RequestsMock
    ) -> None:
        said = "Non-expiring access tokens are no longer accepted"
        wire.post(URL, json={"errors": said}, status=403)

        assert _caught(lambda: client().read("shop", {})).code == "shop_token_lasting"

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_broken_shop_is_unreachable_for_reads(
        self, wire: responses.RequestsMock, status: int
    ) -> None:
        wire.post(URL, json={"errors": "Internal"}, status=status)

        assert isinstance(_caught(lambda: client().read("shop", {})), Unreachable)

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_broken_shop_leaves_a_mutation_unknown(
        self, wire: responses.RequestsMock, status: int
    ) -> None:
        wire.post(URL, json={"errors": "Internal"}, status=status)

        assert isinstance(_caught(_write), OutcomeUnknown)

    def test_the_seconds_to_wait_are_passed_on(self, wire: responses.RequestsMock) -> None:
        wire.post(URL, json={}, status=429, headers={"Retry-After": "7"})

        caught = _caught(lambda: client().read("shop", {}))

        assert isinstance(caught, RateLimited)
        assert caught.after == 7

    @pytest.mark.parametrize("status", [200, 403, 404])
    def test_a_page_is_a_bad_answer_for_reads(
        self, wire: responses.RequestsMock, status: int
    ) -> None:
        wire.post(URL, body=PAGE, content_type="text/html", status=status)

        assert isinstance(_caught(lambda: client().read("shop", {})), BadAnswer)

    @pytest.mark.parametrize("status", [200, 403, 404])
    def test_a_page_leaves_a_mutation_unknown(
        self, wire: responses.RequestsMock, status: int
    ) -> None:
        wire.post(URL, body=PAGE, content_type="text/html", status=status)

        assert isinstance(_caught(_write), OutcomeUnknown)

    @pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"data": []}', '{"errors": "x"}'])
    def test_a_broken_document_is_never_a_success(
        self, wire: responses.RequestsMock, body: str
    ) -> None:
        wire.post(URL, body=body, content_type="application/json")
        wire.post(URL, body=body, content_type="application/json")

        assert isinstance(_caught(lambda: client().read("shop", {})), BadAnswer)
        assert isinstance(_caught(_write), OutcomeUnknown)

    def test_a_lost_connection_leaves_a_mutation_unknown(
        self, wire: responses.RequestsMock
    ) -> None:
        wire.post(URL, body=requests.ConnectionError("reset"))

        # a mock never connects, so the http client counts it as not sent
        assert isinstance(_caught(_write), Unreachable | OutcomeUnknown)


class TestErrors:
    def test_data_beside_denied_fields_is_kept(self, wire: responses.RequestsMock) -> None:
        answer(
            wire,
            "shop",
            {},
            data={"shop": {"name": "Tienda", "email": None}},
            errors=[error("ACCESS_DENIED", "shop", "email")],
        )

        result = client().read("shop", {})

        assert result.data["shop"]["name"] == "Tienda"
        assert result.denied == (("shop", "email"),)

    def test_nothing_but_a_denial_is_a_missing_scope(self, wire: responses.RequestsMock) -> None:
        answer(wire, "shop", {}, data={"shop": None}, errors=[error("ACCESS_DENIED", "shop")])

        caught = _caught(lambda: client().read("shop", {}))

        assert (type(caught), caught.code) == (GrantRevoked, "shop_scope_missing")

    def test_a_denied_mutation_did_not_run(self, wire: responses.RequestsMock) -> None:
        denied = [error("ACCESS_DENIED", "refundCreate")]
        answer(wire, "refund_create", INPUT, data={"refundCreate": None}, errors=denied)

        assert isinstance(_caught(_write), GrantRevoked)

    def test_a_denied_field_of_a_made_refund_keeps_the_refund(
        self, wire: responses.RequestsMock
    ) -> None:
        denied = [error("ACCESS_DENIED", "refundCreate", "order")]
        answer(
            wire,
            "refund_create",
            INPUT,
            data={"refundCreate": {"refund": refund(), "order": None, "userErrors": []}},
            errors=denied,
        )

        assert _write()["id"] == "gid://shopify/Refund/71"

    def test_an_unpaid_shop_is_frozen(self, wire: responses.RequestsMock) -> None:
        answer(wire, "shop", {}, errors=[error("SHOP_INACTIVE")])

        assert _caught(lambda: client().read("shop", {})).code == "shop_frozen"

    @pytest.mark.parametrize(
        "code",
        [
            "INTERNAL_SERVER_ERROR",
            "IDEMPOTENCY_CONCURRENT_REQUEST",
            "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
            "SOMETHING_NEW",
            "",
        ],
    )
    def test_an_unclear_error_leaves_a_mutation_unknown(
        self, wire: responses.RequestsMock, code: str
    ) -> None:
        answer(wire, "refund_create", INPUT, errors=[error(code)])

        assert isinstance(_caught(_write), OutcomeUnknown)

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("MAX_COST_EXCEEDED", BadAnswer),
            ("undefinedField", BadAnswer),
            ("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", ActionRefused),
        ],
    )
    def test_an_error_before_running_is_clear(
        self, wire: responses.RequestsMock, code: str, kind: type[MostradorError]
    ) -> None:
        answer(wire, "refund_create", INPUT, errors=[error(code)])

        assert isinstance(_caught(_write), kind)


class TestUserErrors:
    def test_the_words_of_the_shop_reach_the_agent(self, wire: responses.RequestsMock) -> None:
        errors = [{"field": ["input"], "message": "Refund amount is too high"}]
        answer(
            wire,
            "refund_create",
            INPUT,
            data={"refundCreate": {"refund": None, "userErrors": errors}},
        )

        caught = _caught(_write)

        assert isinstance(caught, ActionRefused)
        assert caught.code == "shop_refused"
        assert caught.parameters == {"message": "Refund amount is too high"}

    def test_long_words_are_cut(self, wire: responses.RequestsMock) -> None:
        payload = {"refund": None, "userErrors": [{"field": None, "message": "x" * 5000}]}
        answer(wire, "refund_create", INPUT, data={"refundCreate": payload})

        assert len(str(_caught(_write).parameters["message"])) == 300

    def test_a_made_refund_counts_whatever_stands_beside_it(
        self, wire: responses.RequestsMock
    ) -> None:
        payload = {"refund": refund(), "userErrors": [{"field": None, "message": "Mail failed"}]}
        answer(wire, "refund_create", INPUT, data={"refundCreate": payload})

        assert _write()["id"] == "gid://shopify/Refund/71"

    @pytest.mark.parametrize("payload", [None, {"refund": None, "userErrors": []}])
    def test_neither_refund_nor_reason_is_unknown(
        self, wire: responses.RequestsMock, payload: object
    ) -> None:
        answer(wire, "refund_create", INPUT, data={"refundCreate": payload})

        assert isinstance(_caught(_write), OutcomeUnknown)


class TestAddress:
    @pytest.mark.parametrize(
        ("address", "url"),
        [
            ("tienda.myshopify.com", "https://tienda.myshopify.com"),
            (" Tienda.MyShopify.com/ ", "https://tienda.myshopify.com"),
            ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
            ("http://localhost:8001/", "http://localhost:8001"),
        ],
    )
    def test_a_shop_or_this_machine(self, address: str, url: str) -> None:
        assert base_url(address) == url

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "tienda.example",
            "https://tienda.example",
            "http://tienda.myshopify.com",
            "tienda.myshopify.com.evil.example",
            "evil.example/tienda.myshopify.com",
            "http://127.0.0.1.evil.example",
            "a@tienda.myshopify.com",
        ],
    )
    def test_the_token_goes_nowhere_else(self, address: str) -> None:
        with pytest.raises(SetupError) as caught:
            base_url(address)

        assert caught.value.code == "address_forbidden"

    def test_the_handle_is_the_first_name(self) -> None:
        assert shop_handle("tienda.myshopify.com") == "tienda"
        assert shop_handle("http://127.0.0.1:8001") == ""


def test_a_person_who_waits_is_told_soon(wire: responses.RequestsMock) -> None:
    naps = Naps()
    answer(wire, "shop", {}, errors=[error("THROTTLED")], cost=cost(845, 700))

    caught = _caught(lambda: client(naps).hurried().read("shop", {}))

    assert isinstance(caught, RateLimited)
    assert (caught.after, naps) == (1.45, [])


def test_no_secret_shows_in_an_error(wire: responses.RequestsMock) -> None:
    wire.post(URL, json={"errors": "x"}, status=500)

    caught = _caught(lambda: client().read("shop", {}))

    assert "shpat" not in repr(caught) + json.dumps(caught.parameters, default=str)
