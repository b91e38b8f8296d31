"""What waits, decided and closed by somebody who sits at the console."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from integrations import registry
from plugin.actions import act, attention, team
from plugin.actions.views import ActionView
from plugin.app import create_app
from plugin.db import connections as installed
from plugin.db import people
from plugin.ports.store import Capability
from tests.builders import a_payment, an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk, shop
from tests.plugin.refunding import (
    BLUE,
    FIVE,
    look,
    lost_before,
    now,
    preview,
    requested,
    steps,
    work,
)
from tests.plugin.test_policy import fuse, limit
from tests.ui.console.conftest import EMAIL, Browser, with_owner

__all__ = ["shop"]

HERE = "/console/waiting"
WHY = "Llegó roto <i>"
ACCOUNT = "ES91 2100 0418 4502 0005 1332"


@pytest.fixture
def app(desk: Desk) -> Flask:
    """With the page of our own, at which accounts are agents."""
    known = {**registry.helpdesks(), **desk.services.helpdesks}
    desk.services = replace(desk.services, helpdesks=known)
    return create_app(services=with_owner(desk))


def asked(desk: Desk) -> ActionView:
    """Ana asks for 5 EUR where she may give 4."""
    limit(desk, per_action="4")
    action = preview(desk)
    seat = desk.seat(emails=["carmen@example.com"])
    return act.confirm(desk.services, seat, action.id, WHY)


def owed(desk: Desk, shop: FakeShop) -> ActionView:
    """20 EUR that were paid to the courier."""
    by_hand = Capability(name="refund", available=False, reason="payment_manual")
    platform = replace(desk.services.stores["pretend"], refund_capability=lambda order: by_hand)
    known = replace(desk.services, stores={"pretend": platform})
    order = an_order("o1", email="carmen@example.com", payments=(a_payment(manual=True),))
    desk.save(order)
    shop.holds(order)
    seat = desk.seat(emails=["carmen@example.com"])
    typed = {"amount": "20", "way": "transfer", "account": ACCOUNT, "days": "3"}
    action = act.preview(known, seat, "manual_refund", BLUE, "o1", typed)
    act.confirm(known, seat, action.id)
    work(desk, action)
    return action


def needs_person(desk: Desk, shop: FakeShop) -> ActionView:
    """Sent without an answer, and an equal refund that is nobody's."""
    shop.sends = [lost_before]
    action = requested(desk)
    work(desk, action)
    shop.elsewhere("5.00", desk.clock())
    assert look(desk, action, minutes=20).state == "needs_person"
    return action


def test_a_request_is_listed_counted_and_opened_with_its_frozen_preview(
    owner: Browser, desk: Desk, shop: FakeShop
) -> None:
    action = asked(desk)

    listed = owner.get(HERE)
    opened = owner.get(f"{HERE}/{action.id}")

    assert 'class="count">1<' in listed.text
    assert f'href="{HERE}/{action.id}"' in listed.text
    assert "Reembolsar 5,00\xa0€" in listed.text
    assert "Llegó roto &lt;i&gt;" in opened.text
    assert "Supera el límite de 4,00\xa0€" in opened.text
    assert '<dl class="sums' in opened.text
    assert "Aprobar" in opened.text


def test_more_than_the_page_shows_is_counted(
    owner: Browser, desk: Desk, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "MOST", 2)
    for _ in range(3):
        asked(desk)

    listed = owner.get(HERE)

    assert 'class="count">3<' in listed.text
    assert listed.text.count(f'href="{HERE}/ac_') == 2
    assert "2 de 3" in listed.text


def test_an_approved_request_happens_once_and_names_the_owner(
    owner: Browser, desk: Desk, shop: FakeShop
) -> None:
    action = asked(desk)
    owner.get(f"{HERE}/{action.id}")

    yes = owner.post(f"{HERE}/{action.id}/decide", decision="approve")
    again = owner.post(f"{HERE}/{action.id}/decide", decision="approve")
    done = work(desk, action)
    work(desk, action)

    assert yes.location == f"{HERE}/{action.id}"
    assert (again.status_code, code_of(again)) == (409, "already_decided")
    assert shop.paid == FIVE
    with desk.services.database.reading() as connection:
        answers = people.agent_row(desk.scope, connection, done.answerable_id)
    assert answers is not None
    assert (answers.name, answers.email, answers.role) == ("Alba", EMAIL, "owner")
    assert "approved" in steps(desk)
    assert 'class="count"' not in owner.get(HERE).text


def test_declining_needs_a_reason_and_tells_it(owner: Browser, desk: Desk, shop: FakeShop) -> None:
    action = asked(desk)
    owner.get(f"{HERE}/{action.id}")

    silent = owner.post(f"{HERE}/{action.id}/decide", decision="decline", reason=" ")
    owner.post(f"{HERE}/{action.id}/decide", decision="decline", reason="Ya se envió otro")

    assert (silent.status_code, code_of(silent)) == (422, "decline_reason_missing")
    assert 'aria-invalid="true" aria-describedby="error"' in silent.text
    assert now(desk, action).state == "refused"
    assert "Ya se envió otro" in owner.get(f"{HERE}/{action.id}").text
    assert shop.paid == []


def test_nobody_approves_what_they_asked_for_in_a_helpdesk(
    owner: Browser, desk: Desk, shop: FakeShop
) -> None:
    action = asked(desk)
    with desk.services.database.writing() as connection:
        people.change_agent(desk.scope, connection, action.agent_id, email=EMAIL)

    listed, opened = owner.get(HERE), owner.get(f"{HERE}/{action.id}")
    answer = owner.post(f"{HERE}/{action.id}/decide", decision="approve")

    assert action.id not in listed.text
    assert "decision" not in opened.text
    assert (answer.status_code, code_of(answer)) == (403, "own_approval")
    assert now(desk, action).state == "awaiting_approval"


def test_the_fuse_holds_for_owners_too(owner: Browser, desk: Desk, shop: FakeShop) -> None:
    action = asked(desk)
    fuse(desk, "3")
    owner.get(f"{HERE}/{action.id}")

    answer = owner.post(f"{HERE}/{action.id}/decide", decision="approve")

    assert (answer.status_code, code_of(answer)) == (409, "fuse_blown")


def test_a_supervisor_answers_within_their_own_limit(
    browser: Browser, desk: Desk, shop: FakeShop
) -> None:
    action = asked(desk)
    limit(desk, role="supervisor", per_action="4.50")
    enter(browser, desk, "supervisor")

    answer = browser.post(f"{HERE}/{action.id}/decide", decision="approve")

    assert (answer.status_code, code_of(answer)) == (403, "above_own_limit")


@pytest.mark.parametrize("role", ["agent", "viewer"])
def test_others_neither_see_nor_decide(
    browser: Browser, desk: Desk, shop: FakeShop, role: str
) -> None:
    action = asked(desk)
    enter(browser, desk, role)

    assert HERE not in browser.get("/console/shops").text
    assert browser.get(HERE).status_code == 403
    assert browser.get(f"{HERE}/{action.id}").status_code == 403
    assert browser.post(f"{HERE}/{action.id}/decide", decision="approve").status_code == 403
    assert browser.post(f"{HERE}/{action.id}/close", outcome="done").status_code == 403


def test_a_refund_by_hand_is_paid_with_proof_and_its_account_looked_at_by_name(
    owner: Browser, desk: Desk, shop: FakeShop
) -> None:
    action = owed(desk, shop)
    opened = owner.get(f"{HERE}/{action.id}")

    seen = owner.post(f"{HERE}/{action.id}/account")
    bare = owner.post(f"{HERE}/{action.id}/close", outcome="done", proof=" ")
    paid = owner.post(f"{HERE}/{action.id}/close", outcome="done", proof="Transferencia 8812")

    assert ACCOUNT not in opened.text
    assert ACCOUNT in seen.text
    assert (bare.status_code, code_of(bare)) == (422, "proof_missing")
    assert paid.status_code == 302
    assert now(desk, action).payment == "paid"
    assert "account_seen" in steps(desk)
    assert "Transferencia 8812" in owner.get(f"{HERE}/{action.id}").text
    assert owner.post(f"{HERE}/{action.id}/account").status_code == 404


def test_what_needs_a_person_is_closed_by_what_the_shop_shows(
    owner: Browser, desk: Desk, shop: FakeShop
) -> None:
    action = needs_person(desk, shop)
    owner.get(f"{HERE}/{action.id}")

    blank = owner.post(f"{HERE}/{action.id}/close", proof="x")
    owner.post(f"{HERE}/{action.id}/close", outcome="not-done", proof="Ficha del pedido")

    assert (blank.status_code, code_of(blank)) == (422, "outcome_missing")
    assert now(desk, action).state == "not_done"
    assert owner.post(f"{HERE}/{action.id}/close", outcome="done", proof="x").status_code == 409


def test_an_unanswered_call_waits_after_a_quarter_of_an_hour(
    owner: Browser, desk: Desk, shop: FakeShop
) -> None:
    shop.sends = [lost_before]
    action = requested(desk)
    work(desk, action)
    assert action.id not in owner.get(HERE).text

    desk.clock.pass_(minutes=16)

    assert action.id in owner.get(HERE).text
    assert "proof" not in owner.get(f"{HERE}/{action.id}").text


def test_a_silent_shop_counts_and_leads_to_it(owner: Browser, desk: Desk) -> None:
    with desk.services.database.writing() as connection:
        installed.change_connection(
            desk.scope, connection, BLUE, failing_since=desk.clock(), failure_code="unreachable"
        )

    listed = owner.get(HERE)

    assert f'href="/console/shops#{BLUE}"' in listed.text
    assert 'class="count">1<' in listed.text
    assert owner.get(f"{HERE}/ac_none").status_code == 404


def enter(browser: Browser, desk: Desk, role: str) -> None:
    """Somebody who was invited."""
    link = team.invite(desk.services, desk.scope, email="sol@x.example", name="Sol", role=role)
    browser.get(link)
    browser.post(link, password="otras tres palabras")
    browser.get("/console/shops")


def code_of(answer: TestResponse) -> str:
    found = re.search(r'data-code="([^"]+)"', answer.text)
    return found[1] if found else ""
