"""A refund that a person pays: owed until somebody shows that it was paid, and never sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from plugin.actions import act, attention, connect, owed, settle
from plugin.actions.launch import Seat
from plugin.actions.sidebar import load_sidebar
from plugin.actions.views import ActionView
from plugin.db import manual, personal
from plugin.domain.money import Money
from plugin.errors import (
    ActionRefused,
    Conflict,
    Forbidden,
    InvalidInput,
    MostradorError,
    NotFound,
    Unsupported,
)
from plugin.jobs.upkeep import once
from plugin.ports.store import Capability
from tests.builders import a_payment, an_order, eur
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.refunding import BLUE, now, steps, work
from tests.plugin.test_policy import limit

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where nothing is asked of the database that its neighbours do not ask of both."""

ACCOUNT = "ES91 2100 0418 4502 0005 1332"
TYPED = {"amount": "20", "way": "transfer", "account": ACCOUNT, "holder": "Amparo Gil", "days": "3"}


@pytest.fixture(autouse=True)
def cash(desk: Desk, shop: FakeShop) -> FakeShop:
    """The platform says that this order was paid to the courier."""
    by_hand = Capability(
        name="refund", available=False, reason="payment_manual", parameters={"payment": "Efectivo"}
    )
    platform = replace(desk.services.stores["pretend"], refund_capability=lambda order: by_hand)
    desk.services = replace(desk.services, stores={"pretend": platform})
    order = an_order("o1", email="carmen@example.com", payments=(a_payment(manual=True),))
    desk.save(order)
    return shop.holds(order)


def here(desk: Desk) -> Seat:
    return desk.seat(emails=["carmen@example.com"])


def previewed(desk: Desk, **typed: Any) -> ActionView:
    return act.preview(desk.services, here(desk), "manual_refund", BLUE, "o1", {**TYPED, **typed})


def noted(desk: Desk, **typed: Any) -> ActionView:
    action = previewed(desk, **typed)
    act.confirm(desk.services, here(desk), action.id)
    work(desk, action)
    return action


def supervisor(desk: Desk) -> Seat:
    connect.set_role(desk.services, desk.scope, desk.seat("marta").agent_id, "supervisor")
    return desk.seat("marta")


def sealed(desk: Desk, action: ActionView) -> bytes | None:
    with desk.services.database.reading() as connection:
        return manual.secret(desk.scope, connection, action.id)


@ONE_ENGINE
def test_it_takes_the_place_of_the_refund_and_says_why(desk: Desk) -> None:
    offers = act.offers(
        desk.services, here(desk), load_sidebar(desk.services, here(desk)).orders[0]
    )

    (by_hand,) = [offer for offer in offers if "refund" in offer.name]
    assert (by_hand.name, by_hand.available) == ("manual_refund", True)
    assert by_hand.reason == "payment_manual"


@ONE_ENGINE
def test_it_is_not_offered_where_the_gateway_pays_back(desk: Desk) -> None:
    platform = replace(
        desk.services.stores["pretend"],
        refund_capability=lambda order: Capability(name="refund", available=True),
    )
    services = replace(desk.services, stores={"pretend": platform})
    offers = act.offers(services, here(desk), load_sidebar(services, here(desk)).orders[0])

    assert [offer.name for offer in offers if "refund" in offer.name] == ["refund"]


@ONE_ENGINE
def test_what_a_gateway_can_pay_back_is_never_owed_beside(desk: Desk, shop: FakeShop) -> None:
    action = previewed(desk)
    act.confirm(desk.services, here(desk), action.id)
    shop.orders["o1"] = replace(shop.orders["o1"], payments=(a_payment(),))

    assert (work(desk, action).state, now(desk, action).code) == ("refused", "refund_by_gateway")
    with pytest.raises(Unsupported, match="refund_by_gateway"):
        previewed(desk)


def test_it_is_owed_until_somebody_shows_that_it_was_paid(desk: Desk, shop: FakeShop) -> None:
    action, marta = noted(desk), supervisor(desk)

    row = now(desk, action)
    assert (row.state, row.payment) == ("done", "due")
    assert (shop.paid, desk.seat("marta").waiting) == ([], 1)
    assert [item.state for item in attention.inbox(desk.services, marta).items] == ["done"]
    assert load_sidebar(desk.services, here(desk)).orders[0].action_state == "owed"

    with pytest.raises(ActionRefused, match="proof_missing"):
        owed.close(desk.services, marta, action.id, paid=True, proof=" ")
    owed.close(desk.services, marta, action.id, paid=True, proof="Transferencia 77")

    row = now(desk, action)
    assert (row.payment, row.parameters["who"]) == ("paid", "Marta")
    assert desk.seat("marta").waiting == 0
    assert steps(desk)[-2:] == ["done", "paid"]
    with pytest.raises(Conflict, match="action_not_open"):
        owed.close(desk.services, marta, action.id, paid=False, proof="otra vez")


def test_the_operator_closes_it_at_the_shell_alike(desk: Desk) -> None:
    action = noted(desk)
    closing = owed.Closing(who="operator", proof="Transferencia 77")

    row = owed.close_by(desk.services, desk.scope, action.id, closing, paid=False)

    assert (row.payment, sealed(desk, action)) == ("dropped", None)
    assert attention.waiting(desk.services, desk.scope) == ()


@ONE_ENGINE
def test_an_agent_neither_closes_it_nor_sees_the_account(desk: Desk) -> None:
    action = noted(desk)

    with pytest.raises(Forbidden, match="role_forbids"):
        owed.close(desk.services, here(desk), action.id, paid=True, proof="visto")
    with pytest.raises(Forbidden, match="role_forbids"):
        owed.payee(desk.services, here(desk), action.id)


def test_the_account_is_sealed_masked_looked_at_by_name_and_erased_in_the_end(desk: Desk) -> None:
    action, marta = noted(desk), supervisor(desk)
    row = now(desk, action)

    for text in ("2100", "Amparo"):
        assert text.encode() not in row.plan
        assert text.encode() not in (sealed(desk, action) or b"")
    assert action.plan.masked == "IBAN ES•••• 1332"
    assert owed.payee(desk.services, marta, action.id).account == ACCOUNT
    assert steps(desk)[-1] == "account_seen"

    owed.close(desk.services, marta, action.id, paid=True, proof="Transferencia 77")

    assert sealed(desk, action) is None
    with pytest.raises(NotFound, match="account_gone"):
        owed.payee(desk.services, marta, action.id)


def test_an_account_nobody_confirmed_is_erased_by_itself(desk: Desk) -> None:
    action = previewed(desk)
    assert sealed(desk, action)

    desk.clock.pass_(minutes=20)
    once(desk.services)

    assert sealed(desk, action) is None


def test_erasing_a_customer_takes_unconfirmed_accounts_along_and_leaves_what_is_owed(
    desk: Desk,
) -> None:
    first = noted(desk)
    second = previewed(desk)

    with desk.services.database.writing() as connection:
        personal.blank_actions(desk.scope, connection, BLUE, ["o1"])
        left = personal.unfinished(desk.scope, connection, BLUE, ["o1"])

    assert sealed(desk, first)
    assert sealed(desk, second) is None
    assert [row.id for row in left] == [first.id]


def test_more_than_is_left_is_never_owed(desk: Desk) -> None:
    noted(desk, amount="30")

    with pytest.raises(Conflict, match="manual_already") as refused:
        previewed(desk, amount="20.01")
    assert refused.value.parameters["amount"] == eur("30")
    assert previewed(desk, amount="20").state == "previewed"


def test_two_previews_of_the_same_money_are_owed_once(desk: Desk) -> None:
    first, second = previewed(desk, amount="30"), previewed(desk, amount="30")
    act.confirm(desk.services, here(desk), first.id)

    with pytest.raises(Conflict, match="manual_already"):
        act.confirm(desk.services, here(desk), second.id)


def test_what_is_not_to_be_paid_leaves_room_and_counts_no_more(desk: Desk) -> None:
    limit(desk, per_day="100")
    action, marta = noted(desk, amount="50"), supervisor(desk)

    owed.close(desk.services, marta, action.id, paid=False, proof="El cliente se quedó la lámpara")

    assert previewed(desk, amount="50").over is None


def test_it_is_no_way_round_the_limits_of_refunds(desk: Desk) -> None:
    limit(desk, per_action="40", per_day="60")

    by_amount = previewed(desk, amount="40.01").over
    noted(desk, amount="30")
    by_day = previewed(desk, amount="20").over

    assert by_amount is not None
    assert by_amount.what == "per_action"
    assert by_day is None
    limit(desk, per_day="49.99")
    assert previewed(desk, amount="20").over is not None


@ONE_ENGINE
def test_an_order_refunded_elsewhere_meanwhile_is_refused(desk: Desk, shop: FakeShop) -> None:
    action = previewed(desk)
    act.confirm(desk.services, here(desk), action.id)
    shop.orders["o1"] = replace(shop.orders["o1"], refunded=Money.of("5", "EUR"))

    assert (work(desk, action).state, now(desk, action).code) == ("refused", "order_changed")


def test_the_clock_does_not_ask_a_shop_about_it(desk: Desk) -> None:
    action = noted(desk)
    desk.clock.pass_(days=366)
    desk.woken.clear()

    settle.sweep(desk.services)

    assert not [wake for wake in desk.woken if wake[-1] == action.id]
    row = now(desk, action)
    assert (row.payment, row.due) == ("due", desk.clock() + timedelta(days=365))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"way": "pigeon"}, "way_unknown"),
        ({"account": "ES00 2100 0418 4502 0005 1332"}, "account_check"),
        ({"account": ""}, "account_missing"),
        ({"days": "-1"}, "days_invalid"),
        ({"days": "61"}, "days_invalid"),
        ({"amount": "50.01"}, "amount_above_refundable"),
        ({"amount": "0"}, "amount_zero"),
    ],
)
@ONE_ENGINE
def test_what_cannot_be_used_names_its_field(desk: Desk, typed: dict[str, str], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        previewed(desk, **typed)

    assert refused.value.code == code
    assert refused.value.parameters["field"]
    assert isinstance(refused.value, MostradorError)
