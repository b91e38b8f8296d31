"""Notes, tags and mails: what is typed, and the way through the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from plugin.actions import act
from plugin.actions.act import ActionView
from plugin.actions.annotate import NOTE, TAGS, read_note, read_tags
from plugin.actions.mail import MAIL, read_choice
from plugin.errors import InvalidInput, OutcomeUnknown
from tests.builders import an_order
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.refunding import BLUE, confirm, look, now, work

ORDER = an_order("o1", email="carmen@example.com", customer_ref="c1")
TYPED = {
    "note": {"text": "Called her"},
    "tags": {"add": "vip, late parcel", "remove": "new"},
    "mail": {"what": "details"},
}


class TestRead:
    def test_a_note_on_the_order_or_on_the_customer(self) -> None:
        on_order = read_note(ORDER, {"text": " Called her\n"})
        on_customer = read_note(ORDER, {"text": "VIP", "on": "customer"})

        assert (on_order.order_ref, on_order.customer_ref) == ("o1", "")
        assert (on_customer.order_ref, on_customer.customer_ref) == ("", "c1")
        assert (on_order.text, on_order.to_customer) == ("Called her", False)

    def test_tags_with_commas(self) -> None:
        choice = read_tags(ORDER, {"add": " vip ,  late  parcel, vip,", "remove": ""})

        assert (choice.add, choice.remove) == (("vip", "late parcel"), ())

    @pytest.mark.parametrize(
        ("read", "typed", "field"),
        [
            (read_note, {"text": " "}, "text"),
            (read_note, {"text": "x", "on": "shop"}, "on"),
            (read_tags, {"add": " , ", "remove": ""}, "add"),
            (read_tags, {"add": ",".join(map(str, range(21)))}, "add"),
            (read_choice, {"what": "love letter"}, "what"),
        ],
    )
    def test_what_cannot_be_names_its_field(
        self, read: Callable[..., Any], typed: dict[str, str], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            read(ORDER, typed)

        assert caught.value.parameters["field"] == field

    def test_a_guest_has_no_customer_to_leave_a_note_on(self) -> None:
        with pytest.raises(InvalidInput):
            read_note(replace(ORDER, customer_ref=""), {"text": "x", "on": "customer"})

    def test_what_was_not_asked_is_no_plan(self, shop: FakeShop) -> None:
        note, tags, mail = (
            read_note(ORDER, TYPED["note"]), read_tags(ORDER, TYPED["tags"]),
            read_choice(shop.orders["o1"], TYPED["mail"]),
        )  # fmt: skip

        for kind, plan, choice in (
            (NOTE, replace(shop.plan_note(note), to_customer=True), note),
            (TAGS, replace(shop.plan_tags(tags), add=("fraud",)), tags),
            (MAIL, replace(shop.plan_mail(mail), to=""), mail),
        ):
            with pytest.raises(InvalidInput):
                kind.check(plan, choice)


def _preview(desk: Desk, kind: str) -> ActionView:
    seat = desk.seat("ana", emails=["carmen@example.com"])
    return act.preview(desk.services, seat, kind, BLUE, "o1", TYPED[kind])


def _lost(make: Callable[[], Any]) -> Any:
    make()
    raise OutcomeUnknown("answer_lost")


class TestLedger:
    @pytest.mark.parametrize("kind", ["note", "tags", "mail"])
    def test_it_happens_once_and_locks_nothing(self, desk: Desk, shop: FakeShop, kind: str) -> None:
        action, other = _preview(desk, kind), _preview(desk, kind)
        confirm(desk, action)
        confirm(desk, action)
        confirm(desk, other)

        states = [work(desk, action).state, work(desk, action).state, work(desk, other).state]

        assert (states, len(shop.changes)) == (["done"] * 3, 2)

    def test_a_note_does_not_write_over_one_that_may_still_arrive(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        first, second, third = (_preview(desk, "note") for _ in range(3))
        for action in (first, second, third):
            confirm(desk, action)
        shop.steps.append(lambda make: [work(desk, second), _lost(make)])

        assert work(desk, first).state == "unknown"
        meanwhile, later = now(desk, second), work(desk, third)
        assert look(desk, first).state == "done"

        assert (meanwhile.code, meanwhile.parameters) == ("order_busy", {"who": "Ana"})
        assert later.code == "order_busy"
        assert len(shop.changes) == 1

    @pytest.mark.parametrize("kind", ["note", "tags"])
    def test_a_lost_answer_is_found(self, desk: Desk, shop: FakeShop, kind: str) -> None:
        shop.steps.append(_lost)
        action = _preview(desk, kind)
        confirm(desk, action)

        assert work(desk, action).state == "unknown"
        assert look(desk, action).state == "done"

    def test_a_lost_mail_is_for_a_person_and_never_sent_again(
        self, desk: Desk, shop: FakeShop
    ) -> None:
        shop.steps.append(_lost)
        action = _preview(desk, "mail")
        confirm(desk, action)
        work(desk, action)

        row = look(desk, action)

        assert (row.state, row.code) == ("needs_person", "mail_not_told")
        assert len(shop.changes) == 1
