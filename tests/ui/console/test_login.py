"""Coming in: cookies, forms of strangers, guessing, and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask

from plugin.actions import accounts
from plugin.app import create_app
from plugin.db import accounts as rows
from tests.plugin.conftest import Desk
from tests.ui.console.conftest import EMAIL, PASSWORD, Browser

COOKIE = "__Host-mostrador"


def test_the_way_in_and_the_way_out(browser: Browser) -> None:
    asked = browser.get("/console/shops")
    assert (asked.status_code, asked.location) == (302, "/console/login?next=/console/shops")

    entered = browser.log_in(next="/console/shops?lang=es")

    assert (entered.status_code, entered.location) == (302, "/console/shops?lang=es")
    assert "Alba" in browser.get("/console/shops").text
    assert browser.get("/console/login").location == "/console"
    left = browser.post("/console/logout")
    assert left.location == "/console/login?lang=es"
    assert browser.get("/console/shops").status_code == 302


def test_the_cookie_is_for_this_site_over_https_only(browser: Browser) -> None:
    said = browser.log_in().headers["Set-Cookie"]

    assert said.startswith(f"{COOKIE}=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1209600"):
        assert flag in said.split("; ")
    assert "Domain" not in said


def test_on_a_developers_machine_it_works_without_https(
    developing: Callable[[], Browser],
) -> None:
    browser = developing()

    said = browser.log_in().headers["Set-Cookie"]

    assert said.startswith("mostrador=")
    assert "Secure" not in said
    assert "HttpOnly" in said


def test_nobody_gets_a_cookie_before_logging_in(browser: Browser) -> None:
    for answer in (
        browser.get("/console/login"), browser.get("/"), browser.log_in(password="wrong"),
    ):  # fmt: skip
        assert "Set-Cookie" not in answer.headers


def test_a_session_somebody_planted_is_not_used(app: Flask, browser: Browser) -> None:
    browser.client.set_cookie(COOKIE, "planted", domain="panel.example", secure=True)

    browser.log_in()

    cookie = browser.client.get_cookie(COOKIE, domain="panel.example")
    assert cookie is not None
    assert cookie.value != "planted"
    thief = Browser(app.test_client())
    thief.client.set_cookie(COOKIE, "planted", domain="panel.example", secure=True)
    assert thief.get("/console/shops").status_code == 302


def test_logging_in_again_ends_the_session_before(app: Flask, owner: Browser) -> None:
    before = owner.client.get_cookie(COOKIE, domain="panel.example")
    assert before is not None
    owner.log_in()
    thief = Browser(app.test_client())
    thief.client.set_cookie(COOKIE, before.value, domain="panel.example", secure=True)

    assert thief.get("/console/shops").status_code == 302
    assert owner.get("/console/shops").status_code == 200


def test_an_account_that_was_closed_is_out_at_once(desk: Desk, owner: Browser) -> None:
    with desk.services.database.writing() as connection:
        account = rows.with_role(desk.scope, connection, "owner")[0]
        rows.change(desk.scope, connection, account.id, active=False)

    assert owner.get("/console/shops").status_code == 302


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
        "/a b", "/console/login?next=/", "console", "/\tx", "/\nx", "/\\/evil",
    ],
)  # fmt: skip
def test_the_way_back_stays_here(browser: Browser, elsewhere: str) -> None:
    assert browser.log_in(next=elsewhere).location == "/console"
    back = browser.get(f"/console/login?next={quote(elsewhere)}")
    assert back.location == "/console"


# -- forms


@pytest.mark.parametrize(("given", "code"), [("", "csrf_missing"), ("wrong", "csrf_wrong")])
def test_a_form_without_its_token_is_refused(owner: Browser, given: str, code: str) -> None:
    owner.csrf = given

    answer = owner.post("/console/logout")

    assert answer.status_code == 403
    assert f'data-code="{code}"' in answer.text
    assert owner.get("/console/shops").status_code == 200


def test_the_token_of_another_session_is_refused(app: Flask, owner: Browser) -> None:
    other = Browser(app.test_client())
    other.log_in()
    other.get("/console/shops")
    owner.csrf = other.csrf

    assert owner.post("/console/logout").status_code == 403


def test_a_script_of_ours_sends_the_token_in_a_header(owner: Browser) -> None:
    token, owner.csrf = owner.csrf, ""

    answer = owner.post("/console/logout", {"X-CSRF-Token": token})

    assert answer.status_code == 302


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"}, {"Origin": "null"},
    ],
)  # fmt: skip
def test_a_strangers_page_sends_no_form(owner: Browser, headers: dict[str, str]) -> None:
    for path, form in (("/console/logout", {}), ("/console/login", {"email": EMAIL})):
        answer = owner.post(path, headers, password=PASSWORD, **form)

        assert answer.status_code == 403
        assert 'data-code="page_elsewhere"' in answer.text


def test_a_form_of_ours_says_so(owner: Browser) -> None:
    ours = {"Sec-Fetch-Site": "same-origin", "Origin": "https://panel.example"}

    assert owner.post("/console/language", ours, locale="en").status_code == 302
    assert '<html lang="en">' in owner.get("/console/shops").text


def test_a_form_after_the_session_says_what_to_do(browser: Browser) -> None:
    answer = browser.post("/console/logout")

    assert answer.status_code == 401
    assert "Entrar de nuevo" in answer.text


def test_a_fragment_without_a_session_is_no_login_page(browser: Browser) -> None:
    answer = browser.get("/console/shops", **{"X-Fragment": "1"})

    assert answer.status_code == 401


# -- guessing


def test_a_wrong_password_says_nothing_of_the_email(browser: Browser) -> None:
    answers = [browser.log_in(password="wrong"), browser.log_in("nobody@example.com", "wrong")]

    assert [answer.status_code for answer in answers] == [401, 401]
    pages = [answer.text.replace(EMAIL, "").replace("nobody@example.com", "") for answer in answers]
    assert _plain(pages[0]) == _plain(pages[1])


def _plain(page: str) -> str:
    return re.sub(r'nonce="[^"]+"', "", page)


def test_one_visitor_guesses_ten_times_a_minute(browser: Browser) -> None:
    for number in range(10):
        assert browser.log_in(f"n{number}@example.com", "wrong").status_code == 401

    answer = browser.log_in()

    assert answer.status_code == 429
    assert 'data-code="too_many_requests"' in answer.text


def test_one_account_is_guessed_from_everywhere_together(app: Flask) -> None:
    def from_(number: int, password: str) -> int:
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        return Browser(client).log_in(password=password).status_code

    assert [from_(number, "wrong") for number in range(20)] == [401] * 20
    assert from_(21, PASSWORD) == 429


def test_guesses_are_counted_over_all_web_processes(app: Flask, desk: Desk) -> None:
    other = create_app(services=app.extensions["mostrador"])
    wrong = [Browser(each.test_client()).log_in(password="wrong") for each in (app, other) * 5]

    assert [answer.status_code for answer in wrong] == [401] * 10
    assert Browser(app.test_client()).log_in().status_code == 429
    desk.clock.pass_(seconds=61)
    assert Browser(other.test_client()).log_in().status_code == 302


def test_logging_in_rightly_is_not_counted(browser: Browser) -> None:
    assert [browser.log_in().status_code for _ in range(12)] == [302] * 12


def test_a_household_of_ipv6_is_one_visitor(app: Flask) -> None:
    def from_(number: int) -> int:
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"2001:db8::{number:x}"
        return Browser(client).log_in(f"n{number}@example.com", "wrong").status_code

    assert [from_(number) for number in range(1, 12)] == [401] * 10 + [429]


@pytest.mark.parametrize("said", ["::ffff:203.0.113.{}", "203.0.113.{}:5678"])
def test_addresses_of_ipv4_stay_apart_however_they_are_said(app: Flask, said: str) -> None:
    def from_(number: int) -> int:
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = said.format(number)
        return Browser(client).log_in(f"n{number}@example.com", "wrong").status_code

    assert [from_(number) for number in range(1, 12)] == [401] * 11


@pytest.mark.parametrize("said", ["203.0.113.7:{}", "[2001:db8::7]:{}"])
def test_a_port_makes_nobody_else_of_a_visitor(app: Flask, said: str) -> None:
    def from_(port: int) -> int:
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = said.format(port)
        return Browser(client).log_in(f"n{port}@example.com", "wrong").status_code

    assert [from_(port) for port in range(40001, 40012)] == [401] * 10 + [429]


# -- links


def test_a_link_is_looked_at_without_being_used(desk: Desk, browser: Browser) -> None:
    link = accounts.owner_link(desk.services).removeprefix("https://panel.example")

    for _ in range(2):
        page = browser.get(link)
        assert page.status_code == 200
        assert EMAIL in page.text
    short = browser.post(link, password="corta")
    assert short.status_code == 422
    assert 'data-code="password_short"' in short.text
    done = browser.post(link, password="una nueva y larga")
    assert done.location == "/console"
    assert browser.get("/console/shops").status_code == 200
    over = browser.get(link)
    assert over.status_code == 410
    assert "ya se usó" in over.text


def test_a_strangers_page_uses_no_link(desk: Desk, browser: Browser) -> None:
    link = accounts.owner_link(desk.services).removeprefix("https://panel.example")

    answer = browser.post(link, {"Sec-Fetch-Site": "cross-site"}, password="una nueva y larga")

    assert answer.status_code == 403
    assert browser.log_in().status_code == 302


# -- what every page carries


def test_nobody_frames_the_console_and_nothing_foreign_runs(owner: Browser) -> None:
    for answer in (
        owner.get("/console/shops"), owner.get("/console/link/none"), owner.get("/console/nothing"),
        owner.post("/console/language", locale="es"),
    ):  # fmt: skip
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_what_a_person_is_called_is_text(desk: Desk, owner: Browser) -> None:
    with desk.services.database.writing() as connection:
        account = rows.with_role(desk.scope, connection, "owner")[0]
        rows.change(desk.scope, connection, account.id, name="<script>alert(1)</script>")

    page = owner.get("/console/shops").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
