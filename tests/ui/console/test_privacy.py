"""An owner without a shell answers what customers demand."""

from __future__ import annotations

import pytest

from plugin.actions import lawful, privacy
from plugin.ports.webhooks import Demand
from tests.builders import an_order
from tests.plugin.conftest import Desk
from tests.ui.console.conftest import Browser

HERE = "/console/privacy"
CARMEN = "carmen@example.com"


@pytest.fixture
def carmen(desk: Desk) -> str:
    desk.save(an_order("o1", email=CARMEN))
    return desk.shops["blue"]


def states(desk: Desk) -> list[tuple[str, str]]:
    return [(one.kind, one.state) for one in privacy.requests(desk.services, desk.scope)]


def test_a_demand_is_listed_with_its_day_and_its_report_fetched(
    owner: Browser, desk: Desk, carmen: str
) -> None:
    demand = Demand(kind="report", emails=(CARMEN,))
    asked = privacy.ask(desk.services, desk.scope, carmen, demand)
    listed = owner.get(HERE)

    report = owner.post(f"{HERE}/{asked}")

    assert "Vence el" in listed.text
    assert "Blue" in listed.text
    assert CARMEN not in listed.text
    assert report.headers["Content-Disposition"] == f'attachment; filename="{asked}.html"'
    assert CARMEN in report.text
    assert states(desk) == [("report", "done")]
    desk.clock.pass_(days=31)


def test_an_overdue_one_says_so(owner: Browser, desk: Desk, carmen: str) -> None:
    privacy.ask(desk.services, desk.scope, carmen, Demand(kind="report", emails=(CARMEN,)))
    desk.clock.pass_(days=31)
    owner.log_in()

    assert "Vencido desde" in owner.get(HERE).text


def test_a_report_by_hand_comes_at_once(owner: Browser, desk: Desk, carmen: str) -> None:
    owner.get(HERE)

    report = owner.post(HERE, shop=carmen, who=CARMEN, what="report")

    assert CARMEN in report.text
    assert states(desk) == [("report", "done")]


def test_erasing_by_hand_needs_a_second_yes(owner: Browser, desk: Desk, carmen: str) -> None:
    owner.get(HERE)

    refused = owner.post(HERE, shop=carmen, who=CARMEN, what="erase")
    asked = owner.post(HERE, shop=carmen, who=CARMEN, what="erase", sure="1")

    assert refused.status_code == 422
    assert 'data-code="erase_not_confirmed"' in refused.text
    assert asked.location == HERE
    (job,) = [job for job in desk.woken if job[0] == "privacy"]
    lawful.work(desk.services, desk.scope, job[2])
    assert states(desk) == [("erase_customer", "done")]


@pytest.mark.parametrize("who", ["", "@", "carmen@"])
def test_half_an_address_is_nobody(owner: Browser, desk: Desk, carmen: str, who: str) -> None:
    owner.get(HERE)

    assert owner.post(HERE, shop=carmen, who=who, what="erase", sure="1").status_code == 422
    assert states(desk) == []


def test_another_shop_or_demand_is_not_found(owner: Browser, carmen: str) -> None:
    owner.get(HERE)

    assert owner.post(HERE, shop="co_none", who=CARMEN, what="report").status_code == 422
    assert owner.post(f"{HERE}/pr_none").status_code == 404
