"""The journal finds what was done to it behind its back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import delete, select, update

from plugin.actions import journal
from plugin.db import journal as rows
from plugin.db.session import DbConnection
from plugin.db.tables import journal as entries
from plugin.db.tables import journal_heads, journal_payloads
from plugin.keys import KeyRing
from tests.fakes.shop import FakeShop
from tests.plugin.conftest import Desk
from tests.plugin.refunding import preview


def written(desk: Desk, count: int = 5) -> None:
    for number in range(count):
        with desk.services.database.writing() as connection:
            journal.record(
                desk.scope, connection, desk.services.keys, desk.clock(), "order:refund:done",
                {"action": f"ac_{number}", "amount": "5.00"}, {"agent_name": "Ana"},
            )  # fmt: skip


def verdict(desk: Desk) -> journal.Verdict:
    with desk.services.database.reading() as connection:
        return journal.verify(desk.scope, connection, desk.services.keys)


def tampered(desk: Desk, how: Callable[[DbConnection], object]) -> set[str]:
    written(desk)
    with desk.services.database.writing() as connection:
        how(connection)
    return {finding.code for finding in verdict(desk).findings}


def mine(desk: Desk, sequence: int) -> object:
    return (entries.c.workspace_id == desk.scope.workspace_id) & (entries.c.sequence == sequence)


def test_an_untouched_journal_is_intact(desk: Desk) -> None:
    written(desk)

    assert verdict(desk).intact
    assert verdict(desk).entries == 5


def test_an_edited_entry_is_found(desk: Desk) -> None:
    def edit(connection: DbConnection) -> None:
        facts = connection.execute(select(entries.c.facts).where(mine(desk, 3))).scalar_one()
        changed = facts.replace("5.00", "1.00")
        connection.execute(update(entries).where(mine(desk, 3)).values(facts=changed))

    assert "edited" in tampered(desk, edit)


def test_a_deleted_entry_is_found(desk: Desk) -> None:
    assert "missing" in tampered(desk, lambda c: c.execute(delete(entries).where(mine(desk, 3))))


def test_reordered_entries_are_found(desk: Desk) -> None:
    def swap(connection: DbConnection) -> None:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            connection.execute(update(entries).where(mine(desk, old)).values(sequence=new))

    assert {"moved", "order"} <= tampered(desk, swap)


def test_a_cut_tail_is_found(desk: Desk) -> None:
    assert tampered(desk, lambda c: c.execute(delete(entries).where(mine(desk, 5)))) == {"tail_cut"}


def test_a_cut_tail_with_a_moved_head_is_found(desk: Desk) -> None:
    def cut(connection: DbConnection) -> None:
        last = connection.execute(select(entries.c.hash).where(mine(desk, 4))).scalar_one()
        connection.execute(delete(entries).where(mine(desk, 5)))
        connection.execute(
            update(journal_heads)
            .where(journal_heads.c.workspace_id == desk.scope.workspace_id)
            .values(sequence=4, hash=last)
        )

    assert tampered(desk, cut) == {"head_edited"}


def test_a_rewrite_without_the_key_is_found(desk: Desk) -> None:
    def rewrite(connection: DbConnection) -> None:
        previous = ""
        for row in list(rows.entries(desk.scope, connection)):
            facts = row.facts.replace("5.00", "1.00")
            forged = hashlib.sha256((previous + facts).encode()).hexdigest()
            connection.execute(
                update(entries)
                .where(mine(desk, row.sequence))
                .values(facts=facts, previous=previous, hash=forged)
            )
            previous = forged
        connection.execute(
            update(journal_heads)
            .where(journal_heads.c.workspace_id == desk.scope.workspace_id)
            .values(hash=previous)
        )

    assert "edited" in tampered(desk, rewrite)


def test_an_edited_payload_is_found(desk: Desk) -> None:
    def edit(connection: DbConnection) -> None:
        connection.execute(
            update(journal_payloads)
            .where(
                journal_payloads.c.workspace_id == desk.scope.workspace_id,
                journal_payloads.c.sequence == 2,
            )
            .values(payload=desk.services.keys.seal(b'{"agent_name":"Eva"}'))
        )

    assert tampered(desk, edit) == {"payload_edited"}


def test_an_erased_payload_is_erased_and_not_broken(desk: Desk) -> None:
    written(desk)
    with desk.services.database.writing() as connection:
        rows.erase_payload(desk.scope, connection, 2, desk.clock())

    with desk.services.database.reading() as connection:
        exported = list(journal.export(desk.scope, connection, desk.services.keys))

    assert verdict(desk).intact
    assert verdict(desk).erased == 1
    assert [entry.get("payload") == "erased" for entry in exported[:3]] == [False, True, False]


def test_a_removed_payload_without_erasure_is_found(desk: Desk) -> None:
    def remove(connection: DbConnection) -> None:
        connection.execute(
            delete(journal_payloads).where(
                journal_payloads.c.workspace_id == desk.scope.workspace_id,
                journal_payloads.c.sequence == 2,
            )
        )

    assert tampered(desk, remove) == {"payload_missing"}


def test_the_export_ends_with_the_head(desk: Desk) -> None:
    written(desk, 2)

    with desk.services.database.reading() as connection:
        *_, last = journal.export(desk.scope, connection, desk.services.keys)

    assert last["head"]["sequence"] == 2


def test_entries_survive_a_rotated_key(desk: Desk) -> None:
    written(desk)
    rotated = KeyRing((Fernet.generate_key().decode(), *desk.services.keys.keys))

    with desk.services.database.reading() as connection:
        assert journal.verify(desk.scope, connection, rotated).intact


@pytest.mark.parametrize("facts", ["", "{", "[]", "null", "\u2028"])
def test_an_entry_that_is_no_longer_an_object_is_found_not_tripped_over(
    desk: Desk, facts: str
) -> None:
    def scribble(connection: DbConnection) -> None:
        connection.execute(update(entries).where(mine(desk, 3)).values(facts=facts))

    assert {"edited", "moved"} <= tampered(desk, scribble)


def test_a_chain_that_was_removed_with_its_head_is_found(desk: Desk, shop: FakeShop) -> None:
    preview(desk)
    with desk.services.database.writing() as connection:
        for table in (entries, journal_payloads, journal_heads):
            workspace = desk.scope.workspace_id
            connection.execute(delete(table).where(table.c.workspace_id == workspace))

    assert {finding.code for finding in verdict(desk).findings} == {"head_missing"}
