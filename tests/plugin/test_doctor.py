"""What is wrong is found, named, and says what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from cryptography.fernet import Fernet

from plugin.actions import doctor
from plugin.actions.apps import save_app
from plugin.actions.findings import Finding
from plugin.db import connections as installed
from plugin.db import deliveries, reconciliations
from plugin.errors import Unreachable
from plugin.jobs.upkeep import once
from plugin.keys import KeyRing
from plugin.messages import LOCALES, clock
from plugin.ports.http import Answer
from plugin.services import Services
from tests.owning import owned
from tests.plugin.conftest import Desk


class Time:
    """Shops that tell this time, or nothing."""

    def __init__(self, moment: datetime | None) -> None:
        self.moment = moment

    def send(self, method: str, url: str, **_: Any) -> Answer:
        if self.moment is None:
            raise Unreachable("shop_unreachable")
        headers = {"Date": format_datetime(self.moment.astimezone(UTC), usegmt=True)}
        return Answer(status=200, headers=headers, body=b"", url=url)


def healthy(desk: Desk, **settings: Any) -> Services:
    """A running service with its shops filled."""
    once(desk.services)
    desk.synced()
    owned(desk.services, desk.scope)
    known = {"proxy_hops": 1, "bind": "127.0.0.1", **settings}
    return replace(
        desk.services,
        settings=replace(desk.services.settings, **known),
        http=Time(desk.clock()),  # type: ignore[arg-type]
        mail=lambda *_: None,
    )


def found(services: Services, waiting: int = 0) -> dict[str, Finding]:
    findings = doctor.examine(services, waiting)
    for finding in findings:
        for locale in LOCALES:
            assert "…" not in finding.text(locale)
    return {item.code.removeprefix("doctor."): item for item in findings if item.level != "fine"}


def change(desk: Desk, **values: object) -> None:
    with desk.services.database.writing() as connection:
        installed.change_connection(desk.scope, connection, "co_blue", **values)


def test_a_healthy_service_has_nothing_wrong(desk: Desk) -> None:
    assert found(healthy(desk)) == {}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"public_url": "https://localhost"}, "public_url"),
        ({"public_url": "https://192.168.1.4"}, "public_url"),
        ({"public_url": "https://panel.example.com/mostrador"}, "public_url"),
        ({"proxy_hops": 0}, "proxy_none"),
        ({"bind": "0.0.0.0"}, "bind_open"),
    ],
)
def test_settings_that_cannot_work_are_named(
    desk: Desk, settings: dict[str, Any], code: str
) -> None:
    assert list(found(healthy(desk, **settings))) == [code]


def test_an_installation_that_belongs_to_nobody_is_said(desk: Desk) -> None:
    assert "no_owner" in found(desk.services)
    assert "owner link" in found(desk.services)["no_owner"].text("es")


def test_how_a_shop_is_heard_is_looked_at(desk: Desk) -> None:
    services = healthy(desk)
    services = replace(services, http=Time(desk.clock()))  # type: ignore[arg-type]
    with desk.services.database.writing() as connection:
        reconciliations.change(
            desk.scope, connection, "co_blue", last_ok_at=desk.clock() - timedelta(hours=1),
            subscription_code="shop_blocked",
        )  # fmt: skip
        row = {
            "id": "de_1", "connection_id": "co_blue", "kind": "order", "ref": "1", "topic": "t",
            "deleted": False, "state": "parked", "code": "bad_answer", "attempts": 6,
            "received_at": desk.clock(), "due": None,
        }  # fmt: skip
        deliveries.store(desk.scope, connection, row)
        waiting = {**row, "id": "de_2", "state": "waiting",
                   "received_at": desk.clock() - timedelta(minutes=9)}  # fmt: skip
        deliveries.store(desk.scope, connection, waiting)

    wrong = found(services)

    assert set(wrong) == {"shop_not_asked", "shop_unheard", "shop_parked", "shop_behind"}
    assert "Un filtro de seguridad" in wrong["shop_unheard"].text("es")
    assert "9 min" in wrong["shop_behind"].text("en")


def test_a_missing_folder_is_found(desk: Desk) -> None:
    folder = desk.services.settings.data_dir
    assert folder is not None

    assert "disk_readonly" in found(healthy(desk, data_dir=folder / "nowhere"))


def test_a_worker_that_stopped_is_found(desk: Desk) -> None:
    services = healthy(desk)
    desk.clock.pass_(minutes=5)
    services = replace(services, http=Time(desk.clock()))  # type: ignore[arg-type]

    assert list(found(services)) == ["worker_silent"]


def test_a_worker_that_never_ran_is_found(desk: Desk) -> None:
    assert "worker_never" in found(desk.services)


def test_lost_keys_are_found_by_name(desk: Desk) -> None:
    save_app(desk.services, desk.scope, "pretend", client_id="app", secret="secret")
    services = replace(healthy(desk), keys=KeyRing((Fernet.generate_key().decode(),)))

    names = {item.parameters["name"] for item in doctor.examine(services, 0)
             if item.code == "doctor.keys_lost"}  # fmt: skip

    assert names == {"Blue", "Olive", "Inbox", "Pretend: app"}


@pytest.mark.parametrize(("minutes", "code"), [(5, "clock_off"), (-5, "clock_off")])
def test_a_wrong_clock_is_found(desk: Desk, minutes: int, code: str) -> None:
    moment = desk.clock() + timedelta(minutes=minutes)
    services = replace(healthy(desk), http=Time(moment))  # type: ignore[arg-type]

    assert list(found(services)) == [code]


def test_a_clock_nobody_compared_is_said(desk: Desk) -> None:
    services = replace(healthy(desk), http=Time(None))  # type: ignore[arg-type]

    assert list(found(services)) == ["clock_unknown"]


def test_a_long_queue_is_found(desk: Desk) -> None:
    assert list(found(healthy(desk), waiting=900)) == ["queue_long"]


def test_the_trouble_of_each_shop_is_found(desk: Desk) -> None:
    services = healthy(desk)
    change(desk, failing_since=desk.clock(), failure_code="shop_blocked", sync_state="failed",
           options={"missing.refund": "key_read_only"})  # fmt: skip

    wrong = found(services)

    assert set(wrong) == {"shop_failing", "shop_sync_failed", "shop_look_only"}
    assert "Blue" in wrong["shop_failing"].text("es")
    assert "mostrador sync co_blue --resume" in wrong["shop_sync_failed"].text("es")


def test_why_a_history_stopped_is_said(desk: Desk) -> None:
    services = healthy(desk)
    change(desk, sync_state="failed", sync={"turn": {"code": "disk_full"}})

    said = found(services)["shop_sync_failed"].text("en")

    assert "Free some" in said or "room" in said
    assert said.endswith("mostrador sync co_blue --resume")


def test_a_paused_history_says_how_to_go_on(desk: Desk) -> None:
    services = healthy(desk)
    change(desk, sync_state="paused", sync={"orders": {"estimated": 200, "done": 86}})

    assert "43 %" in found(services)["shop_sync_paused"].text("es")


def test_a_history_whose_worker_died_is_said_to_go_on(desk: Desk) -> None:
    services = healthy(desk)
    stepped = (desk.clock() - timedelta(seconds=70)).isoformat()
    change(desk, sync_state="running", sync={"orders": {"done": 86, "step_at": stepped}})

    said = found(services)["shop_syncing"]

    assert "within two minutes" in said.text("en")
    assert "menos de dos minutos" in said.text("es")


def test_when_a_shop_spoke_and_was_asked_last_is_told_of_a_healthy_one(desk: Desk) -> None:
    services = healthy(desk)
    heard = desk.clock() - timedelta(minutes=3)
    with desk.services.database.writing() as connection:
        reconciliations.change(desk.scope, connection, "co_blue", last_ok_at=desk.clock())
        row = {
            "id": "de_1", "connection_id": "co_blue", "kind": "order", "ref": "1", "topic": "t",
            "deleted": False, "state": "waiting", "code": "", "attempts": 0,
            "received_at": heard, "due": None,
        }  # fmt: skip
        deliveries.store(desk.scope, connection, row)

    told = [item for item in doctor.examine(services, 0)
            if item.code == "doctor.shop_heard" and item.what == "shop Blue"]  # fmt: skip

    (one,) = told
    assert one.level == "fine"
    for word in (clock(heard), clock(desk.clock()), "3 min"):
        assert word in one.text("en")


def test_a_history_that_still_arrives_is_said(desk: Desk) -> None:
    services = healthy(desk)
    change(desk, sync_state="running", sync={"orders": {"estimated": 200, "done": 86}})

    assert "43" in found(services)["shop_syncing"].text("en")
