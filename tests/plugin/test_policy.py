"""Limits of roles: counted by the database in the transaction that confirms, on both engines."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from plugin.actions import act, connect, policy
from plugin.actions.kinds import KINDS
from plugin.actions.sidebar import load_sidebar
from plugin.actions.views import ActionView
from plugin.db import policies as limits
from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.errors import Conflict, Forbidden, InvalidInput, MostradorError
from tests.builders import an_order, eur
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.refunding import BLUE, confirm, now, preview, work

RACERS = 8


def limit(desk: Desk, role: str = "agent", currency: str = "EUR", **amounts: str) -> None:
    known = {name: Decimal(text) for name, text in amounts.items()}
    wanted = policy.Wanted(role=role, kind="refund", currency=currency, limits=known)
    policy.set_rule(desk.services, desk.scope, wanted, KINDS, "owner")


def fuse(desk: Desk, amount: str, currency: str = "EUR") -> None:
    policy.set_fuse(desk.services, desk.scope, currency, Decimal(amount), "owner")


def orders(desk: Desk, shop: FakeShop, count: int, **fields: Any) -> list[Order]:
    """Orders of different customers, unless a field says otherwise."""
    made = [
        an_order(f"x{n}", **{"email": f"person{n}@example.com", **fields}) for n in range(count)
    ]
    desk.save(*made)
    shop.holds(*made)
    return made


def preview_on(desk: Desk, order: Order, amount: str = "5", host_id: str = "ana") -> ActionView:
    seat = desk.seat(host_id, emails=[order.email])
    typed = {"mode": "amount", "amount": amount}
    return act.preview(desk.services, seat, "refund", BLUE, order.ref, typed)


def confirm_on(desk: Desk, order: Order, action: ActionView, host_id: str = "ana") -> ActionView:
    return act.confirm(desk.services, desk.seat(host_id, emails=[order.email]), action.id)


def test_without_rules_everything_is_as_before(desk: Desk, shop: FakeShop) -> None:
    action = confirm(desk, preview(desk, amount="50"))

    assert (action.state, action.over) == ("requested", None)


def test_above_the_limit_the_preview_says_so_and_nothing_moves(desk: Desk, shop: FakeShop) -> None:
    limit(desk, per_action="4.99")

    action = preview(desk)
    told = confirm(desk, action)

    for view in (action, told):
        assert view.over is not None
        assert (view.state, view.over.what, view.over.limit) == (
            "previewed", "per_action", eur("4.99"),
        )  # fmt: skip
    assert work(desk, action).state == "previewed"
    assert shop.paid == []


def test_limits_of_a_supervisor_are_their_own_and_an_owner_has_none(
    desk: Desk, shop: FakeShop
) -> None:
    limit(desk, per_action="1")
    limit(desk, "supervisor", per_action="20")
    agent_id = preview(desk).agent_id

    for role, above in (("agent", True), ("supervisor", False), ("owner", False)):
        connect.set_role(desk.services, desk.scope, agent_id, role)
        assert (preview(desk).over is not None) == above


def test_a_limit_in_one_currency_asks_for_approval_in_any_other(desk: Desk, shop: FakeShop) -> None:
    limit(desk, currency="MXN", per_action="1000")

    over = preview(desk).over

    assert over is not None
    assert (over.what, over.currency) == ("no_limit", "EUR")


def test_sums_count_what_may_have_happened_and_forget_what_did_not(
    desk: Desk, shop: FakeShop
) -> None:
    limit(desk, per_day="10")
    first, second, third = orders(desk, shop, 3)
    one = preview_on(desk, first)
    confirm_on(desk, first, one)
    other = preview_on(desk, second)
    confirm_on(desk, second, other)
    assert preview_on(desk, third).over is not None

    shop.reading = lambda: (_ for _ in ()).throw(Conflict("order_changed"))  # type: ignore[assignment]
    assert work(desk, one).state == "refused"
    shop.reading = lambda: None

    assert preview_on(desk, third).over is None


def test_a_day_ends_at_midnight_where_the_business_is(desk: Desk, shop: FakeShop) -> None:
    limit(desk, per_day="5")
    first, second = orders(desk, shop, 2)
    desk.clock.now = desk.clock.now.replace(hour=22, minute=59)  # 23:59 in Madrid
    confirm_on(desk, first, preview_on(desk, first))
    assert preview_on(desk, second).over is not None

    desk.clock.pass_(minutes=2)

    assert preview_on(desk, second).over is None


def test_a_customer_is_counted_over_all_agents_for_thirty_days(desk: Desk, shop: FakeShop) -> None:
    limit(desk, per_customer="8")
    first, second = orders(desk, shop, 2, email="carmen@example.com")
    confirm_on(desk, first, preview_on(desk, first))

    over = preview_on(desk, second, host_id="diego").over
    assert over is not None
    assert over.what == "per_customer"

    desk.clock.pass_(days=30, minutes=1)
    assert preview_on(desk, second, host_id="diego").over is None


def test_the_fuse_stops_everybody_until_the_hour_has_passed(desk: Desk, shop: FakeShop) -> None:
    fuse(desk, "8")
    first, second = orders(desk, shop, 2)
    one, other = preview_on(desk, first), preview_on(desk, second, host_id="diego")
    connect.set_role(desk.services, desk.scope, other.agent_id, "owner")
    confirm_on(desk, first, one)

    with pytest.raises(Conflict, match="fuse_blown") as blown:
        confirm_on(desk, second, other, "diego")
    assert blown.value.parameters["limit"] == eur("8")

    desk.clock.pass_(minutes=61)
    again = preview_on(desk, second, host_id="diego")
    assert confirm_on(desk, second, again, "diego").state == "requested"


def test_a_limit_taken_away_is_gone(desk: Desk, shop: FakeShop) -> None:
    limit(desk, per_action="1")
    limit(desk, per_action=str(policy.CLEAR))

    assert preview(desk).over is None


def test_a_kind_taken_from_a_role_is_not_offered_and_not_confirmed(
    desk: Desk, shop: FakeShop
) -> None:
    action = preview(desk)
    wanted = policy.Wanted(role="agent", kind="refund", allowed=False)
    policy.set_rule(desk.services, desk.scope, wanted, KINDS, "owner")
    seat = desk.seat(emails=["carmen@example.com"])

    offers = act.offers(desk.services, seat, load_sidebar(desk.services, seat).orders[0])
    assert "refund" not in [offer.name for offer in offers]
    with pytest.raises(Forbidden, match="role_forbids"):
        preview(desk)
    with pytest.raises(Forbidden, match="role_forbids"):
        confirm(desk, action)


def test_a_kind_taken_away_while_the_agent_confirms_is_refused_by_the_database(
    desk: Desk, shop: FakeShop
) -> None:
    action = preview(desk)
    seat = desk.seat(emails=["carmen@example.com"])
    wanted = policy.Wanted(role="agent", kind="refund", allowed=False)
    policy.set_rule(desk.services, desk.scope, wanted, KINDS, "owner")

    with pytest.raises(Forbidden, match="role_forbids"):
        act.confirm(desk.services, seat, action.id)
    assert now(desk, action).state == "previewed"


def test_a_reason_is_required_where_the_owner_wants_one(desk: Desk, shop: FakeShop) -> None:
    wanted = policy.Wanted(role="agent", kind="refund", reason_required=True)
    policy.set_rule(desk.services, desk.scope, wanted, KINDS, "owner")
    seat = desk.seat(emails=["carmen@example.com"])

    assert act.form_of(desk.services, seat, "refund", BLUE, "o1", {}).reason_required
    with pytest.raises(InvalidInput, match="reason_missing"):
        preview(desk)


def test_the_owners_reasons_stand_in_the_form(desk: Desk, shop: FakeShop) -> None:
    texts = ("Llegó  roto", "Talla equivocada", "Llegó roto", " ")
    policy.set_reasons(desk.services, desk.scope, "refund", texts, KINDS, "owner")
    seat = desk.seat(emails=["carmen@example.com"])

    form = act.form_of(desk.services, seat, "refund", BLUE, "o1", {})
    assert form.reasons == ("Llegó roto", "Talla equivocada")

    policy.set_reasons(desk.services, desk.scope, "refund", (), KINDS, "owner")
    assert act.form_of(desk.services, seat, "refund", BLUE, "o1", {}).reasons == ()
    with pytest.raises(InvalidInput, match="kind_unknown"):
        policy.set_reasons(desk.services, desk.scope, "nothing", texts, KINDS, "owner")
    many = [str(number) for number in range(31)]
    with pytest.raises(InvalidInput, match="reasons_too_many"):
        policy.set_reasons(desk.services, desk.scope, "refund", many, KINDS, "owner")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (policy.Wanted(role="owner", kind="refund", allowed=False), "role_unlimited"),
        (policy.Wanted(role="viewer", kind="refund", allowed=True), "role_unlimited"),
        (policy.Wanted(role="agent", kind="nothing", allowed=True), "kind_unknown"),
        (policy.Wanted(role="agent", kind="refund", limits={"per_day": Decimal(1)}),
         "currency_missing"),
        (policy.Wanted(role="agent", kind="refund", currency="EUR",
                       limits={"per_day": Decimal(-5)}), "limit_negative"),
        (policy.Wanted(role="agent", kind="manual_refund", currency="EUR",
                       limits={"per_day": Decimal(5)}), "limits_shared"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_said(desk: Desk, wanted: policy.Wanted, code: str) -> None:
    with pytest.raises(InvalidInput, match=code):
        policy.set_rule(desk.services, desk.scope, wanted, KINDS, "owner")


def confirmed_at_once(desk: Desk, made: Sequence[Order], hosts: Sequence[str]) -> list[str]:
    """All at the same moment; what became of each."""
    pairs = list(zip(made, hosts, strict=True))
    actions = [preview_on(desk, order, host_id=host) for order, host in pairs]
    seats = [desk.seat(host, emails=[order.email]) for order, host in pairs]
    start = threading.Barrier(len(pairs))

    def one(number: int) -> str:
        start.wait()
        try:
            return act.confirm(desk.services, seats[number], actions[number].id).state
        except MostradorError as error:
            return error.code

    with ThreadPoolExecutor(len(pairs)) as pool:
        return list(pool.map(one, range(len(pairs))))


@pytest.mark.parametrize("what", ["per_day", "per_customer", "fuse"])
def test_confirmations_at_once_do_not_pass_a_limit(desk: Desk, shop: FakeShop, what: str) -> None:
    """Room for three of eight."""
    hosts = [f"agent{n}" if what != "per_day" else "ana" for n in range(RACERS)]
    fields = {"email": "one@example.com"} if what == "per_customer" else {}
    made = orders(desk, shop, RACERS, **fields)
    if what == "fuse":
        fuse(desk, "15")
    else:
        limit(desk, **{what: "19.99"})

    ends = confirmed_at_once(desk, made, hosts)

    assert ends.count("requested") == 3
    assert set(ends) == {"requested", "fuse_blown" if what == "fuse" else "previewed"}


def test_sums_are_exact(desk: Desk, shop: FakeShop) -> None:
    made = orders(desk, shop, 10)
    for order in made:
        confirm_on(desk, order, preview_on(desk, order, "0.10"))
    agent = preview(desk).agent_id
    with desk.services.database.reading() as connection:
        since = desk.clock.now.replace(hour=0)
        at = (desk.scope, connection, agent, ["refund"], "EUR", since)

        assert limits.spent_by(*at) == Decimal("1.0000")
        assert limits.spent_by_all(desk.scope, connection, "MXN", since) == Decimal(0)


def test_what_the_owner_sets_is_journalled(desk: Desk) -> None:
    from tests.plugin.refunding import steps

    limit(desk, per_action="50")
    fuse(desk, "100")

    assert steps(desk) == ["limit", "fuse"]


def test_zero_decimal_currencies_are_counted_as_they_are(desk: Desk, shop: FakeShop) -> None:
    limit(desk, currency="CLP", per_action="4000")
    pesos, none = Money.of("9000", "CLP"), Money.zero("CLP")
    order = an_order(
        "clp", email="carmen@example.com", currency="CLP", total=pesos, subtotal=pesos,
        refunded=none, payments=(), lines=(),
    )  # fmt: skip
    desk.save(order)
    shop.holds(order)

    assert preview_on(desk, order, "4000").over is None
    assert preview_on(desk, order, "4001").over is not None
