"""What was done: found, opened step by step, verified, and taken along without surprises."""

from __future__ import annotations

import csv
import json

import pytest
from sqlalchemy import update

from plugin.actions import activity, journal, policy
from plugin.actions.kinds import KINDS
from plugin.actions.views import ActionView
from plugin.db import people
from plugin.db.activity import Wanted
from plugin.db.tables import journal as entries
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk, shop
from tests.plugin.refunding import confirm, preview, requested, work
from tests.plugin.test_policy import fuse, limit
from tests.ui.console.conftest import Browser
from tests.ui.console.test_waiting import asked, enter

__all__ = ["shop"]

HERE = "/console/activity"


@pytest.fixture
def done(desk: Desk, shop: FakeShop) -> ActionView:
    action = requested(desk)
    work(desk, action)
    return action


def test_actions_are_found_by_what_is_known_of_them(
    owner: Browser, desk: Desk, done: ActionView
) -> None:
    day = f"{desk.clock():%Y-%m-%d}"
    fits = ["", "?kind=refund", "?state=done", "?agent=an", "?order=o1",
            f"?shop={desk.shops['blue']}", f"?since={day}&until={day}"]  # fmt: skip
    not_here = ["?kind=cancel", "?state=refused", "?agent=marta%25", "?order=9",
                f"?shop={desk.shops['olive']}", "?since=2030-01-01"]  # fmt: skip

    assert [done.id in owner.get(HERE + query).text for query in fits] == [True] * len(fits)
    assert not any(done.id in owner.get(HERE + query).text for query in not_here)


def test_a_day_that_is_none_names_its_field(owner: Browser) -> None:
    answer = owner.get(f"{HERE}?since=2026-02-31")

    assert answer.status_code == 422
    assert 'data-code="day_invalid"' in answer.text
    assert 'aria-invalid="true" aria-describedby="error"' in answer.text


def test_a_page_leads_to_the_next(
    owner: Browser, desk: Desk, shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "PAGE", 2)
    made = []
    for _ in range(3):
        desk.clock.pass_(seconds=1)
        action = preview(desk, amount="1")
        confirm(desk, action)
        work(desk, action)
        made.append(action.id)

    first = activity.page(desk.services, desk.scope, Wanted())
    last = activity.page(desk.services, desk.scope, Wanted(), first.after)

    assert [row.id for row in (*first.actions, *last.actions)] == made[::-1]
    assert last.after == ""
    assert f"after={first.after}" in owner.get(HERE).text


def test_every_step_is_told_with_who_and_why(owner: Browser, desk: Desk, shop: FakeShop) -> None:
    action = asked(desk)
    owner.get(HERE)

    page = owner.get(f"{HERE}/{action.id}").text

    assert page.index("Revisión mostrada") < page.index("Aprobación pedida")
    assert "Llegó roto &lt;i&gt;" in page
    assert "Coincide el correo" in page
    assert owner.get(f"{HERE}/ac_none").status_code == 404


def test_a_spreadsheet_computes_nothing(owner: Browser, desk: Desk, shop: FakeShop) -> None:
    agent_id = desk.seat("ana").agent_id
    with desk.services.database.writing() as connection:
        people.change_agent(desk.scope, connection, agent_id, name="=HYPERLINK(1)")
    action = asked(desk)

    rows = list(csv.DictReader(owner.get(f"{HERE}/journal.csv?order=o1").text.splitlines()))

    assert {row["action"] for row in rows[:-1]} == {action.id}
    assert rows[0]["agent_name"] == "'=HYPERLINK(1)"
    assert (rows[0]["shop"], rows[0]["order_number"]) == ("Blue", action.order_number)
    assert (rows[-1]["event"], len(rows[-1]["hash"])) == ("head", 64)


def test_lines_end_with_the_head_of_the_chain(owner: Browser, desk: Desk, done: ActionView) -> None:
    answer = owner.get(f"{HERE}/journal.jsonl?agent=nobody")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    whole = owner.get(f"{HERE}/journal.jsonl").text.splitlines()

    with desk.services.database.reading() as connection:
        verdict = journal.verify(desk.scope, connection, desk.services.keys)
    head = {"sequence": verdict.head_sequence, "hash": verdict.head_hash}
    assert lines == [{"head": head}]
    assert len(whole) == verdict.entries + 1
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_verdict_is_shown(owner: Browser, desk: Desk, done: ActionView) -> None:
    owner.get(HERE)
    assert "Íntegro" in owner.post(f"{HERE}/verify").text

    with desk.services.database.writing() as connection:
        here = entries.c.workspace_id == desk.scope.workspace_id
        connection.execute(update(entries).where(here).values(hash="00"))

    assert "Dañado" in owner.post(f"{HERE}/verify").text


def test_changes_of_limits_are_told_with_who_and_since_when(owner: Browser, desk: Desk) -> None:
    assert "Todavía no se cambió nada" in owner.get(f"{HERE}/limits").text
    limit(desk, per_action="50")
    limit(desk, per_action="-1")
    fuse(desk, "1000")
    wanted = policy.Wanted(role="agent", kind="note", allowed=False, reason_required=True)
    policy.set_rule(desk.services, desk.scope, wanted, KINDS, "Alba <i>")
    policy.set_reasons(desk.services, desk.scope, "refund", ["Roto"], KINDS, "Alba")

    page = owner.get(f"{HERE}/limits").text

    told = ("Motivos · Reembolsar", "No permitido", "Motivo obligatorio", "EUR por hora: 1.000,00",
            "Por acción, EUR: Sin límite", "Por acción, EUR: 50,00\xa0€")  # fmt: skip
    assert [page.index(text) for text in told] == sorted(page.index(text) for text in told)
    assert "Alba &lt;i&gt;" in page
    assert f'href="{HERE}/limits"' in owner.get(HERE).text


def test_supervisors_look_and_owners_take_along(browser: Browser, desk: Desk) -> None:
    enter(browser, desk, "supervisor")

    assert browser.get(HERE).status_code == 200
    assert browser.get(f"{HERE}/journal.csv").status_code == 403
