"""An owner tries an install whose helpdesk's server calls us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from integrations import registry
from plugin.actions import installs
from plugin.actions.try_install import try_install
from plugin.app import create_app
from plugin.errors import NotFound, Unreachable
from plugin.ports.http import Answer
from plugin.services import Services
from tests.owning import owned
from tests.plugin.conftest import Desk

HELP = "https://help.example"
GOOD = ["origin", "reach", "frame"]


@dataclass
class Way:
    """From our server to its own public address; `gone` fails it, the rest changes what arrives."""

    client: Any = None
    gone: str = ""
    url: str = ""
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], data: bytes | None, **_: Any
    ) -> Answer:
        if self.gone:
            raise Unreachable(self.gone)
        path = url.removeprefix("https://panel.example")
        sent = data if self.body is None else self.body
        answer = self.client.open(path, method=method, data=sent, headers=dict(headers))
        shown = {**dict(answer.headers), **self.headers}
        return Answer(
            status=self.status or answer.status_code, headers=shown, body=answer.data,
            url=self.url or url,
        )  # fmt: skip


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def way() -> Way:
    return Way()


@pytest.fixture
def services(desk: Desk, way: Way) -> Services:
    made = owned(desk.services, desk.scope)
    known = {**made.helpdesks, "freescout": registry.helpdesks()["freescout"]}
    made = replace(made, helpdesks=known, http=way)  # type: ignore[arg-type]
    way.client = create_app(services=made).test_client()
    return made


def install(services: Services, desk: Desk, *origins: str) -> str:
    return installs.install_helpdesk(
        services, desk.scope, helpdesk="freescout", label="", origins=origins or (HELP,)
    ).id


def codes(services: Services, desk: Desk, install_id: str) -> list[str]:
    return [found.name for found in try_install(services, desk.scope, install_id)]


def test_everything_is_well_and_nothing_counts_as_heard(services: Services, desk: Desk) -> None:
    made = install(services, desk)

    assert codes(services, desk, made) == GOOD
    view = installs.one_install(services, desk.scope, made)
    assert (view.first_launch_at, view.last_call) == (None, None)


@pytest.mark.parametrize(
    ("met", "found"),
    [
        ({"gone": "shop_unreachable"}, ["origin", "reach_failed"]),
        ({"gone": "address_forbidden"}, ["origin", "reach_private"]),
        ({"url": "https://www.panel.example/x"}, ["origin", "reach_redirected", "frame"]),
        ({"body": b""}, ["origin", "reach_emptied", "frame"]),
        ({"status": 502}, ["origin", "reach_other", "frame"]),
        ({"headers": {"X-Frame-Options": "DENY"}}, ["origin", "reach", "frame_header"]),
        ({"headers": {"Content-Security-Policy": "frame-ancestors 'self'"}},
         ["origin", "reach", "frame_policy"]),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_named(
    services: Services, desk: Desk, way: Way, met: dict[str, Any], found: list[str]
) -> None:
    made = install(services, desk)
    for name, value in met.items():
        setattr(way, name, value)

    assert codes(services, desk, made) == found


def test_a_helpdesk_of_the_same_name_gets_a_warning(services: Services, desk: Desk) -> None:
    made = install(services, desk, "https://panel.example:8443")

    assert codes(services, desk, made)[0] == "origin_same_host"


def test_where_nobody_calls_there_is_nothing_to_try(services: Services, desk: Desk) -> None:
    with pytest.raises(NotFound):
        try_install(services, desk.scope, desk.install_id)


class TestLastCall:
    def call(self, services: Services, client: FlaskClient, made: str, **said: Any) -> None:
        secret = installs.describe(services, self.scope, made).secret
        body = {"customerEmail": "", "mailboxId": 1, "secret": secret, **said}
        client.post(f"/panel/{made}/v1/fragment", json=body)

    @pytest.fixture(autouse=True)
    def here(self, desk: Desk) -> None:
        self.scope = desk.scope

    def test_a_refusal_is_kept_with_its_reason_until_one_is_well(
        self, services: Services, desk: Desk, way: Way
    ) -> None:
        made, said = install(services, desk), []
        for secret in ({"secret": "wrong"}, {"secret": ""}, {}):
            self.call(services, way.client, made, **secret)
            call = installs.one_install(services, desk.scope, made).last_call
            said.append(call.code if call else None)

        assert said == ["launch_secret_wrong", "launch_secret_missing", ""]

    def test_a_call_that_a_redirect_emptied_is_answered_and_kept(
        self, services: Services, desk: Desk, way: Way
    ) -> None:
        made = install(services, desk)

        answer = way.client.get(f"/panel/{made}/v1/fragment")

        assert (answer.status_code, b'data-code="launch_missing"' in answer.data) == (200, True)
        call = installs.one_install(services, desk.scope, made).last_call
        assert call is not None
        assert call.code == "launch_missing"

    def test_two_mailboxes_at_one_install_are_noticed_for_a_day(
        self, services: Services, desk: Desk, way: Way
    ) -> None:
        made = install(services, desk)
        for mailbox in (1, 2, 2):
            self.call(services, way.client, made, mailboxId=mailbox)
        call = installs.one_install(services, desk.scope, made).last_call
        assert call is not None
        assert (call.before, call.place) == ("1", "2")

        desk.clock.pass_(days=1)
        self.call(services, way.client, made, mailboxId=2)

        call = installs.one_install(services, desk.scope, made).last_call
        assert call is not None
        assert call.before == ""
