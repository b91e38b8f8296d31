from __future__ import annotations

from collections.abc import Iterator

import jwt
import pytest
from flask import Flask, Response, jsonify, request
from flask.testing import FlaskClient

from integrations.sandbox.helpdesk import create_app
from integrations.sandbox.helpdesk.launching import OWNER
from integrations.sandbox.seed.tickets import TICKETS
from integrations.sandbox.serving import in_thread

SECRET = "pretend-secret-of-at-least-32-bytes"
PANEL = "http://localhost:8000"


class PretendShop:
    """Remembers the faults it was given."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.app = Flask(__name__, static_folder=None)

        @self.app.post("/_control/faults")
        def add() -> str:
            self.faults.append(request.get_json()["fault"])
            return ""

        @self.app.get("/_control/faults")
        def show() -> str:
            return ",".join(self.faults)

        @self.app.delete("/_control/faults")
        def clear() -> str:
            self.faults.clear()
            return ""


@pytest.fixture
def shops() -> tuple[PretendShop, PretendShop]:
    return PretendShop(), PretendShop()


@pytest.fixture
def inbox(shops: tuple[PretendShop, PretendShop]) -> Iterator[FlaskClient]:
    with in_thread(shops[0].app) as first, in_thread(shops[1].app) as second:
        app = create_app(
            panel=PANEL, shopify=first, woocommerce=second, install="in_1", secret=SECRET
        )
        yield app.test_client()


def body(ticket: int = 1, agent: str = "ana", lang: str = "es") -> dict[str, object]:
    return {"ticket": ticket, "agent": agent, "lang": lang}


class TestPage:
    def test_lists_the_eight_tickets(self, inbox: FlaskClient) -> None:
        html = inbox.get("/").get_data(as_text=True)

        assert html.count("data-ticket=") == 16
        assert all(ticket.writer in html for ticket in TICKETS)

    def test_shows_a_hostile_subject_as_text(self, inbox: FlaskClient) -> None:
        html = inbox.get("/").get_data(as_text=True)

        assert "Cancelar &#34;urgente&#34; &lt;b&gt;hoy&lt;/b&gt;" in html
        assert "<b>hoy" not in html

    def test_speaks_both_languages(self, inbox: FlaskClient) -> None:
        assert 'lang="es"' in inbox.get("/").get_data(as_text=True)
        assert "Who answers" in inbox.get("/?lang=en").get_data(as_text=True)

    @pytest.mark.parametrize("query", ["?width=9999", "?width=x", "?ticket=99", "?agent=eva"])
    def test_ignores_choices_it_does_not_offer(self, inbox: FlaskClient, query: str) -> None:
        html = inbox.get(f"/{query}").get_data(as_text=True)

        assert 'width="320"' in html

    def test_frames_only_the_panel(self, inbox: FlaskClient) -> None:
        policy = inbox.get("/").headers["Content-Security-Policy"]

        assert f"frame-src {PANEL};" in policy
        assert "unsafe" not in policy

    def test_posts_to_the_install_of_the_panel(self, inbox: FlaskClient) -> None:
        assert f'action="{PANEL}/panel/in_1/v1"' in inbox.get("/").get_data(as_text=True)

    def test_loads_nothing_from_elsewhere(self, inbox: FlaskClient) -> None:
        html = inbox.get("/").get_data(as_text=True)

        assert 'src="http' not in html
        assert [part.split('"')[0] for part in html.split('href="')[1:] if part[:4] == "http"] == [
            f"{PANEL}/console"  # a link, which loads nothing by itself
        ]

    def test_says_how_to_log_in_to_the_console(self, inbox: FlaskClient) -> None:
        html = inbox.get("/").get_data(as_text=True)

        assert OWNER.email in html
        assert OWNER.password in html


class TestLaunch:
    def claims(self, token: str) -> dict[str, object]:
        claims: dict[str, object] = jwt.decode(
            token, SECRET, algorithms=["HS256"], audience="in_1", issuer="helpdesk"
        )
        return claims

    def test_names_agent_and_writer(self, inbox: FlaskClient) -> None:
        token = inbox.post("/launch", json=body(1, "marta")).get_json()["launch"]

        claims = self.claims(token)
        assert claims["agent"] == {
            "id": "marta", "name": "Marta", "email": "marta@tiendaazul.example",
        }  # fmt: skip
        assert claims["customer"] == {
            "name": "Carmen Ferrándiz López", "emails": ["carmen.ferrandiz@example.com"],
            "phones": [],
        }  # fmt: skip
        assert claims["conversation"] == "ticket-1"

    def test_of_a_phone_ticket_carries_no_address(self, inbox: FlaskClient) -> None:
        claims = self.claims(inbox.post("/launch", json=body(2)).get_json()["launch"])

        assert claims["customer"] == {
            "name": "José Ángel Hernández", "emails": [], "phones": ["+52 1 55 5555 0134"],
        }  # fmt: skip

    def test_is_new_every_time(self, inbox: FlaskClient) -> None:
        first, second = (
            self.claims(inbox.post("/launch", json=body()).get_json()["launch"]) for _ in range(2)
        )

        assert first["jti"] != second["jti"]

    def test_needs_a_known_ticket_and_agent(self, inbox: FlaskClient) -> None:
        assert inbox.post("/launch", json=body(9)).status_code == 400
        assert inbox.post("/launch", json=body(1, "eva")).status_code == 400

    def test_is_given_to_no_other_site(self, inbox: FlaskClient) -> None:
        headers = {"Sec-Fetch-Site": "cross-site"}

        assert inbox.post("/launch", json=body(), headers=headers).status_code == 403


class TestSleepingShop:
    def test_sleeps_with_ticket_eight_alone(
        self, inbox: FlaskClient, shops: tuple[PretendShop, PretendShop]
    ) -> None:
        answer = inbox.post("/launch", json=body(8)).get_json()

        assert answer["asleep"]
        assert [shop.faults for shop in shops] == [[], ["down"]]

    def test_wakes_when_the_ticket_is_left(
        self, inbox: FlaskClient, shops: tuple[PretendShop, PretendShop]
    ) -> None:
        inbox.post("/launch", json=body(8))

        answer = inbox.post("/launch", json=body(1)).get_json()

        assert not answer["asleep"]
        assert shops[1].faults == []

    def test_stays_awake_once_woken(
        self, inbox: FlaskClient, shops: tuple[PretendShop, PretendShop]
    ) -> None:
        inbox.post("/launch", json=body(8))
        inbox.post("/switch/wake", json=body(8))

        again = inbox.post("/launch", json=body(8, "diego")).get_json()

        assert not again["asleep"]
        assert shops[1].faults == []

    def test_keeps_the_lost_answer_armed(
        self, inbox: FlaskClient, shops: tuple[PretendShop, PretendShop]
    ) -> None:
        inbox.post("/switch/lose", json=body())

        inbox.post("/launch", json=body(8))

        assert [shop.faults for shop in shops] == [["drop_after"], ["drop_after", "down"]]


class TestSwitches:
    def test_lose_turns_on_and_off(
        self, inbox: FlaskClient, shops: tuple[PretendShop, PretendShop]
    ) -> None:
        on = inbox.post("/switch/lose", json=body()).get_json()
        armed = [list(shop.faults) for shop in shops]
        off = inbox.post("/switch/lose", json=body()).get_json()

        assert (on["losing"], off["losing"]) == (True, False)
        assert armed == [["drop_after"], ["drop_after"]]
        assert [shop.faults for shop in shops] == [[], []]

    def test_only_one_answer_is_lost(
        self, inbox: FlaskClient, shops: tuple[PretendShop, PretendShop]
    ) -> None:
        inbox.post("/switch/lose", json=body())
        shops[0].faults.clear()

        after = inbox.post("/launch", json=body()).get_json()

        assert not after["losing"]
        assert shops[1].faults == []

    def test_an_unknown_one_is_not_found(self, inbox: FlaskClient) -> None:
        assert inbox.post("/switch/explode", json=body()).status_code == 404

    def test_a_shop_that_is_gone_is_said_in_words(self) -> None:
        gone = "http://127.0.0.1:9"
        app = create_app(panel=PANEL, shopify=gone, woocommerce=gone, install="i", secret=SECRET)

        answer = app.test_client().post("/switch/lose", json=body(lang="en")).get_json()

        assert answer["said"].startswith("That did not work")
        assert not answer["losing"]


class TestCookieControl:
    def test_probe_sets_a_cookie_for_frames(self, inbox: FlaskClient) -> None:
        cookie = inbox.get("/cookie-probe").headers["Set-Cookie"]

        assert "SameSite=None" in cookie
        assert "Secure" in cookie

    def test_page_frames_both_sites(self, inbox: FlaskClient) -> None:
        html = inbox.get("/control/cookies", base_url="http://127.0.0.1:8001").get_data(
            as_text=True
        )

        assert 'src="http://localhost:8001/cookie-probe"' in html
        assert 'src="http://127.0.0.1:8001/cookie-probe"' in html

    def test_inbox_itself_sets_none(self, inbox: FlaskClient) -> None:
        assert "Set-Cookie" not in inbox.get("/").headers


def test_the_colleague_walks_through_the_panel() -> None:
    panel = Flask(__name__, static_folder=None)
    steps: list[object] = []

    @panel.post("/panel/in_1/v1/launch")
    def launch() -> Response:
        token = request.get_json()["launch"]
        steps.append(jwt.decode(token, options={"verify_signature": False})["agent"]["name"])
        return jsonify(token="t", html='<button data-get="act/refund/co_1/77">Reembolsar</button>')

    @panel.get("/panel/in_1/v1/act/refund/co_1/77")
    def form() -> str:
        steps.append(request.headers["Authorization"])
        return (
            '<form data-post="act/preview"><input type="hidden" name="order" value="77">'
            '<button type="submit">Revisar</button></form>'
        )

    @panel.post("/panel/in_1/v1/act/preview")
    def preview() -> str:
        steps.append(request.form.to_dict())
        return (
            '<form data-post="act/confirm"><input type="hidden" name="action" value="ac_1">'
            '<button class="go" type="submit">Reembolsar 5,00 €</button></form>'
        )

    @panel.post("/panel/in_1/v1/act/confirm")
    def confirm() -> tuple[str, int]:
        steps.append(request.form.to_dict())
        return "", 200

    with in_thread(panel) as url:
        app = create_app(panel=url, shopify="", woocommerce="", install="in_1", secret=SECRET)
        answer = app.test_client().post("/switch/second", json=body(1, "ana")).get_json()

    assert answer["said"] == "Diego confirma: Reembolsar 5,00 €."
    assert steps == [
        "Diego", "Bearer t", {"order": "77", "mode": "amount", "amount": "5"}, {"action": "ac_1"},
    ]  # fmt: skip


def test_a_refused_colleague_says_what_the_panel_said() -> None:
    panel = Flask(__name__, static_folder=None)

    @panel.post("/panel/in_1/v1/launch")
    def launch() -> tuple[str, int]:
        return '<p class="problem" role="alert">Ana trabaja en este pedido</p>', 409

    with in_thread(panel) as url:
        app = create_app(panel=url, shopify="", woocommerce="", install="in_1", secret=SECRET)
        answer = app.test_client().post("/switch/second", json=body()).get_json()

    assert answer["said"].endswith("Ana trabaja en este pedido")
