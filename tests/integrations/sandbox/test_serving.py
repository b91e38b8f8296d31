from __future__ import annotations

import socket
from pathlib import Path

import pytest
import requests
from flask import Flask, request

from integrations.sandbox.__main__ import build, main
from integrations.sandbox.serving import PortTaken, hang_up, in_thread, serve


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/echo", "echo", lambda: request.get_data(), methods=["POST", "PROPFIND"])

    @app.get("/header")
    def header() -> str:
        return request.headers["X-Thing"]

    @app.get("/silence")
    def silence() -> str:
        hang_up(request.environ)
        return "never sent"

    @app.get("/nothing")
    def nothing() -> tuple[str, int]:
        return "", 204

    return app


def test_one_connection_serves_many_requests(app: Flask) -> None:
    with in_thread(app) as url, requests.Session() as client:
        sent = b"one=1"

        answers = [client.post(f"{url}/echo", data=sent, timeout=5) for _ in range(3)]

        assert [answer.content for answer in answers] == [sent] * 3
        assert all("Connection" not in answer.headers for answer in answers)


def test_an_unread_body_does_not_spoil_the_next_request(app: Flask) -> None:
    with in_thread(app) as url, requests.Session() as client:
        client.post(f"{url}/unknown", data=b"x" * 50_000, timeout=5)

        assert client.get(f"{url}/nothing", timeout=5).status_code == 204
        assert client.post(f"{url}/echo", data=b"still", timeout=5).text == "still"


def test_any_method_reaches_the_application(app: Flask) -> None:
    with in_thread(app) as url:
        answer = requests.request("PROPFIND", f"{url}/echo", data="x", timeout=5)

        assert answer.text == "x"


def test_header_names_are_case_insensitive(app: Flask) -> None:
    with in_thread(app) as url:
        assert requests.get(f"{url}/header", headers={"x-thing": "a"}, timeout=5).text == "a"


def test_hanging_up_sends_no_answer(app: Flask) -> None:
    with in_thread(app) as url, pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/silence", timeout=5)


def test_a_stopped_server_closes_idle_connections(app: Flask) -> None:
    with requests.Session() as client:
        with in_thread(app) as url:
            client.get(f"{url}/nothing", timeout=5)

        with pytest.raises(requests.ConnectionError):
            client.get(f"{url}/nothing", timeout=5)


def test_a_taken_port_is_named(app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortTaken, match=str(port)):
            serve(app, port)


def test_a_taken_port_ends_the_process_with_one_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code = main(["gateway", "--port", str(taken.getsockname()[1])])

    assert code == 1
    assert capsys.readouterr().err.endswith("is taken; choose another with --port.\n")


@pytest.mark.parametrize("name", ["gateway", "shopify", "woocommerce", "helpdesk"])
def test_every_pretend_service_can_be_built(name: str, tmp_path: Path) -> None:
    options = {
        "state": tmp_path, "gateway": "", "maximum": 2000, "restore": 100, "panel": "",
        "shopify": "", "woocommerce": "", "install": "in_1", "secret": "x" * 32,
        "hooks": "", "app_url": "", "plain_callbacks": False,
    }  # fmt: skip

    assert callable(build(name, options))
