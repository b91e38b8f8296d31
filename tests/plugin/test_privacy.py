"""What the law lets customers demand is done everywhere, in time, and leaves a proof."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from plugin.actions import doctor, hear, journal, lawful, privacy, privacy_report
from plugin.actions.fact import confirm_fact
from plugin.actions.launch import take_seat
from plugin.actions.lookup import refresh
from plugin.actions.privacy import Asked
from plugin.actions.sidebar import load_sidebar
from plugin.db import connections as installed
from plugin.db import deliveries as delivery_rows
from plugin.db.tables import metadata
from plugin.domain.orders import Fulfilment, Tracking
from plugin.errors import (
    Conflict,
    DeliveryRefused,
    GrantRevoked,
    InvalidInput,
    LaunchRefused,
    MostradorError,
    NotFound,
    Unreachable,
)
from plugin.ports.store import Field
from plugin.ports.webhooks import Demand
from tests.builders import a_customer, a_payment, an_address, an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.hearing import BLUE, knock
from tests.plugin.refunding import requested, work

CARMEN = "carmen@example.com"
HERS: dict[str, Any] = {
    "customer_ref": "7", "email": CARMEN, "customer_name": "Carmen Ferrándiz",
    "phone": "+34 600 111 222", "note": "Dejar a la vecina Pilar",
    "payments": (a_payment(label="Visa •• 9876"),),
    "shipping_address": an_address(), "billing_address": an_address(),
}  # fmt: skip


@pytest.fixture
def carmen(desk: Desk, shop: FakeShop) -> FakeShop:
    """An account with two orders, a guest's order under her address, and Tom's."""
    parcel = Fulfilment(
        ref="f1", state="shipped", tracking=(Tracking(company="Correos", number="PQ99ES"),)
    )
    account = a_customer("7", name="Carmen Ferrándiz", email=CARMEN, phone="+32801211222")
    orders = [
        an_order("o1", **HERS),
        an_order("o2", number="#1002", **HERS, fulfilments=(parcel,)),
        an_order("o3", email=CARMEN),
        an_order("o4", customer_ref="8", email="tom@example.com", note="Para Tom"),
    ]
    announce(desk)
    shop.holds(*orders)
    shop.customers["7"] = account
    desk.save(*orders, customers=(account,))
    return shop


def ask(desk: Desk, demand: Demand, *, key: str = "p1", **said: Any) -> Asked:
    """As the shop's webhook; returns what the owner sees of it after the worker."""
    body = msgspec.to_builtins(demand)
    knock(desk, key=key, kind="privacy", topic="t", demand=body, **said)
    return worked(desk)


def worked(desk: Desk) -> Asked:
    for job in [job for job in desk.woken if job[0] == "privacy"]:
        desk.woken.remove(job)
        lawful.work(desk.services, desk.scope, job[2])
    return privacy.requests(desk.services, desk.scope)[0]


def everything(desk: Desk, *, but: str = "") -> str:
    """Every value of every row, sealed ones opened."""
    texts: list[str] = []
    with desk.services.database.reading() as connection:
        for table in metadata.sorted_tables:
            if table.name not in ("agents", "installs", "workspaces", but):
                statement = select(table)
                if "workspace_id" in table.c:
                    statement = statement.where(table.c.workspace_id == desk.scope.workspace_id)
                texts += [
                    _plain(desk, value) for row in connection.execute(statement) for value in row
                ]
    return "\n".join(texts)


def _plain(desk: Desk, value: object) -> str:
    if not isinstance(value, bytes):
        return str(value)
    try:
        return desk.services.keys.open(value).decode()
    except MostradorError:
        return value.decode("utf-8", "replace")


ERASE = Demand(kind="erase_customer", customer_ref="7", emails=(CARMEN,), order_refs=("o1",))


class TestErasingACustomer:
    def test_nothing_personal_is_left_anywhere(self, desk: Desk, carmen: FakeShop) -> None:
        seat = desk.seat(emails=[CARMEN], name="Carmen Ferrándiz")
        refresh(desk.services, seat)
        weak = desk.seat(text="pedido #1002", conversation="t9", emails=["work@example.org"])
        confirm_fact(desk.services, weak, "28012")
        refund = requested(desk)
        work(desk, refund)

        done = ask(desk, ERASE)

        assert (done.state, done.counts["customers"], done.counts["orders"]) == ("done", 1, 3)
        left = everything(desk)
        for trace in (CARMEN, "Carmen", "600111222", "600 111", "Pilar", "28012", "PQ99ES",
                      "•• 9876", "work@example.org"):  # fmt: skip
            assert trace not in left, trace
        assert "tom@example.com" in left

    def test_what_was_bought_and_paid_stays(self, desk: Desk, carmen: FakeShop) -> None:
        ask(desk, ERASE)

        shown = load_sidebar(desk.services, desk.seat(text="pedido #1002", emails=["x@y.example"]))
        (row,) = shown.orders
        assert (row.order().total.text(), row.order().lines[0].title) == ("50.00", "Taza")
        assert load_sidebar(desk.services, desk.seat(emails=[CARMEN])).orders == ()

    def test_the_chain_stays_whole_and_says_erased(self, desk: Desk, carmen: FakeShop) -> None:
        work(desk, requested(desk))

        ask(desk, ERASE)

        with desk.services.database.reading() as connection:
            verdict = journal.verify(desk.scope, connection, desk.services.keys)
            lines = list(journal.export(desk.scope, connection, desk.services.keys))
        assert verdict.intact
        assert verdict.erased >= 3
        steps = {line["event"]: line["payload"] for line in lines[:-1]}
        assert steps["order:refund:done"] == "erased"
        assert steps["privacy:done"] == {}

    def test_an_open_panel_of_hers_has_to_be_opened_again(
        self, desk: Desk, carmen: FakeShop
    ) -> None:
        hers, toms = desk.open(emails=[CARMEN]), desk.open(emails=["tom@example.com"])

        ask(desk, ERASE)

        with pytest.raises(LaunchRefused):
            take_seat(desk.services, desk.install_id, hers.token)
        assert take_seat(desk.services, desk.install_id, toms.token)

    def test_nothing_lies_about_in_the_file(self, desk: Desk, carmen: FakeShop) -> None:
        url = desk.services.settings.database_url
        if not url.startswith("sqlite"):
            return  # its VACUUM is the database's own business
        secret = "Calle Escondida 77, 3.º B"
        desk.clock.pass_(seconds=1)
        told = replace(carmen.orders["o1"], note=secret * 40, updated_at=desk.clock())
        desk.save(told)

        ask(desk, ERASE)
        with desk.services.database.reading() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

        assert secret.encode() not in Path(url.removeprefix("sqlite:///")).read_bytes()

    def test_by_her_address_alone_the_account_is_found(self, desk: Desk, carmen: FakeShop) -> None:
        done = ask(desk, Demand(kind="erase_customer", emails=("Carmen@Example.com",)))

        assert done.counts["customers"] == 1
        assert CARMEN not in everything(desk)

    def test_a_customer_nobody_knows_is_answered_too(self, desk: Desk, carmen: FakeShop) -> None:
        done = ask(desk, Demand(kind="erase_customer", customer_ref="99"))

        assert (done.state, done.counts["orders"]) == ("done", 0)
        assert CARMEN in everything(desk)

    def test_a_late_answer_does_not_bring_her_back(self, desk: Desk, carmen: FakeShop) -> None:
        before = desk.clock()
        ask(desk, ERASE)
        later, desk.clock.now = desk.clock.now, before

        desk.save(*carmen.orders.values(), customers=(carmen.customers["7"],))

        desk.clock.now = later
        assert "Pilar" not in everything(desk)

    def test_a_refund_without_an_outcome_is_waited_for(self, desk: Desk, carmen: FakeShop) -> None:
        action = requested(desk)

        first = ask(desk, ERASE)
        work(desk, action)
        desk.clock.pass_(minutes=11)
        lawful.sweep(desk.services)
        second = worked(desk)

        assert (first.state, first.code, second.state) == ("waiting", "action_open", "done")
        assert second.counts["orders"] == 3
        assert "•• 9876" not in everything(desk)

    def test_twice_is_once(self, desk: Desk, carmen: FakeShop) -> None:
        ask(desk, ERASE)
        again = ask(desk, ERASE)

        assert len(privacy.requests(desk.services, desk.scope)) == 1
        assert again.state == "done"

    def test_by_hand_for_shops_that_send_no_demand(self, desk: Desk, carmen: FakeShop) -> None:
        demand = Demand(kind="erase_customer", **privacy.whom(CARMEN))
        request = privacy.ask(desk.services, desk.scope, BLUE, demand)

        lawful.work(desk.services, desk.scope, request)

        (done,) = privacy.requests(desk.services, desk.scope)
        assert (done.origin, done.state) == ("owner", "done")
        assert CARMEN not in everything(desk)

    @pytest.mark.parametrize("who", ["", " ", "@", "carmen@"])
    def test_nobody_is_erased_by_half_an_address(self, who: str) -> None:
        with pytest.raises(InvalidInput):
            privacy.whom(who)


REPORT = Demand(kind="report", customer_ref="7", emails=(CARMEN,), reference="9")


class TestReport:
    def test_the_owner_reads_all_that_is_kept(self, desk: Desk, carmen: FakeShop) -> None:
        open_one = ask(desk, REPORT)

        report = privacy_report.report(desk.services, desk.scope, open_one.id)

        told = json.loads(privacy_report.as_json(report))
        assert [one["email"] for one in told["customers"]] == [CARMEN]
        assert sorted(order["ref"] for order in told["orders"]) == ["o1", "o2", "o3"]
        assert told["reference"] == "9"
        (done,) = privacy.requests(desk.services, desk.scope)
        assert (open_one.state, done.state, done.counts["orders"]) == ("open", "done", 3)

    def test_as_a_page_it_escapes_what_customers_wrote(self, desk: Desk, carmen: FakeShop) -> None:
        evil = replace(carmen.orders["o1"], note="<script>alert(1)</script>",
                       updated_at=desk.clock())  # fmt: skip
        desk.clock.pass_(seconds=1)
        desk.save(evil)

        report = privacy_report.report(desk.services, desk.scope, ask(desk, REPORT).id)

        page = privacy_report.as_page(report, "es")
        assert "<script>" not in page
        assert "&lt;script&gt;" in page
        assert "Datos personales guardados de Blue" in page

    def test_it_expires(self, desk: Desk, carmen: FakeShop) -> None:
        request = ask(desk, REPORT).id
        privacy_report.report(desk.services, desk.scope, request)
        desk.clock.pass_(days=6)
        privacy_report.report(desk.services, desk.scope, request)
        desk.clock.pass_(days=2)
        with desk.services.database.writing() as connection:
            privacy.prune(desk.scope, connection, desk.clock())

        with pytest.raises(Conflict) as refused:
            privacy_report.report(desk.services, desk.scope, request)

        assert refused.value.code == "report_expired"
        assert [one.answerable for one in privacy.requests(desk.services, desk.scope)] == [False]

    def test_after_an_erasure_there_is_none(self, desk: Desk, carmen: FakeShop) -> None:
        request = ask(desk, REPORT).id
        desk.clock.pass_(days=10)

        ask(desk, ERASE, key="p2")

        states = {one.id: one.code for one in privacy.requests(desk.services, desk.scope)}
        assert states[request] == "person_erased"
        assert CARMEN not in everything(desk)

    def test_another_request_is_no_report(self, desk: Desk, carmen: FakeShop) -> None:
        with pytest.raises(NotFound):
            privacy_report.report(desk.services, desk.scope, ask(desk, ERASE).id)


class TestTime:
    def test_a_demand_is_due_in_thirty_days_and_then_overdue(
        self, desk: Desk, carmen: FakeShop
    ) -> None:
        asked = ask(desk, REPORT)
        assert asked.due_at - asked.received_at == timedelta(days=30)
        assert "doctor.privacy_overdue" not in codes(desk)

        desk.clock.pass_(days=31)

        assert privacy.overdue(desk.services, desk.scope)[0].id == asked.id
        assert "doctor.privacy_overdue" in codes(desk)

    def test_a_lost_wake_is_found(self, desk: Desk, carmen: FakeShop) -> None:
        knock(desk, key="p1", kind="privacy", topic="t", demand=msgspec.to_builtins(ERASE))
        desk.woken.clear()

        lawful.sweep(desk.services)

        assert worked(desk).state == "done"

    def test_what_the_release_before_parked_is_taken_up(self, desk: Desk, carmen: FakeShop) -> None:
        with desk.services.database.writing() as connection:
            delivery_rows.store(desk.scope, connection, {
                "id": "de_old", "connection_id": BLUE, "kind": "privacy", "ref": "",
                "topic": "t", "deleted": False, "state": "parked", "code": "", "attempts": 0,
                "body": desk.services.keys.seal(msgspec.json.encode(ERASE)),
                "triggered_at": None, "received_at": desk.clock(), "due": None,
            })  # fmt: skip

        privacy.adopt(desk.services, desk.scope)
        lawful.sweep(desk.services)

        assert worked(desk).state == "done"
        assert CARMEN not in everything(desk)


def codes(desk: Desk) -> set[str]:
    return {finding.code for finding in doctor.examine(desk.services, 0)}


# -- a whole shop

SHOP = Demand(kind="erase_shop")


def announce(desk: Desk) -> None:
    with desk.services.database.writing() as connection:
        installed.set_outside(desk.scope, connection, "shop", "pretend:blue.example", BLUE)
        installed.set_outside(desk.scope, connection, "connection", BLUE, BLUE)


def by_shop(desk: Desk, demand: Demand, **said: Any) -> Asked:
    return ask(desk, demand, connection="", shop="blue.example", **said)


def gone(shop: FakeShop) -> None:
    def refuse() -> None:
        raise GrantRevoked("shop_key_rejected")

    shop.reading = refuse
    shop.shop = lambda: refuse()  # type: ignore[method-assign,func-returns-value]


class TestErasingAShop:
    def test_everything_of_it_goes_and_nothing_of_another(
        self, desk: Desk, carmen: FakeShop
    ) -> None:
        desk.save(an_order("x1", email="tom@example.com"), shop="olive")
        work(desk, requested(desk))
        gone(carmen)

        done = by_shop(desk, SHOP)

        assert (done.state, done.counts["orders"]) == ("done", 4)
        left = everything(desk, but="panel_sessions")  # the helpdesk's, for a quarter of an hour
        for trace in (CARMEN, "Carmen", "Para Tom", "•• 9876"):
            assert trace not in left, trace
        with desk.services.database.reading() as connection:
            shops = [row.id for row in installed.connection_rows(desk.scope, connection)]
            assert journal.verify(desk.scope, connection, desk.services.keys).intact
        assert shops == ["co_olive"]
        assert len(load_sidebar(desk.services, desk.seat(emails=["tom@example.com"])).orders) == 1

    def test_a_shop_that_came_back_is_not_erased_by_an_old_demand(
        self, desk: Desk, carmen: FakeShop
    ) -> None:
        sent = desk.clock() - timedelta(hours=1)
        with desk.services.database.writing() as connection:
            installed.change_connection(desk.scope, connection, BLUE, connected_at=desk.clock())
        gone(carmen)  # its new token is broken, which proves nothing

        kept = by_shop(desk, SHOP, triggered_at=sent.isoformat())

        assert (kept.state, kept.code) == ("kept", "shop_reinstalled")
        assert CARMEN in everything(desk)

    def test_a_shop_that_answers_has_the_app_whatever_the_moments_say(
        self, desk: Desk, carmen: FakeShop
    ) -> None:
        desk.clock.pass_(days=3)

        kept = by_shop(desk, SHOP, triggered_at=desk.clock().isoformat())

        assert (kept.state, kept.code) == ("kept", "shop_reinstalled")

    def test_a_shop_that_does_not_answer_is_asked_again_but_not_for_ever(
        self, desk: Desk, carmen: FakeShop
    ) -> None:

        def silent() -> None:
            raise Unreachable("shop_unreachable")

        carmen.shop = lambda: silent()  # type: ignore[method-assign,func-returns-value]
        desk.clock.pass_(days=1)

        first = by_shop(desk, SHOP)
        desk.clock.pass_(days=21)
        lawful.sweep(desk.services)
        second = worked(desk)

        assert (first.state, first.code, second.state) == ("waiting", "shop_unreachable", "done")

    def test_a_shop_whose_connection_is_gone_is_still_recorded_and_answered(
        self, desk: Desk, carmen: FakeShop
    ) -> None:
        gone(carmen)
        by_shop(desk, SHOP)
        desk.clock.pass_(days=5)
        settings = replace(desk.services.settings, of_platforms={"APP_SECRET": "app-secret"})
        platform = desk.services.stores["pretend"]
        secret = Field(name="APP_SECRET", help="", secret=True)
        desk.services = replace(
            desk.services, settings=settings,
            stores={"pretend": replace(platform, settings=(secret,))},
        )  # fmt: skip

        again = by_shop(desk, ERASE, key="p2", secret="app-secret")

        assert (again.state, again.shop) == ("done", "blue.example")
        assert len(privacy.requests(desk.services, desk.scope)) == 2
        with pytest.raises(DeliveryRefused) as refused:
            by_shop(desk, ERASE, key="p3", secret="wrong")
        assert refused.value.status == 401
        knock(desk, "", "blue.example", "app-secret", key="o9")
        assert not [job for job in desk.woken if job[0] == "hear"]


def test_the_worker_of_webhooks_leaves_demands_alone(desk: Desk, carmen: FakeShop) -> None:
    knock(desk, key="p1", kind="privacy", topic="t", demand=msgspec.to_builtins(REPORT))

    assert hear.sweep(desk.services) == 0
