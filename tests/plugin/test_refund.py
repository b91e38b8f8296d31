"""Who may refund what: asked at the form, at the preview and again at the confirmation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plugin.actions import act, activity, connect
from plugin.db import connections as installed
from plugin.errors import ActionRefused, Forbidden, InvalidInput, NotFound
from tests.builders import eur
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.refunding import BLUE, confirm, preview


def test_an_action_of_another_agent_cannot_be_confirmed(desk: Desk, shop: FakeShop) -> None:
    action = preview(desk)

    with pytest.raises(NotFound, match="action_not_found"):
        confirm(desk, action, "diego")


def test_an_action_id_does_not_open_an_order_of_another_ticket(desk: Desk, shop: FakeShop) -> None:
    action = preview(desk)
    stranger = desk.seat("diego", emails=["somebody@example.com"])

    with pytest.raises(NotFound, match="order_not_found"):
        act.view_of(desk.services, stranger, action.id)


def test_a_preview_is_not_confirmed_from_another_ticket(desk: Desk, shop: FakeShop) -> None:
    action = preview(desk)
    elsewhere = desk.seat("ana", emails=["somebody@example.com"])

    with pytest.raises(NotFound, match="order_not_found"):
        act.confirm(desk.services, elsewhere, action.id)


def test_totals_in_the_preview_must_add_up(desk: Desk, shop: FakeShop) -> None:
    honest = shop.plan_refund
    shop.plan_refund = lambda choice: replace(honest(choice), amount=eur("6.00"))  # type: ignore[method-assign]

    with pytest.raises(ActionRefused, match="plan_does_not_add_up"):
        preview(desk)


def test_a_viewer_gets_no_form_no_preview_and_no_confirmation(desk: Desk, shop: FakeShop) -> None:
    action = preview(desk)
    connect.set_role(desk.services, desk.scope, action.agent_id, "viewer")
    seat = desk.seat(emails=["carmen@example.com"])

    with pytest.raises(Forbidden, match="role_forbids"):
        act.form_of(desk.services, seat, "refund", BLUE, "o1", {})
    with pytest.raises(Forbidden, match="role_forbids"):
        preview(desk)
    with pytest.raises(Forbidden, match="role_forbids"):
        confirm(desk, action)


def test_a_masked_order_gets_no_form_no_preview_and_no_confirmation(
    desk: Desk, shop: FakeShop
) -> None:
    action = preview(desk)
    seat = desk.seat(text="Order #o1")
    masked = desk.seat(text="carmen@example.com wrote")

    for weak in (seat, masked):
        with pytest.raises((Forbidden, NotFound)):
            act.form_of(desk.services, weak, "refund", BLUE, "o1", {})
        with pytest.raises((Forbidden, NotFound)):
            act.preview(
                desk.services, weak, "refund", BLUE, "o1", {"mode": "amount", "amount": "5"}
            )
        with pytest.raises((Forbidden, NotFound)):
            act.confirm(desk.services, weak, action.id)
    assert shop.paid == []


def test_the_preview_must_be_of_the_amount_that_was_typed(desk: Desk, shop: FakeShop) -> None:
    honest = shop.plan_refund
    shop.plan_refund = lambda choice: honest(replace(choice, amount=eur("6.00")))  # type: ignore[method-assign]

    with pytest.raises(InvalidInput, match="plan_does_not_add_up"):
        preview(desk)


def test_more_lines_than_can_be_read_are_refused_not_cut(desk: Desk, shop: FakeShop) -> None:
    typed = {"mode": "lines", **{f"qty.{number}": "1" for number in range(251)}}
    seat = desk.seat(emails=["carmen@example.com"])

    with pytest.raises(InvalidInput, match="request_invalid"):
        act.preview(desk.services, seat, "refund", BLUE, "o1", typed)


def test_where_the_money_goes_is_read_shown_and_in_the_journal(desk: Desk, shop: FakeShop) -> None:
    honest = shop.plan_refund
    shop.plan_refund = lambda choice: replace(honest(choice), to=choice.to)  # type: ignore[method-assign]
    seat = desk.seat(emails=["carmen@example.com"])
    typed = {"mode": "amount", "amount": "5", "to": "store_credit"}

    made = act.preview(desk.services, seat, "refund", BLUE, "o1", typed)

    assert (made.plan.to, made.amount) == ("store_credit", eur("5.00"))
    (step,) = activity.told(desk.services, desk.scope, made.id).steps
    assert (step["to"], step["amount"]) == ("store_credit", "5.00")


def test_a_plan_that_pays_elsewhere_than_asked_is_refused(desk: Desk, shop: FakeShop) -> None:
    seat = desk.seat(emails=["carmen@example.com"])
    typed = {"mode": "amount", "amount": "5", "to": "store_credit"}

    with pytest.raises(InvalidInput, match="plan_does_not_add_up"):
        act.preview(desk.services, seat, "refund", BLUE, "o1", typed)


def test_the_form_offers_credit_and_places_as_the_shop_has_them(desk: Desk, shop: FakeShop) -> None:
    lacking = {"no_credit": "store_credit_old_accounts"}
    with desk.services.database.writing() as connection:
        installed.change_connection(
            desk.scope, connection, BLUE, options={**lacking, "places": '[["1", "Valencia"]]'}
        )

    content = act.form_of(
        desk.services, desk.seat(emails=["carmen@example.com"]), "refund", BLUE, "o1", {}
    ).content

    assert content.credit.reason == "store_credit_old_accounts"
    assert content.places == (("1", "Valencia"),)
