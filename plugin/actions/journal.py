"""The journal: every step of every action, append-only, hash-chained under the key ring.

An entry's hash covers its facts (ids, amounts, states), the MAC of its personal payload and the
hash before it. The payload lives in a row of its own that can be erased without breaking the chain.
The chain's MAC names which ring key made it only by trying them: old keys stay valid.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.db import journal as rows
from plugin.db import ledger as actions
from plugin.db.session import DbConnection, Scope
from plugin.errors import SetupError
from plugin.keys import KeyRing


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at one place of the chain."""

    sequence: int
    code: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`entries` read, `erased` of them without payload, and the head to compare with an export."""

    entries: int
    erased: int
    head_sequence: int
    head_hash: str
    findings: tuple[Finding, ...]

    @property
    def intact(self) -> bool:
        return not self.findings


def record(
    scope: Scope,
    connection: DbConnection,
    keys: KeyRing,
    now: datetime,
    event: str,
    facts: Mapping[str, object],
    payload: Mapping[str, object],
) -> None:
    """Appends one entry in the caller's transaction, so that a step and its record are one.
    `facts` hold ids, amounts and states; `payload` what is personal (names, reasons)."""
    head = rows.lock_head(scope, connection)
    previous = head.hash if head else ""
    sequence = (head.sequence if head else 0) + 1
    text = _canonical({"sequence": sequence, "at": now.isoformat(), "event": event, **facts})
    salt = secrets.token_bytes(16)
    body = _canonical(payload).encode()
    payload_mac = keys.mac("journal payload", salt + body).hex()
    chained = keys.mac("journal", _link(scope, previous, text, payload_mac)).hex()
    entry: dict[str, object] = {
        "sequence": sequence,
        "facts": text,
        "payload_mac": payload_mac,
        "previous": previous,
        "hash": chained,
    }
    mac = keys.mac("journal head", _head(scope, sequence, chained)).hex()
    rows.append(scope, connection, entry, salt, keys.seal(body), mac)


def verify(scope: Scope, connection: DbConnection, keys: KeyRing) -> Verdict:
    """Reads the whole chain and names every break."""
    findings: list[Finding] = []
    previous, expected, erased = "", 1, 0
    for row in rows.entries(scope, connection):
        if row.sequence != expected:
            findings.append(Finding(expected, "missing"))
        findings.extend(_check_entry(scope, keys, row, previous))
        erased += row.erased_at is not None
        previous, expected = row.hash, row.sequence + 1
    head = rows.head(scope, connection)
    if head is None and (expected > 1 or actions.recent(scope, connection, 1)):
        findings.append(Finding(expected - 1, "head_missing"))  # no action is without an entry
    findings.extend(_check_head(scope, keys, head, expected - 1, previous))
    return Verdict(
        entries=expected - 1,
        erased=erased,
        head_sequence=head.sequence if head else 0,
        head_hash=head.hash if head else "",
        findings=tuple(findings),
    )


def export(
    scope: Scope, connection: DbConnection, keys: KeyRing,
    wanted: Callable[[Mapping[str, Any]], bool] = lambda facts: True,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """One object per entry whose facts are wanted, then the head, so that a cut tail shows."""
    for row in rows.entries(scope, connection):
        if wanted(facts := json.loads(row.facts)):
            yield _read(keys, row, facts)
    head = rows.head(scope, connection)
    yield {"head": {"sequence": head.sequence if head else 0, "hash": head.hash if head else ""}}


def of_action(
    scope: Scope, connection: DbConnection, keys: KeyRing, action_id: str
) -> list[dict[str, Any]]:
    """Every step of one action, the first first."""
    found = rows.entries(scope, connection, about=f'"action":"{action_id}"')
    return [_read(keys, row, json.loads(row.facts)) for row in found]


def of_limits(scope: Scope, connection: DbConnection, keys: KeyRing) -> list[dict[str, Any]]:
    """What was changed about who may do what, the first first."""
    found = rows.entries(scope, connection, about='"event":"policy:')
    return [_read(keys, row, json.loads(row.facts)) for row in found]


def _read(keys: KeyRing, row: Any, facts: Mapping[str, Any]) -> dict[str, Any]:
    payload = "erased" if row.payload is None else json.loads(keys.open(row.payload))
    return {**facts, "payload": payload, "hash": row.hash}


def _check_entry(scope: Scope, keys: KeyRing, row: Any, previous: str) -> Iterator[Finding]:
    if row.previous != previous:
        yield Finding(row.sequence, "order")
    link = _link(scope, row.previous, row.facts, row.payload_mac)
    if not _checks(keys, "journal", link, row.hash):
        yield Finding(row.sequence, "edited")
    if _sequence(row.facts) != row.sequence:
        yield Finding(row.sequence, "moved")
    if row.payload_sequence is None or (row.payload is None and row.erased_at is None):
        yield Finding(row.sequence, "payload_missing")
    elif row.payload is not None and not _payload_holds(keys, row):
        yield Finding(row.sequence, "payload_edited")


def _sequence(facts: str) -> object:
    try:
        known = json.loads(facts)
    except ValueError:
        return None
    return known.get("sequence") if isinstance(known, dict) else None


def _payload_holds(keys: KeyRing, row: Any) -> bool:
    try:
        body = keys.open(row.payload)
    except SetupError:
        return False
    return _checks(keys, "journal payload", (row.salt or b"") + body, row.payload_mac)


def _check_head(
    scope: Scope, keys: KeyRing, head: Any, last: int, chained: str
) -> Iterator[Finding]:
    if head is None:
        return
    if (head.sequence, head.hash) != (last, chained):
        yield Finding(last + 1, "tail_cut")
    if head.sequence and not _checks(
        keys, "journal head", _head(scope, head.sequence, head.hash), head.mac
    ):
        yield Finding(head.sequence, "head_edited")


def _checks(keys: KeyRing, purpose: str, data: bytes, mac: str) -> bool:
    try:
        return keys.checks(purpose, data, bytes.fromhex(mac))
    except ValueError:
        return False


def _canonical(values: Mapping[str, object]) -> str:
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _link(scope: Scope, previous: str, facts: str, payload_mac: str) -> bytes:
    return json.dumps([scope.workspace_id, previous, facts, payload_mac]).encode()


def _head(scope: Scope, sequence: int, chained: str) -> bytes:
    return json.dumps([scope.workspace_id, sequence, chained]).encode()
