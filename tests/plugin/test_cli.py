"""Every command answers in JSON, on an empty workspace and on a full one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete

from plugin import cli
from plugin.actions import connect, installs
from plugin.actions.ledger import must_get
from plugin.actions.records import save_orders
from plugin.db import connections as installed
from plugin.db import ledger as rows
from plugin.db.migrate import upgrade
from plugin.db.session import Scope
from plugin.db.tables import journal as entries
from plugin.services import Services
from plugin.settings import Settings
from plugin.wiring import build_services
from tests.builders import an_order, eur
from tests.fakes.shop import a_plan


@dataclass
class Operator:
    """What a person at the shell has; `run` gives exit code, output and complaint."""

    services: Services
    scope: Scope
    run: Callable[..., tuple[int, str, str]]

    def told(self, *words: str) -> Any:
        code, out, err = self.run(*words, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.setenv("PUBLIC_URL", "https://panel.example")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["mostrador", *words])
        try:
            cli.main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def operator(run: Callable[..., tuple[int, str, str]], tmp_path: Path) -> Iterator[Operator]:
    settings = Settings.from_env(
        {"PUBLIC_URL": "https://panel.example", "DATA_DIR": str(tmp_path / "data")}
    )
    (tmp_path / "data").mkdir()
    upgrade(settings.database_url)
    services = build_services(settings)
    scope = connect.create_workspace(
        services, name="Prueba", locale="es", country="ES", timezone="UTC"
    )
    yield Operator(services, scope, run)
    services.database.close()


def filled(operator: Operator, state: str = "needs_person") -> str:
    """One shop, one install, one agent and one action; gives the action's id."""
    services, scope = operator.services, operator.scope
    now = services.clock()
    install = installs.install_helpdesk(
        services, scope, helpdesk=next(iter(services.helpdesks)), label="", origins=[]
    )
    agent_id = connect.name_agent(
        services, scope, install_id=install.id, host_id="ana", name="Ana", role="agent"
    )
    plan = a_plan(an_order("o1"), eur("5.00"))
    action = {
        "id": "ac_1", "kind": "refund", "exclusive": True, "connection_id": "co_1",
        "order_ref": "o1", "order_number": "1001", "state": state, "parameters": {},
        "plan": msgspec.json.encode(plan), "amount": plan.amount.amount, "currency": "EUR",
        "agent_id": agent_id, "agent_name": "Ana", "created_at": now, "expires_at": now,
        "attempts": 0,
    }  # fmt: skip
    shop = {
        "id": "co_1", "platform": next(iter(services.stores)), "label": "Azul", "address": "x",
        "credentials": services.keys.seal(b"{}"), "options": {}, "sync": {}, "created_at": now,
    }  # fmt: skip
    from plugin.actions import ledger

    with services.database.writing() as connection:
        installed.add_connection(scope, connection, shop)
        rows.add(scope, connection, action)
        row = must_get(scope, connection, "ac_1")
        ledger.note(services, scope, connection, row, state)
    return agent_id


LISTS = [("connections",), ("agents", "list"), ("actions",), ("waiting",)]


@pytest.mark.parametrize("words", LISTS)
def test_an_empty_workspace_has_empty_lists(operator: Operator, words: tuple[str, ...]) -> None:
    assert operator.told(*words) == []


@pytest.mark.parametrize("words", LISTS)
def test_a_full_workspace_lists_what_it_has(operator: Operator, words: tuple[str, ...]) -> None:
    filled(operator)

    assert len(operator.told(*words)) == 1
    assert operator.run(*words)[0] == 0


def test_own_domains_are_told_replaced_and_forgotten(operator: Operator) -> None:
    replaced = operator.told("domains", "Tienda.example", "info@casa.example")

    assert replaced == {"domains": ["tienda.example", "casa.example"]}
    assert operator.told("domains") == replaced
    assert operator.told("domains", "--none") == {"domains": []}
    assert operator.run("domains", "<b>")[0] == 1


def test_an_address_is_told_with_what_the_host_fills_in(operator: Operator) -> None:
    named = [h for h in operator.services.helpdesks.values() if any(s.suffix for s in h.steps)]

    for helpdesk in named:
        endings = [step.suffix for step in helpdesk.steps if step.suffix]
        told = operator.told("install", helpdesk.key)
        lookups = [value for name, value in told.items() if name.startswith("lookup")]
        assert [value.partition("/lookup")[2] for value in lookups] == endings
    assert named


def test_an_install_is_told_with_its_secret_once(operator: Operator) -> None:
    helpdesk = next(iter(operator.services.helpdesks))

    made = operator.told("install", helpdesk, "--origin", "https://desk.example")

    assert made["url"] == f"https://panel.example/panel/{made['id']}/v1"
    assert made["secret"]


def test_limits_are_set_and_listed(operator: Operator) -> None:
    role = ("--role", "agent", "--kind", "refund")

    operator.told("agents", "limit", *role, "--currency", "eur", "--per-action", "50,00")
    operator.told("agents", "limit", *role, "--reason", "--forbid")
    operator.told("agents", "limit", "--currency", "EUR", "--per-hour", "500")
    told = operator.told("agents", "limits")

    switches, euros, fuse = told
    assert (switches["allowed"], switches["reason_required"]) == (False, True)
    assert (euros["currency"], euros["per_action"], euros["per_day"]) == ("EUR", "50", None)
    assert fuse == {"currency": "EUR", "per_hour": "500"}


def test_reasons_are_offered_and_taken_away(operator: Operator) -> None:
    kind = ("agents", "reasons", "--kind", "refund")

    assert operator.told(*kind, "Llegó roto", "Otra talla") == [
        {"kind": "refund", "reason": "Llegó roto"}, {"kind": "refund", "reason": "Otra talla"},
    ]  # fmt: skip
    assert len(operator.told(*kind)) == 2
    assert operator.told(*kind, "--none") == []


def test_a_limit_is_taken_away_again(operator: Operator) -> None:
    fuse = ("agents", "limit", "--currency", "EUR", "--per-hour")
    operator.told(*fuse, "500")

    assert operator.told(*fuse, "none") == []


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--per-action", "50", "--currency", "EUR"),
        ("--role", "agent", "--kind", "refund", "--per-action", "50"),
        ("--role", "agent", "--kind", "refund", "--per-action", "x", "--currency", "EUR"),
    ],
)
def test_half_a_limit_is_a_sentence(operator: Operator, words: tuple[str, ...]) -> None:
    code, _, err = operator.run("agents", "limit", *words)

    assert code == 1
    assert err.strip()


def test_a_role_is_given(operator: Operator) -> None:
    agent_id = filled(operator)

    assert operator.told("agents", "role", agent_id, "supervisor")["role"] == "supervisor"
    assert operator.told("agents", "list")[0]["role"] == "supervisor"


def test_a_sync_is_asked_of_the_worker(operator: Operator) -> None:
    filled(operator)

    said = operator.told("sync", "co_1")

    assert (said["connection"], said["waited"]) == ("co_1", False)


@pytest.mark.parametrize(("how", "state"), [("done", "done"), ("not-done", "not_done")])
def test_a_person_settles_from_the_shell(operator: Operator, how: str, state: str) -> None:
    filled(operator)

    told = operator.told("settle", "ac_1", "--as", how, "--proof", "Bank 4711")

    assert (told["state"], told["amount"], told["code"]) == (state, "5", "settled_by_person")
    assert operator.told("journal", "verify")["intact"]


@pytest.mark.parametrize(
    "words",
    [
        ("agents", "role", "ag_nobody", "viewer"),
        ("sync", "co_nothing"),
        ("sync", "co_nothing", "--wait"),
        ("settle", "ac_nothing", "--as", "done", "--proof", "x"),
        ("settle", "ac_1", "--as", "done", "--proof", " "),
        ("install", "nothing"),
        ("connect", "nothing", "--address", "https://x.example"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_one(
    operator: Operator, words: tuple[str, ...]
) -> None:
    filled(operator)

    code, out, err = operator.run(*words, "--json")

    assert (code, out) == (1, "")
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err


def test_an_open_action_alone_can_be_settled(operator: Operator) -> None:
    filled(operator, state="done")

    assert operator.run("settle", "ac_1", "--as", "not-done", "--proof", "x")[0] == 1


def test_a_whole_journal_is_verified_with_exit_code_zero(operator: Operator) -> None:
    assert operator.told("journal", "verify")["entries"] == 0
    filled(operator)

    assert operator.told("journal", "verify")["entries"] == 1


def test_a_broken_journal_is_exit_code_one(operator: Operator) -> None:
    filled(operator)
    with operator.services.database.writing() as connection:
        connection.execute(
            delete(entries).where(entries.c.workspace_id == operator.scope.workspace_id)
        )

    code, out, _ = operator.run("journal", "verify", "--json")

    assert code == 1
    assert [finding["code"] for finding in json.loads(out)["findings"]] == ["tail_cut"]


def test_the_export_is_one_object_a_line_and_the_head_last(operator: Operator) -> None:
    filled(operator)

    _, out, _ = operator.run("journal", "export", "--json")
    *_, last = map(json.loads, out.splitlines())

    assert last["head"]["sequence"] == 1


def test_the_export_and_the_list_take_filters(operator: Operator) -> None:
    filled(operator)

    for wanted in (("--order", "none"), ("--agent", "nobody"), ("--until", "2020-01-01")):
        _, out, _ = operator.run("journal", "export", *wanted, "--json")
        _, listed, _ = operator.run("actions", *wanted, "--json")
        assert len(out.splitlines()) == 1, wanted
        assert json.loads(listed) == []
    code, _, said = operator.run("actions", "--since", "yesterday")
    assert (code, "no such day" in said) == (1, True)


def test_migrate_makes_the_folder_and_the_tables(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    code, out, _ = run("migrate", "--json")

    assert (code, json.loads(out)) == (0, {"migrated": True})
    assert (tmp_path / "data" / "mostrador.sqlite3").exists()


def test_without_tables_or_workspace_it_says_what_to_do(
    run: Callable[..., tuple[int, str, str]],
) -> None:
    before = run("connections")
    run("migrate")
    after = run("connections")

    assert before[0] == after[0] == 1
    assert "mostrador migrate" in before[2]
    assert "Traceback" not in after[2]


def test_a_wrong_setting_is_one_sentence(
    run: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "http://panel.example")

    code, _, err = run("connections")

    assert code == 1
    assert "PUBLIC_URL" in err
    assert len(err.strip().splitlines()) == 1


def test_the_doctor_ends_with_one_when_something_is_wrong(operator: Operator) -> None:
    code, out, _ = operator.run("doctor", "--json")

    wrong = {finding["code"] for finding in json.loads(out) if finding["level"] == "problem"}
    assert (code, wrong) == (1, {"doctor.proxy_none", "doctor.worker_never"})


def test_a_workspace_is_made_once(run: Callable[..., tuple[int, str, str]]) -> None:
    words = ("workspace", "--name", "Prueba", "--country", "es")

    first, second = run(*words), run(*words)

    assert (first[0], second[0]) == (0, 1)
    assert second[2] == "There is a workspace already.\n"


def test_a_failed_connection_says_why_and_what_to_copy(operator: Operator) -> None:
    words = ("connect", "woocommerce", "--address", "https://10.0.0.8", "--key", "ck_1")

    code, out, _ = operator.run(*words, "--json")
    told = json.loads(out)
    plain = operator.run(*words)

    assert (code, told["code"]) == (1, "keys_malformed")
    assert told["hosting"] == {}
    assert "ck_" in plain[2]


def test_a_customer_is_reported_and_forgotten_by_hand(operator: Operator, tmp_path: Path) -> None:
    filled(operator, state="done")
    services, scope = operator.services, operator.scope
    with services.database.writing() as connection:
        order = an_order("o1", number="1001", email="carmen@example.com")
        save_orders(scope, connection, "co_1", [order], "ES", services.clock())

    code, out, _ = operator.run("privacy", "report", "co_1", "carmen@example.com")
    page = tmp_path / "report.html"
    operator.told("privacy", "report", "co_1", "carmen@example.com", "--page", str(page))
    erased = operator.told("privacy", "erase-customer", "co_1", "carmen@example.com")
    asked = operator.told("privacy", "requests")

    assert (code, [one["ref"] for one in json.loads(out)["orders"]]) == (0, ["o1"])
    assert "carmen@example.com" in page.read_text()
    assert (erased["state"], erased["orders"]) == ("done", 1)
    assert [(one["kind"], one["state"]) for one in asked] == [
        ("erase_customer", "done"), ("report", "done"), ("report", "done"),
    ]  # fmt: skip


def test_a_shop_is_disconnected_and_what_is_left_to_do_is_said(operator: Operator) -> None:
    filled(operator)

    told = operator.told("disconnect", "co_1", "--data", "keep")
    _, out, _ = operator.run("disconnect", "co_1", "--data", "erase")

    assert (told["actions_open"], told["data"]) == (1, "keep")
    assert {"disconnect.data_keep", "disconnect.actions_open"} <= {n["code"] for n in told["notes"]}
    assert "Erasing waits" in out


def test_a_backfill_is_paused_and_resumed(operator: Operator) -> None:
    filled(operator)

    assert operator.told("sync", "co_1", "--pause")["sync"] == "paused"
    (shop,) = operator.told("connections")
    assert shop["sync"] == "paused"
    assert [part["part"] for part in shop["parts"]] == ["customers", "orders", "products"]
    assert operator.told("sync", "co_1")["sync"] == "paused"
    assert operator.told("sync", "co_1", "--resume")["sync"] == "waiting"


def test_pause_and_resume_exclude_each_other(operator: Operator) -> None:
    filled(operator)

    code, _out, err = operator.run("sync", "co_1", "--pause", "--resume")

    assert code == 2
    assert "exclude" in err
