"""An owner without a shell sets who may do how much."""

from __future__ import annotations

import pytest

from plugin.actions import journal, limits, team
from plugin.actions.kinds import KINDS
from plugin.db import connections as installed
from tests.plugin.conftest import Desk
from tests.ui.console.conftest import Browser

HERE = "/console/limits"
AGENT = f"{HERE}/roles/agent"
ALL = {f"allowed.{kind}": "1" for kind in KINDS}


@pytest.fixture(autouse=True)
def shops(desk: Desk) -> None:
    with desk.services.database.writing() as connection:
        for shop, currency in (("blue", "EUR"), ("olive", "MXN")):
            installed.change_connection(desk.scope, connection, desk.shops[shop], currency=currency)


@pytest.fixture
def page(owner: Browser) -> Browser:
    owner.get(HERE)
    return owner


def of_agent(desk: Desk, kind: str) -> limits.KindRule:
    view = limits.limits(desk.services, desk.scope)
    (role,) = [each for each in view.roles if each.role == "agent"]
    return next(rule for rule in role.kinds if rule.kind == kind)


def changes(desk: Desk) -> list[str]:
    with desk.services.database.reading() as connection:
        found = journal.export(desk.scope, connection, desk.services.keys)
        return [entry["event"] for entry in found if "policy" in entry.get("event", "")]


def test_only_what_differs_is_set_and_written_down(page: Browser, desk: Desk) -> None:
    form = {**ALL, "per_action.refund.EUR": "50,00", "per_day.refund.EUR": "", "reason.refund": "1"}

    saved = page.post(AGENT, **form)
    again = page.post(AGENT, **form)

    assert saved.location == again.location == f"{HERE}?saved=agent#agent"
    rule = of_agent(desk, "refund")
    assert (rule.allowed, rule.reason_required) == (True, True)
    assert str(rule.limits["EUR"].per_action) == "50"
    assert rule.limits["EUR"].per_day is None
    assert changes(desk) == ["policy:limit", "policy:limit"]
    shown = page.get(saved.location)
    assert 'value="50,00"' in shown.text
    assert 'role="status"' in shown.text


def test_what_is_not_ticked_is_taken_away(page: Browser, desk: Desk) -> None:
    page.post(AGENT, **{key: "1" for key in ALL if key != "allowed.cancel"})

    assert not of_agent(desk, "cancel").allowed
    assert of_agent(desk, "refund").allowed


def test_an_emptied_field_takes_the_limit_away(page: Browser, desk: Desk) -> None:
    page.post(AGENT, **ALL, **{"per_action.refund.EUR": "0", "per_day.refund.EUR": "10"})
    page.post(AGENT, **ALL, **{"per_action.refund.EUR": "", "per_day.refund.EUR": "10"})

    limit = of_agent(desk, "refund").limits["EUR"]
    assert (limit.per_action, str(limit.per_day)) == (None, "10")


def test_an_error_names_its_field_and_changes_nothing(page: Browser, desk: Desk) -> None:
    wrong = {"per_action.refund.EUR": "12", "per_day.refund.MXN": "mucho<b>"}

    answer = page.post(AGENT, **wrong)

    assert answer.status_code == 422
    field = answer.text.split('name="per_day.refund.MXN"')[1].split(">")[0]
    assert 'value="mucho&lt;b&gt;"' in field
    assert 'aria-describedby="agent-per_day.refund.MXN-error"' in field
    assert 'data-code="amount_not_a_number"' in answer.text
    assert of_agent(desk, "refund").allowed
    assert changes(desk) == []


def test_a_kind_that_shares_limits_has_no_fields_of_its_own(page: Browser, desk: Desk) -> None:
    page.post(AGENT, **ALL, **{"per_action.manual_refund.EUR": "5", "per_action.note.EUR": "5"})

    assert changes(desk) == []


def test_the_fuse_and_the_reasons(page: Browser, desk: Desk) -> None:
    fused = page.post(f"{HERE}/fuses", **{"per_hour.EUR": "1.000,00", "per_hour.MXN": ""})
    told = page.post(f"{HERE}/reasons/refund", reasons="Llegó roto\n\n  Falta  algo \n")

    view = limits.limits(desk.services, desk.scope)
    assert {at: str(limit) for at, limit in view.fuses.items()} == {"EUR": "1000"}
    assert view.reasons["refund"] == ("Llegó roto", "Falta algo")
    assert fused.location == f"{HERE}?saved=fuse#fuse"
    assert told.location == f"{HERE}?saved=reasons-refund#reasons-refund"
    assert changes(desk) == ["policy:fuse", "policy:reasons"]


def test_too_many_reasons_stay_typed(page: Browser, desk: Desk) -> None:
    answer = page.post(f"{HERE}/reasons/refund", reasons="\n".join(map(str, range(40))))

    assert answer.status_code == 422
    assert 'data-code="reasons_too_many"' in answer.text
    assert "38\n39</textarea>" in answer.text


def test_unknown_roles_and_kinds_are_refused(page: Browser, desk: Desk) -> None:
    assert page.post(f"{HERE}/roles/owner", **ALL).status_code == 404
    assert page.post(f"{HERE}/reasons/nothing", reasons="x").status_code == 404
    assert changes(desk) == []


def test_the_page_says_that_nobody_gets_mail(page: Browser) -> None:
    assert 'id="mail"' in page.get(HERE).text


def test_limits_are_the_owners(browser: Browser, desk: Desk) -> None:
    link = team.invite(
        desk.services, desk.scope, email="sol@shop.example", name="Sol", role="supervisor"
    )
    browser.get(link)
    browser.post(link, password="otras tres palabras")

    assert browser.get("/console/shops").status_code == 200
    assert browser.get(HERE).status_code == 403
    assert browser.post(AGENT, **ALL).status_code == 403
