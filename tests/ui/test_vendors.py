"""What makers of helpdesks rely on: the protocol's files, the same in document, schema and code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import ui
from plugin import web
from plugin.actions.arrive import read_said
from tests.ui.pretend import pretend_services

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "embed.md").read_text(encoding="utf-8")


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("vendors", static_folder=None)
    web.add_to(app, pretend_services())
    app.register_blueprint(ui.create_embed())
    return app.test_client()


def test_programs_find_everything_from_one_address(client: FlaskClient) -> None:
    answer = client.get("/.well-known/mostrador.json")

    assert answer.json is not None
    assert answer.json["versions"] == [1]
    assert answer.json["least_width"] == 230
    assert answer.json["locales"] == ["en", "es"]
    for name in ("script", "schema", "vectors", "sample"):
        path = answer.json[name].removeprefix("https://panel.example")
        assert client.get(path).status_code == 200, name


def test_the_script_may_be_imported_by_other_origins(client: FlaskClient) -> None:
    answer = client.get("/embed/v1.js")

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert re.search(r"export\s*\{.*connect", answer.text)


def test_the_sample_is_short_and_names_this_service(client: FlaskClient) -> None:
    answer = client.get("/embed/sample")

    assert answer.content_type == "text/plain; charset=utf-8"
    assert len(answer.text.splitlines()) <= 60
    assert "https://panel.example/embed/v1.js" in answer.text
    assert "PANEL" not in answer.text


def test_document_schema_and_code_know_the_same_messages(client: FlaskClient) -> None:
    schema = json.loads(client.get("/embed/v1.json").text)
    definitions = schema["$defs"].values()
    types = {
        d["properties"]["type"]["const"].removeprefix("mostrador:")
        for d in definitions
        if "const" in d.get("properties", {}).get("type", {})
    }
    table = DOCUMENT.partition("| type | from")[2].partition("The panel says `hello`")[0]

    assert types == set(re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE))
    code = "".join(
        (ROOT / "ui" / "src" / name).read_text(encoding="utf-8")
        for name in ("panel/embed.js", "panel/forms.js", "panel/launch.js", "embed.js")
    )
    assert {kind for kind in types if f'"{kind}"' not in code} == set()


def test_a_context_of_the_document_is_one_the_server_reads() -> None:
    blocks = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)

    said = read_said(blocks[0].encode())

    assert said.customer.emails == ["carmen@example.com"]


def test_the_check_page_may_be_framed_by_itself_only_without_an_install(
    client: FlaskClient,
) -> None:
    answer = client.get("/embed/check")

    policy = answer.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self'")
    assert "default-src 'none'" in policy
    assert "allow-popups-to-escape-sandbox" in answer.text
