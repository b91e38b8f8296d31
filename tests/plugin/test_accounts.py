"""Who owns an installation, and what opens a door exactly once, on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.actions import accounts, connect, console, one_time
from plugin.actions.accounts import Person
from plugin.actions.workspaces import NewWorkspace, read_workspace
from plugin.db import connections as installed
from plugin.db.session import NOBODY
from plugin.db.tables import console_sessions, directory, one_time_keys
from plugin.errors import Conflict, InvalidInput, LaunchRefused, LinkRefused, MostradorError
from plugin.jobs import upkeep
from plugin.services import Services
from tests.plugin.conftest import Desk

PASSWORD = "tres palabras sueltas"
SHOP = NewWorkspace(name="Casa Oliva", country="ES", timezone="Europe/Madrid")


def person(**changes: str) -> Person:
    return replace(
        Person(password=PASSWORD, email="Dueña@Casa-Oliva.example", name="Alba"), **changes
    )


def secret(link: str) -> str:
    assert link.startswith("https://panel.example/console/link/")
    return link.rpartition("/")[2]


def code(error: pytest.ExceptionInfo[MostradorError]) -> str:
    return error.value.code


# -- the set-up link


def test_the_setup_link_makes_the_owner_of_a_workspace_that_is_there(desk: Desk) -> None:
    link = secret(accounts.setup_link(desk.services))

    assert not accounts.is_owned(desk.services)
    assert accounts.look_at_link(desk.services, link).workspace_name == "Prueba"
    scope, _ = accounts.use_link(desk.services, link, person(), None)

    assert scope == desk.scope
    assert accounts.is_owned(desk.services)
    seat = console.read_seat(desk.services, log_in(desk.services))
    assert seat is not None
    assert (seat.role, seat.workspace_name, seat.email) == (
        "owner", "Prueba", "dueña@casa-oliva.example",
    )  # fmt: skip


def log_in(services: Services, password: str = PASSWORD) -> str:
    return console.log_in(services, "DUEÑA@casa-oliva.example ", password)


def test_a_link_works_once(desk: Desk) -> None:
    link = secret(accounts.setup_link(desk.services))
    accounts.use_link(desk.services, link, person(), None)

    for again in (link, link):
        with pytest.raises(LinkRefused) as error:
            accounts.use_link(desk.services, again, person(email="b@example.com"), None)
        assert code(error) == "link_used"


def test_a_link_lives_for_an_hour(desk: Desk) -> None:
    link = secret(accounts.setup_link(desk.services))
    desk.clock.pass_(minutes=59)
    assert accounts.look_at_link(desk.services, link).purpose == "setup"
    desk.clock.pass_(minutes=1)

    with pytest.raises(LinkRefused) as error:
        accounts.use_link(desk.services, link, person(), None)

    assert code(error) == "link_expired"
    assert not accounts.is_owned(desk.services)


def test_a_form_that_does_not_fit_uses_nothing_up(desk: Desk) -> None:
    link = secret(accounts.setup_link(desk.services))

    for changes, refused in (
        ({"password": "corta"}, "password_short"),
        ({"password": "x" * 201}, "password_long"),
        ({"password": "aaaaaaaaaaaa"}, "password_guessable"),
        ({"password": "dueña@casa-oliva.example"}, "password_guessable"),
        ({"email": "nadie"}, "email_invalid"),
    ):
        with pytest.raises(InvalidInput) as error:
            accounts.use_link(desk.services, link, person(**changes), None)
        assert code(error) == refused

    accounts.use_link(desk.services, link, person(), None)


def test_of_two_links_used_at_once_one_makes_the_owner(desk: Desk) -> None:
    links = [secret(accounts.setup_link(desk.services)) for _ in range(4)]

    def use(number: int) -> str:
        try:
            accounts.use_link(
                desk.services, links[number], person(email=f"p{number}@example.com"), None
            )
        except LinkRefused as error:
            return error.code
        return "owner"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(use, range(4)))

    assert sorted(outcomes) == ["link_used", "link_used", "link_used", "owner"]
    with pytest.raises(Conflict) as error:
        accounts.setup_link(desk.services)
    assert code(error) == "installation_owned"


def test_the_workspace_is_made_with_the_owner_where_there_is_none(empty: Services) -> None:
    link = secret(accounts.setup_link(empty))

    assert accounts.look_at_link(empty, link).new_workspace
    with pytest.raises(InvalidInput):
        accounts.use_link(empty, link, person(), None)
    scope, _ = accounts.use_link(empty, link, person(locale="en"), SHOP)

    with empty.database.reading() as connection:
        made = installed.workspace(scope, connection)
        assert (made.name, made.country, made.locale) == ("Casa Oliva", "ES", "en")
        assert installed.all_scopes(connection) == [scope]


@pytest.fixture
def empty(desk: Desk) -> Services:
    """Without a workspace."""
    from sqlalchemy import delete

    from plugin.db import tables

    with desk.services.database.writing() as connection:
        for table in (tables.directory, tables.installs, tables.connections, tables.workspaces):
            connection.execute(delete(table).where(table.c.workspace_id == desk.scope.workspace_id))
    return desk.services


# -- a lost password


def test_an_owner_who_lost_the_password_chooses_another(desk: Desk) -> None:
    accounts.add_owner(desk.services, desk.scope, person())
    before = log_in(desk.services)
    links = [secret(accounts.owner_link(desk.services)) for _ in range(2)]

    accounts.use_link(desk.services, links[0], Person(password="otra vez de nuevo"), None)

    assert console.read_seat(desk.services, before) is None
    assert log_in(desk.services, "otra vez de nuevo")
    with pytest.raises(LaunchRefused):
        log_in(desk.services)
    for link in links:  # the other one ended with the first
        with pytest.raises(LinkRefused):
            accounts.look_at_link(desk.services, link)
        with pytest.raises(LinkRefused):
            accounts.use_link(desk.services, link, Person(password="y otra más aún"), None)


def test_an_owner_is_named_where_there_are_two(desk: Desk) -> None:
    for name in ("a", "b"):
        accounts.add_owner(desk.services, desk.scope, person(email=f"{name}@example.com"))

    with pytest.raises(Conflict) as error:
        accounts.owner_link(desk.services)
    assert code(error) == "owner_ambiguous"
    link = secret(accounts.owner_link(desk.services, "B@example.com"))
    assert accounts.look_at_link(desk.services, link).email == "b@example.com"
    with pytest.raises(MostradorError) as missing:
        accounts.owner_link(desk.services, "c@example.com")
    assert code(missing) == "account_not_found"


def test_a_shops_install_invites_its_first_admin(desk: Desk) -> None:
    accounts.add_owner(desk.services, desk.scope, person())
    other = connect.create_workspace(
        desk.services, name="Otra", locale="en", country="MX", timezone="America/Mexico_City"
    )

    link = secret(accounts.first_owner_link(desk.services, other, "Ana@otra.example", "Ana"))

    view = accounts.look_at_link(desk.services, link)
    assert (view.purpose, view.email, view.locale) == ("invite", "ana@otra.example", "en")
    with pytest.raises(LaunchRefused):  # no password yet, so no way in
        console.log_in(desk.services, "ana@otra.example", "")
    assert accounts.use_link(desk.services, link, Person(password=PASSWORD), None)[0] == other
    with pytest.raises(Conflict) as error:
        accounts.first_owner_link(desk.services, desk.scope, "ana@otra.example", "Ana")
    assert code(error) == "account_elsewhere"


def test_two_accounts_cannot_share_an_email(desk: Desk) -> None:
    accounts.add_owner(desk.services, desk.scope, person())

    with pytest.raises(Conflict) as error:
        accounts.add_owner(desk.services, desk.scope, person(email="DUEÑA@casa-oliva.example"))

    assert code(error) == "account_exists"


# -- sessions


def test_a_wrong_password_and_an_unknown_email_are_told_alike(desk: Desk) -> None:
    accounts.add_owner(desk.services, desk.scope, person())

    for email, password in (
        ("dueña@casa-oliva.example", "tres palabras juntas"),
        ("nobody@casa-oliva.example", PASSWORD),
        ("", ""),
    ):
        with pytest.raises(LaunchRefused) as error:
            console.log_in(desk.services, email, password)
        assert code(error) == "login_wrong"


def test_every_login_costs_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts.add_owner(desk.services, desk.scope, person())
    checked: list[str] = []
    monkeypatch.setattr(console, "_fits", lambda hash_, _given: checked.append(hash_[:30]))

    for email in ("dueña@casa-oliva.example", "nobody@example.com", ""):
        with pytest.raises(LaunchRefused):
            console.log_in(desk.services, email, "x")

    assert len(checked) == 3
    assert set(checked) == {checked[0]}  # same algorithm, same cost


def test_a_session_ends_by_itself_and_by_logging_out(desk: Desk) -> None:
    accounts.add_owner(desk.services, desk.scope, person())
    first, second = log_in(desk.services), log_in(desk.services)

    seat = console.read_seat(desk.services, first)
    assert seat is not None
    console.log_out(desk.services, seat)

    assert console.read_seat(desk.services, first) is None
    assert console.read_seat(desk.services, second) is not None
    desk.clock.now += console.SESSION_LIFE
    assert console.read_seat(desk.services, second) is None
    assert console.read_seat(desk.services, "never was") is None


def test_what_is_over_is_forgotten(desk: Desk) -> None:
    accounts.add_owner(desk.services, desk.scope, person())
    log_in(desk.services)
    connect.begin(
        desk.services, platform="pretend", scope=None, payload={}, life=timedelta(minutes=5)
    )
    desk.clock.now += console.SESSION_LIFE + timedelta(days=2)

    upkeep.once(desk.services)

    with desk.services.database.reading() as connection:
        for scope, table in ((desk.scope, console_sessions), (NOBODY, one_time_keys)):
            assert _count(connection, table, scope) == 0
        kinds = ("console", "one_time")
        assert not [row for row in _outside(connection, desk.scope) if row in kinds]
        assert _outside(connection, NOBODY) == []


def _count(connection: object, table: object, scope: object) -> int:
    from sqlalchemy import func, select

    where = table.c.workspace_id == scope.workspace_id  # type: ignore[attr-defined]
    return connection.execute(select(func.count()).where(where)).scalar()  # type: ignore[attr-defined, no-any-return]


def _outside(connection: object, scope: object) -> list[str]:
    from sqlalchemy import select

    where = directory.c.workspace_id == scope.workspace_id  # type: ignore[attr-defined]
    return list(connection.execute(select(directory.c.kind).where(where)).scalars())  # type: ignore[attr-defined]


# -- connections begun in the browser, claim codes


def test_a_state_comes_back_once_with_what_it_was_given(desk: Desk) -> None:
    services, payload = desk.services, {"address": "https://tienda.example", "ámbito": "ñ"}
    state = connect.begin(
        services, platform="pretend", scope=desk.scope, payload=payload, life=timedelta(minutes=9)
    )

    with pytest.raises(LinkRefused) as error:
        connect.finish(services, "other", state)
    assert code(error) == "state_unknown"
    assert connect.finish(services, "pretend", state) == (desk.scope, payload)
    with pytest.raises(LinkRefused) as error:
        connect.finish(services, "pretend", state)
    assert code(error) == "state_used"


def test_of_two_who_bring_a_state_at_once_one_counts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = connect.begin(
        desk.services, platform="pretend", scope=desk.scope, payload={}, life=timedelta(minutes=9)
    )
    with desk.services.database.reading() as connection:
        seen = one_time.look(desk.services, connection, state, ("connect:pretend",), "state")
    monkeypatch.setattr(one_time, "look", lambda *_: seen)  # both looked before either used it

    connect.finish(desk.services, "pretend", state)
    with pytest.raises(LinkRefused) as error:
        connect.finish(desk.services, "pretend", state)

    assert code(error) == "state_used"


def test_a_state_without_a_workspace_expires(desk: Desk) -> None:
    def begun() -> str:
        return connect.begin(
            desk.services, platform="pretend", scope=None, payload={}, life=timedelta(minutes=9)
        )

    assert connect.finish(desk.services, "pretend", begun()) == (None, {})
    late = begun()
    desk.clock.pass_(minutes=9)
    with pytest.raises(LinkRefused) as error:
        connect.finish(desk.services, "pretend", late)
    assert code(error) == "state_expired"


def test_what_a_state_carries_is_sealed(desk: Desk) -> None:
    connect.begin(
        desk.services, platform="pretend", scope=desk.scope, payload={"secret": "cs_hidden"},
        life=timedelta(minutes=9),
    )  # fmt: skip

    from sqlalchemy import select

    with desk.services.database.reading() as connection:
        where = one_time_keys.c.workspace_id == desk.scope.workspace_id
        row = connection.execute(select(one_time_keys).where(where)).one()
    assert b"cs_hidden" not in row.payload


def test_a_claim_code_joins_a_workspace_once(desk: Desk) -> None:
    made = connect.make_claim_code(desk.services, desk.scope)

    assert len(made) == 9
    assert connect.redeem_claim_code(desk.services, f" {made.lower()} ") == desk.scope
    with pytest.raises(LinkRefused) as error:
        connect.redeem_claim_code(desk.services, made)
    assert code(error) == "claim_used"
    with pytest.raises(LinkRefused) as error:
        connect.redeem_claim_code(desk.services, "AAAA-AAAA")
    assert code(error) == "claim_unknown"


def test_a_claim_code_expires(desk: Desk) -> None:
    made = connect.make_claim_code(desk.services, desk.scope)
    desk.clock.pass_(minutes=30)

    with pytest.raises(LinkRefused) as error:
        connect.redeem_claim_code(desk.services, made)

    assert code(error) == "claim_expired"


# -- what is typed about the business


def test_a_business_is_read_as_people_type_it() -> None:
    read = read_workspace("  Casa   Oliva ", "es", "Europe/Madrid", "casa-oliva.com; a@Olivá.com")

    assert read == NewWorkspace(
        name="Casa Oliva", country="ES", timezone="Europe/Madrid",
        own_domains=("casa-oliva.com", "xn--oliv-8na.com"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "refused"),
    [
        (("", "ES", "UTC", ""), "workspace_name_missing"),
        (("A", "XX", "UTC", ""), "country_unknown"),
        (("A", "ES", "Mars/Olympus", ""), "timezone_unknown"),
        (("A", "ES", "UTC", "not a domain"), "domain_invalid"),
    ],
)
def test_a_business_that_cannot_be_is_refused(
    typed: tuple[str, str, str, str], refused: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        read_workspace(*typed)

    assert code(error) == refused
