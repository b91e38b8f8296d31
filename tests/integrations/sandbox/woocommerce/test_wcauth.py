"""The pretend shop lets programs in as the real one does; compared with the recorded wcauth-*."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from flask import Flask, request

from integrations.sandbox.serving import in_thread
from integrations.sandbox.woocommerce import create_app
from integrations.sandbox.woocommerce.casa_oliva import casa_oliva
from integrations.sandbox.woocommerce.shop import Shop

STATE = "st_9f2c1d7e4b6a"
BACK = "https://mostrador.example/connect/woocommerce/return?shop=7"


class Program:
    """Whoever wants in: its callback answers `status` and keeps what came."""

    def __init__(self) -> None:
        self.status, self.got = 200, []  # type: ignore[var-annotated]
        self.app = Flask("program")

        @self.app.post("/cb")
        def callback() -> tuple[str, int]:
            self.got.append((dict(request.headers), request.get_json()))
            return "", self.status


@pytest.fixture
def program() -> Iterator[tuple[Program, str]]:
    made = Program()
    with in_thread(made.app) as url:
        yield made, f"{url}/cb"


@pytest.fixture
def shop() -> Iterator[tuple[Shop, str]]:
    records = casa_oliva(datetime(2026, 11, 22, 12, tzinfo=UTC))
    records = replace(records, site=replace(records.site, plain_callbacks=True))
    app = create_app(records=records)
    with in_thread(app) as url:
        yield app.extensions["shop"], url


def ask(url: str, callback: str, **changed: str | None) -> requests.Response:
    wanted = {
        "app_name": "Mostrador", "scope": "read_write", "user_id": STATE, "return_url": BACK,
        "callback_url": callback, **changed,
    }  # fmt: skip
    given = {name: text for name, text in wanted.items() if text is not None}
    return requests.get(f"{url}/wc-auth/v1/authorize?{urlencode(given)}", timeout=5)


def link(page: str, word: str) -> str:
    found = re.search(rf'href="([^"]+)">{word}<', page)
    assert found
    return found[1].replace("&amp;", "&")


def follow(url: str) -> requests.Response:
    return requests.get(url, timeout=5, allow_redirects=False)


def test_approving_posts_the_keys_and_then_sends_the_owner_back(
    shop: tuple[Shop, str], program: tuple[Program, str]
) -> None:
    made, callback = program

    back = follow(link(ask(shop[1], callback).text, "Approve"))

    assert (back.status_code, back.headers["Location"]) == (
        302,
        f"{BACK}&success=1&user_id={STATE}",
    )
    ((headers, body),) = made.got
    assert headers["Content-Type"] == "application/json;charset=UTF-8"
    assert headers["User-Agent"].startswith("WordPress/7.1; http")
    assert set(body) == {
        "key_id", "user_id", "consumer_key", "consumer_secret", "key_permissions"
    }  # fmt: skip
    assert (body["user_id"], body["key_permissions"]) == (STATE, "read_write")
    assert re.fullmatch("ck_[0-9a-f]{40}", body["consumer_key"])
    assert json.dumps(body)
    assert [key.key for key in shop[0].known_keys()][-1] == body["consumer_key"]


def test_trap_the_approve_link_works_twice(
    shop: tuple[Shop, str], program: tuple[Program, str]
) -> None:
    approve = link(ask(shop[1], program[1]).text, "Approve")

    follow(approve)
    follow(approve)

    first, second = (body for _, body in program[0].got)
    assert first["user_id"] == second["user_id"]
    assert first["consumer_key"] != second["consumer_key"]


@pytest.mark.parametrize("status", [201, 204, 500])
def test_trap_only_exactly_200_leaves_a_key(
    shop: tuple[Shop, str], program: tuple[Program, str], status: int
) -> None:
    program[0].status = status

    page = follow(link(ask(shop[1], program[1]).text, "Approve"))

    assert page.status_code == 401
    assert "were unable to send the consumer data." in page.text
    assert shop[0].all("granted") == []


def test_a_callback_that_cannot_be_reached_leaves_none(shop: tuple[Shop, str]) -> None:
    page = follow(link(ask(shop[1], "http://127.0.0.1:9/cb").text, "Approve"))

    assert page.status_code == 401
    assert shop[0].all("granted") == []


def test_denying_is_a_plain_link_and_posts_nothing(
    shop: tuple[Shop, str], program: tuple[Program, str]
) -> None:
    deny = link(ask(shop[1], program[1]).text, "Deny")

    assert deny == f"{BACK}&success=0&user_id={STATE}"
    assert program[0].got == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"user_id": None}, "Error: Missing parameter user_id."),
        ({"scope": "all"}, "Error: Invalid scope all."),
        ({"callback_url": "http://mostrador.example/cb"}, "The callback_url needs to be over SSL."),
        ({"callback_url": "https://"}, "Error: The https:// is not a valid URL."),
    ],
)
def test_bad_parameters_end_on_a_page(
    shop: tuple[Shop, str], changed: dict[str, Any], words: str
) -> None:
    shop[0].site = replace(shop[0].site, plain_callbacks=False)

    page = ask(shop[1], "https://mostrador.example/cb", **changed)

    assert (page.status_code, words in page.text) == (401, True)


def test_trap_what_stands_in_user_id_breaks_the_next_address(shop: tuple[Shop, str]) -> None:
    page = ask(shop[1], "https://mostrador.example/cb", user_id="a&return_url=&b=")

    assert "Missing parameter return_url" in follow(link(page.text, "Approve")).text


def test_plain_permalinks_have_no_such_page(shop: tuple[Shop, str]) -> None:
    shop[0].site = replace(shop[0].site, plain_permalinks=True)

    assert ask(shop[1], "https://mostrador.example/cb").status_code == 404
