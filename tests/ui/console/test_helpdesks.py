"""Helpdesks and Team: what an owner does there, and what nobody else may."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask import Flask
from markupsafe import escape

from integrations import registry
from plugin.actions import access, installs, team
from plugin.app import create_app
from plugin.db import people
from plugin.errors import MostradorError, Unreachable
from plugin.ports.helpdesk import HelpdeskPlatform, InstallField, PackageFacts, Step
from tests.plugin.conftest import Desk
from tests.plugin.pairing import DIEGO
from tests.plugin.pairing import Browser as Frame
from tests.ui.console.conftest import SECURE, Browser, with_owner

HOSTILE = '"><script>alert(1)</script>'


def files(facts: PackageFacts) -> dict[str, bytes]:
    return {"manifest.json": facts.url.encode(), "key.pem": facts.fields["key"].encode()}


class Nowhere:
    """A way out of which nothing comes back."""

    def send(self, *_: object, **__: object) -> object:
        raise Unreachable("shop_unreachable")


PACKED = HelpdeskPlatform(
    key="packed",
    label="Packed",
    origins=("https://packed.example",),
    fields=(InstallField(name="key", label={"es": "Clave pública", "en": "Public key"}),),
    steps=(Step(text={"es": "Subir el paquete", "en": "Upload the package"}, value="secret"),),
    package=files,
    package_name="mostrador.zip",
)


@pytest.fixture
def app(desk: Desk) -> Flask:
    services = with_owner(desk)
    known = {**registry.helpdesks(), **services.helpdesks, "packed": PACKED}
    desk.services = replace(services, helpdesks=known, http=Nowhere())  # type: ignore[arg-type]
    return create_app(services=desk.services)


class TestHelpdesks:
    def test_every_platform_can_be_chosen(self, desk: Desk, owner: Browser) -> None:
        page = owner.get("/console/helpdesks")

        for platform in desk.services.helpdesks.values():
            assert (f"/console/helpdesks/add/{platform.key}" in page.text) != platform.link
        for said in ("inserta en la respuesta", "los textos se copian", "Solo lectura"):
            assert said in page.text

    @pytest.mark.parametrize("lang", ["es", "en"])
    def test_every_platform_has_a_form_and_steps(
        self, desk: Desk, owner: Browser, lang: str
    ) -> None:
        owner.post("/console/language", locale=lang)
        for key, platform in registry.helpdesks().items():
            if platform.link:
                continue
            owner.get(f"/console/helpdesks/add/{key}")
            fields = {f"field.{each.name}": "x" for each in platform.fields}
            made = owner.post(
                f"/console/helpdesks/add/{key}", origins="https://help.example", role="viewer",
                **fields,
            )  # fmt: skip
            assert made.status_code == 302, made.text

            page = owner.get(made.location)

            assert page.status_code == 200
            for step in platform.steps:
                assert str(escape(step.text[lang])) in page.text

    def test_an_install_is_made_with_its_values_to_copy(self, desk: Desk, owner: Browser) -> None:
        owner.get("/console/helpdesks/add/packed")

        made = owner.post(
            "/console/helpdesks/add/packed", label=HOSTILE, role="agent",
            origins="https://a.example https://*.b.example", **{"field.key": "PEM"},
        )  # fmt: skip
        page = owner.get(made.location)
        archive = owner.client.get(f"{made.location}/package", base_url=SECURE)

        install_id = made.location.rpartition("/")[2]
        view = installs.one_install(desk.services, desk.scope, install_id)
        secret = installs.describe(desk.services, desk.scope, install_id).secret
        assert (view.origins, view.default_role) == (
            ("https://a.example", "https://*.b.example"),
            "agent",
        )
        assert f'value="{secret}"' in page.text
        assert "<script>alert" not in page.text
        assert archive.headers["Content-Disposition"] == 'attachment; filename="mostrador.zip"'
        with ZipFile(BytesIO(archive.data)) as files:
            assert files.read("key.pem") == b"PEM"

    def test_the_business_says_later_who_is_no_customer(self, desk: Desk, owner: Browser) -> None:
        owner.get("/console/helpdesks")
        assert desk.seat(emails=["hola@tienda.example"]).identifiers.emails

        owner.post("/console/helpdesks", own_domains="tienda.example, info@casa.example")
        page = owner.get("/console/helpdesks")
        wrong = owner.post("/console/helpdesks", own_domains="no domain>")

        assert 'value="tienda.example, casa.example"' in page.text
        assert desk.seat(emails=["hola@tienda.example"]).identifiers.empty
        assert wrong.status_code == 422
        assert "aria-invalid" in wrong.text

    def test_a_mailbox_can_be_tried(self, desk: Desk, owner: Browser) -> None:
        owner.get("/console/helpdesks/add/freescout")
        made = owner.post(
            "/console/helpdesks/add/freescout", origins="https://help.example", role="agent"
        )

        page = owner.get(made.location)
        found = owner.post(f"{made.location}/test")

        assert "Probar este buzón" in page.text
        assert "El marco se abre en https://help.example" in found.text
        assert "no responde desde aquí" in found.text
        assert owner.post(f"/console/helpdesks/{desk.install_id}/test").status_code == 404

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            ({"origins": "https://a.example/path"}, "origin_invalid"),
            ({"origins": "javascript:x"}, "origin_invalid"),
            ({"origins": "https://a.example;script-src"}, "origin_invalid"),
            ({"role": "owner"}, "role_unknown"),
            ({"field.key": " "}, "install_field_missing"),
        ],
    )
    def test_what_cannot_be_used_is_said(
        self, owner: Browser, wrong: dict[str, str], code: str
    ) -> None:
        owner.get("/console/helpdesks/add/packed")
        form = {"origins": "https://a.example", "role": "agent", "field.key": "PEM", **wrong}

        page = owner.post("/console/helpdesks/add/packed", **form)

        assert (page.status_code, f'data-code="{code}"' in page.text) == (422, True)

    def test_the_first_launch_shows_by_itself(self, desk: Desk, owner: Browser) -> None:
        path = f"/console/helpdesks/{desk.install_id}"
        before = owner.get(path, **{"X-Fragment": "1"})
        desk.open(emails=["a@b.example"])

        after = owner.get(path, **{"X-Fragment": "1"})

        assert "A la espera de la primera apertura" in before.text
        assert "Primera apertura recibida" in after.text
        assert "correo del cliente" in after.text
        again = owner.get(path, **{"X-Fragment": "1", "If-None-Match": after.headers["ETag"]})
        assert again.status_code == 304

    def test_a_value_that_the_helpdesk_gives_later(self, desk: Desk, owner: Browser) -> None:
        made = installs.install_helpdesk(
            desk.services, desk.scope, helpdesk="packed", label="", fields={"key": "PEM"},
            origins=["https://a.example"],
        )  # fmt: skip
        path = f"/console/helpdesks/{made.id}"
        assert ">PEM</textarea>" in owner.get(path).text

        owner.post(path, role="agent", **{"field.key": HOSTILE})
        refused = owner.post(path, role="agent", **{"field.key": " "})

        assert str(escape(HOSTILE)) in owner.get(path).text
        assert refused.status_code == 422

    def test_the_default_role_changes(self, desk: Desk, owner: Browser) -> None:
        path = f"/console/helpdesks/{desk.install_id}"
        owner.get(path)

        owner.post(path, role="supervisor")

        assert desk.seat("nora").role == "supervisor"


class TestTeam:
    def test_an_invitation_is_a_link_in_the_answer(self, desk: Desk, owner: Browser) -> None:
        owner.get("/console/team")

        page = owner.post("/console/team/invite", email="Vera@Shop.example", role="agent")

        assert re.search(r'value="https://panel.example/console/link/[\w-]{43}"', page.text)
        assert "vera@shop.example" in page.text
        assert "invitación pendiente" in page.text

    def test_an_invited_agent_is_led_to_work(self, app: Flask, owner: Browser) -> None:
        page = owner.post("/console/team/invite", email="vera@shop.example", role="agent")
        link = re.search(r"/console/link/[\w-]{43}", page.text)
        assert link
        assert owner.get("/console").location == "/console/shops"
        vera = Browser(app.test_client())

        entered = vera.post(link[0], password="larga y segura", name="Vera")

        assert entered.location == "/console"
        assert vera.get("/console").location == "/desk"

    @pytest.mark.parametrize(
        ("form", "code"),
        [
            ({"email": "x", "role": "agent"}, "email_invalid"),
            ({"email": "a@b.example", "role": "owner"}, "role_unknown"),
        ],
    )
    def test_a_wrong_invitation_is_said(
        self, owner: Browser, form: dict[str, str], code: str
    ) -> None:
        owner.get("/console/team")

        assert f'data-code="{code}"' in owner.post("/console/team/invite", **form).text

    def test_who_asks_is_granted_one_or_all(self, desk: Desk, owner: Browser) -> None:
        for name in ("vera", "nuria", "pau"):
            seat = desk.seat(name)
            with desk.services.database.writing() as connection:
                people.change_agent(desk.scope, connection, seat.agent_id, role="viewer")
            access.ask_for_access(desk.services, desk.seat(name))
        page = owner.get("/console/team")
        assert page.text.count('name="agent"') == 3

        owner.post("/console/team/access", answer="no", agent=desk.seat("pau").agent_id)
        owner.post("/console/team/access", answer="yes", agent=desk.seat("vera").agent_id)
        assert [desk.seat(name).role for name in ("vera", "nuria")] == ["agent", "viewer"]
        owner.post("/console/team/access", answer="all")

        assert [desk.seat(name).role for name in ("nuria", "pau")] == ["agent", "viewer"]
        assert 'name="agent"' not in owner.get("/console/team").text

    def test_a_browser_is_withdrawn(self, desk: Desk, owner: Browser) -> None:
        frame = Frame(desk).paired(DIEGO)
        page = owner.get("/console/team")
        assert "Firefox, Windows" in page.text

        owner.post(f"/console/team/browsers/{frame.id}/revoke")

        with pytest.raises(MostradorError, match="pairing_revoked"):
            frame.redeem()
        assert "Firefox, Windows" not in owner.get("/console/team").text

    def test_a_role_changes_and_somebody_is_sent_away(self, desk: Desk, owner: Browser) -> None:
        agent_id = desk.seat("vera").agent_id
        owner.get("/console/team")

        owner.post(f"/console/team/people/{agent_id}", role="supervisor")
        assert desk.seat("vera").role == "supervisor"
        owner.post(f"/console/team/people/{agent_id}", active="0")

        with pytest.raises(MostradorError, match="agent_disabled"):
            desk.seat("vera")

    def test_an_owner_is_not_sent_away(self, desk: Desk, owner: Browser) -> None:
        alba = team.team(desk.services, desk.scope).members[0]
        owner.get("/console/team")

        answer = owner.post(f"/console/team/people/{alba.id}", active="0")

        assert answer.status_code == 403

    def test_names_are_text(self, desk: Desk, owner: Browser) -> None:
        desk.open(HOSTILE)

        assert "<script>alert" not in owner.get("/console/team").text


def test_only_owners_come_in(desk: Desk, browser: Browser) -> None:
    link = team.invite(desk.services, desk.scope, email="v@b.example", name="", role="supervisor")
    path = link.removeprefix("https://panel.example")
    browser.get(path)
    browser.post(path, password="otras palabras sueltas")

    for page in ("/console/helpdesks", "/console/team", f"/console/helpdesks/{desk.install_id}"):
        assert browser.get(page).status_code == 403
    assert "/console/team" not in browser.get("/console/shops").text
