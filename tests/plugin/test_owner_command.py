"""The set-up link at the shell."""

from __future__ import annotations

import pytest

from plugin import serve
from plugin.actions import accounts
from plugin.actions.accounts import Person
from tests.plugin.test_cli import Operator, operator, run

__all__ = ["operator", "run"]

LINK = "https://panel.example/console/link/"


def test_the_link_of_an_installation_that_belongs_to_nobody(operator: Operator) -> None:
    first, second = (operator.told("owner", "link")["link"] for _ in range(2))

    assert first != second
    for link in (first, second):
        assert link.startswith(LINK)
        view = accounts.look_at_link(operator.services, link.removeprefix(LINK))
        assert (view.purpose, view.workspace_name) == ("setup", "Prueba")


def test_the_link_for_a_lost_password(operator: Operator) -> None:
    accounts.add_owner(
        operator.services, operator.scope, Person(password="", email="a@example.com")
    )

    for words in ((), ("--email", "A@example.com")):
        link = operator.told("owner", "link", *words)["link"]
        view = accounts.look_at_link(operator.services, link.removeprefix(LINK))
        assert (view.purpose, view.email) == ("login", "a@example.com")
    code, _, complaint = operator.run("owner", "link", "--email", "b@example.com")
    assert (code, complaint) == (1, "There is no account with that e-mail.\n")


def test_serving_prints_one_link_until_somebody_owns_it(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "run", lambda *_args, **_more: 0)

    code, said, _ = operator.run("serve")
    assert code == 0
    assert said.count(LINK) == said.count("\n") == 1
    secret = said.strip().rpartition("/")[2]
    person = Person(password="tres palabras sueltas", email="a@example.com", name="A")
    accounts.use_link(operator.services, secret, person, None)

    assert operator.run("serve")[1] == ""
