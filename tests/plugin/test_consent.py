"""Keys that come by another road than their owner: once, for the secret that went along."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.actions import consent
from plugin.db import connections as installed
from plugin.db import consents
from plugin.db.session import Scope
from plugin.errors import GrantRevoked, LinkRefused
from plugin.ports.http import Http
from plugin.ports.store import Connection, Proven, ShopInfo
from tests.plugin.conftest import Desk
from tests.plugin.test_connect import NoHttp


@pytest.fixture
def secret(desk: Desk) -> str:
    """Of a shop that lets in whoever brings the key "good"."""

    def prove(connection: Connection, http: Http) -> Proven:
        if connection.credentials["key"] != "good":
            raise GrantRevoked("key_unknown", path="/orders")
        return Proven(address=connection.address, shop=ShopInfo(name="Olive", currency="EUR"))

    platform = replace(desk.services.stores["pretend"], prove=prove)
    desk.services = replace(desk.services, stores={"pretend": platform}, http=NoHttp())
    return consent.begin(
        desk.services, desk.scope, platform="pretend", address="https://shop.example",
        label="", access="read",
    )  # fmt: skip


def take(desk: Desk, secret: str, key: str = "good") -> None:
    consent.take(desk.services, "pretend", secret, {"key": key})


def work(desk: Desk) -> None:
    for job in [job for job in desk.woken if job[0] == "consent"]:
        desk.woken.remove(job)
        consent.attach(desk.services, desk.scope, job[2])


def look(desk: Desk, secret: str) -> consent.Consent:
    return consent.look(desk.services, desk.scope, "pretend", secret)


def shops(desk: Desk) -> int:
    with desk.services.database.reading() as connection:
        return len(installed.connection_rows(desk.scope, connection)) - len(desk.shops)


def test_from_asked_to_done(desk: Desk, secret: str) -> None:
    states = [look(desk, secret).state]
    take(desk, secret)
    states.append(look(desk, secret).state)
    work(desk)
    done = look(desk, secret)

    assert [*states, done.state] == ["asked", "arrived", "done"]
    assert (done.parameters["name"], shops(desk)) == ("Olive", 1)


def test_of_many_at_once_one_counts(desk: Desk, secret: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: take(desk, secret), range(8)))

    assert [job[0] for job in desk.woken] == ["consent"]


def test_a_failure_keeps_its_cause_and_the_keys_for_another_try(desk: Desk, secret: str) -> None:
    take(desk, secret, "bad")
    work(desk)
    failed = look(desk, secret)
    consent.again(desk.services, desk.scope, "pretend", secret)
    work(desk)

    assert (failed.state, failed.code, failed.parameters["path"]) == (
        "failed", "key_unknown", "/orders",
    )  # fmt: skip
    assert (look(desk, secret).state, shops(desk)) == ("failed", 0)


def test_it_is_of_one_platform_and_one_workspace(desk: Desk, secret: str) -> None:
    with pytest.raises(LinkRefused):
        consent.take(desk.services, "other", secret, {"key": "good"})
    with pytest.raises(LinkRefused):
        consent.look(desk.services, Scope("ws_other"), "pretend", secret)
    consent.deny(desk.services, Scope("ws_other"), "pretend", secret)
    consent.again(desk.services, Scope("ws_other"), "pretend", secret)

    assert look(desk, secret).state == "asked"


def test_a_lost_wake_is_made_up_for_and_a_lost_worker_too(desk: Desk, secret: str) -> None:
    take(desk, secret)
    (woken,) = desk.woken
    with desk.services.database.writing() as connection:
        busy = desk.clock() + consent.LEASE
        consents.move(desk.scope, connection, woken[2], "arrived", due=busy)
    desk.woken.clear()
    consent.sweep(desk.services)
    assert desk.woken == []  # another worker is at it

    desk.clock.now = busy + timedelta(seconds=1)
    consent.sweep(desk.services)
    work(desk)

    assert look(desk, secret).state == "done"


def test_after_an_hour_nothing_of_it_is_left(desk: Desk, secret: str) -> None:
    take(desk, secret, "bad")
    work(desk)
    desk.clock.pass_(minutes=61)
    with pytest.raises(LinkRefused) as late:
        take(desk, secret)

    with desk.services.database.writing() as connection:
        consents.prune(desk.scope, connection, desk.clock())

    with pytest.raises(LinkRefused) as gone:
        look(desk, secret)
    assert (late.value.code, gone.value.code) == ("state_expired", "state_unknown")
