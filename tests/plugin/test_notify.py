"""What waits is told once to those who can act, and says nothing that others may not read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from plugin.actions import act, connect, doctor, notify
from plugin.actions.views import ActionView
from plugin.db import connections as installed
from plugin.db import people
from plugin.errors import MostradorError, OutcomeUnknown, Unreachable
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.refunding import preview
from tests.plugin.test_policy import limit

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where nothing is asked of the database that its neighbours do not ask of both."""


@dataclass
class Post:
    """Keeps what it is given; `errors` are raised first, one a message."""

    errors: list[MostradorError] = field(default_factory=list)
    sent: list[tuple[list[str], str, str]] = field(default_factory=list)

    def __call__(self, to: Sequence[str], subject: str, text: str) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append((list(to), subject, text))


@pytest.fixture
def post(desk: Desk) -> Post:
    made = Post()
    desk.services = replace(desk.services, mail=made)
    return made


def colleague(desk: Desk, host_id: str, role: str) -> None:
    agent_id = desk.seat(host_id).agent_id
    connect.set_role(desk.services, desk.scope, agent_id, role)
    with desk.services.database.writing() as connection:
        email = f"{host_id}@shop.example"
        people.change_agent(desk.scope, connection, agent_id, email=email)


def asked(desk: Desk) -> ActionView:
    limit(desk, per_action="4")
    action = preview(desk)
    seat = desk.seat(emails=["carmen@example.com"])
    return act.confirm(desk.services, seat, action.id, "Llegó roto")


def tick(desk: Desk) -> None:
    """The clock looks, and the worker does what it was woken for."""
    desk.woken.clear()
    notify.sweep(desk.services, desk.scope)
    for job, _, key in [wake for wake in desk.woken if wake[0] == "notify"]:
        assert job == "notify"
        notify.send(desk.services, desk.scope, key)


def test_who_can_approve_is_told_once_without_names_or_amounts(
    desk: Desk, shop: FakeShop, post: Post
) -> None:
    for host_id, role in (("marta", "supervisor"), ("olga", "owner"), ("diego", "agent")):
        colleague(desk, host_id, role)
    asked(desk)

    for _ in range(3):
        tick(desk)

    ((to, subject, text),) = post.sent
    assert sorted(to) == ["marta@shop.example", "olga@shop.example"]
    assert "espera aprobación" in text
    assert "https://panel.example/console" in text
    for secret in ("Ana", "Carmen", "5,00", "5.00", "EUR", "€", "o1", "roto"):
        assert secret not in subject + text


def test_who_asked_is_not_told(desk: Desk, shop: FakeShop, post: Post) -> None:
    action = asked(desk)
    colleague(desk, "olga", "owner")
    colleague(desk, "ana", "supervisor")

    tick(desk)

    assert [to for to, _, _ in post.sent] == [["olga@shop.example"]]
    assert action.mine


@ONE_ENGINE
def test_what_certainly_was_not_sent_is_tried_again_later(
    desk: Desk, shop: FakeShop, post: Post
) -> None:
    colleague(desk, "olga", "owner")
    asked(desk)
    post.errors = [Unreachable("mail_unreachable")]

    tick(desk)
    tick(desk)
    assert post.sent == []
    assert failing(desk) == "doctor.mail_failing"
    desk.clock.pass_(minutes=3)
    tick(desk)
    tick(desk)

    assert len(post.sent) == 1
    assert failing(desk) == ""


def test_what_may_have_been_sent_is_never_sent_again(
    desk: Desk, shop: FakeShop, post: Post
) -> None:
    colleague(desk, "olga", "owner")
    asked(desk)
    post.errors = [OutcomeUnknown("mail_unsure")]

    tick(desk)
    desk.clock.pass_(hours=5)
    tick(desk)

    assert post.sent == []


@ONE_ENGINE
def test_it_is_given_up_after_some_tries(desk: Desk, shop: FakeShop, post: Post) -> None:
    colleague(desk, "olga", "owner")
    asked(desk)
    post.errors = [Unreachable("mail_unreachable") for _ in range(20)]

    for _ in range(12):
        tick(desk)
        desk.clock.pass_(hours=5)

    assert len(post.errors) == 20 - notify.TRIES


@ONE_ENGINE
def test_with_nobody_to_write_to_it_waits_for_somebody_and_doctor_says_so(
    desk: Desk, shop: FakeShop, post: Post
) -> None:
    asked(desk)
    tick(desk)
    assert (post.sent, failing(desk)) == ([], "doctor.mail_failing")

    colleague(desk, "olga", "owner")
    desk.clock.pass_(minutes=3)
    tick(desk)

    assert [to for to, _, _ in post.sent] == [["olga@shop.example"]]
    assert failing(desk) == ""


@ONE_ENGINE
def test_an_old_failure_is_not_told_for_ever(desk: Desk, shop: FakeShop, post: Post) -> None:
    asked(desk)
    tick(desk)

    desk.clock.pass_(days=8)

    assert failing(desk) == ""


@ONE_ENGINE
def test_what_is_settled_before_the_mail_leaves_is_not_told(
    desk: Desk, shop: FakeShop, post: Post
) -> None:
    colleague(desk, "olga", "owner")
    action = asked(desk)
    notify.sweep(desk.services, desk.scope)
    act.decide(desk.services, desk.seat("olga"), action.id, approve=False, reason="No")

    desk.clock.pass_(seconds=1)
    tick(desk)

    assert post.sent == []


def test_a_shop_that_fails_for_long_is_told_once_for_each_failure(desk: Desk, post: Post) -> None:
    colleague(desk, "olga", "owner")
    fails(desk, failing_since=desk.clock())
    tick(desk)
    assert post.sent == []

    desk.clock.pass_(minutes=16)
    tick(desk)
    tick(desk)
    fails(desk, failing_since=desk.clock() - timedelta(minutes=15))
    tick(desk)

    assert ["no responde" in text for _, _, text in post.sent] == [True, True]


@ONE_ENGINE
def test_without_a_server_nothing_is_made_and_doctor_says_so(desk: Desk, shop: FakeShop) -> None:
    asked(desk)

    tick(desk)

    assert failing(desk) == "doctor.mail_none"


def fails(desk: Desk, **values: Any) -> None:
    with desk.services.database.writing() as connection:
        installed.change_connection(desk.scope, connection, "co_blue", **values)


def failing(desk: Desk) -> str:
    (finding,) = [item for item in doctor.examine(desk.services, 0) if item.what == "mail"]
    for locale in ("es", "en"):
        assert "…" not in finding.text(locale)
    return finding.code
