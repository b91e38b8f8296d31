"""The worker's side of demands of the law: forgets a customer or a shop, and comes again for what
cannot be done yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from plugin.actions import erasure, privacy
from plugin.actions.shops import close_shop, open_shop
from plugin.db import connections as installed
from plugin.db import personal
from plugin.db import privacy as rows
from plugin.db.connections import ConnectionRow
from plugin.db.privacy import RequestRow
from plugin.db.session import Scope
from plugin.domain.identity import normal_email
from plugin.errors import GrantRevoked, MostradorError, SetupError
from plugin.log import logger
from plugin.ports.webhooks import Demand
from plugin.services import Services

LEASE = timedelta(minutes=2)
AGAIN = timedelta(minutes=10)
DOUBT = timedelta(days=20)
log = logger("privacy")


def work(services: Services, scope: Scope, request_id: str) -> None:
    """The job. What cannot be done now is tried again until it is."""
    now = services.clock()
    with services.database.writing() as connection:
        row = rows.get(scope, connection, request_id)
        if row is None or row.due is None or not rows.take(scope, connection, row, now + LEASE):
            return
    try:
        state, code, counts = _done(services, scope, row)
    except MostradorError as error:
        state, code, counts = "waiting", error.code, {}
    _finish(services, scope, row, state, code, counts)


def _done(
    services: Services, scope: Scope, row: RequestRow
) -> tuple[str, str, dict[str, int]]:  # fmt: skip
    """(state, code, counts)."""
    demand = privacy.subject_of(services, row)
    if row.kind == "erase_customer":
        counts = erasure.erase_customer(services, scope, row.connection_id, demand)
        _close_reports(services, scope, row, demand)
        if counts["actions_open"]:
            return "waiting", "action_open", counts
        return "done", "", counts
    with services.database.reading() as connection:
        shop = installed.connection_row(scope, connection, row.connection_id)
    if shop is not None and _is_installed(services, scope, shop, row):
        return "kept", "shop_reinstalled", {}
    with services.database.writing() as connection:
        if personal.unfinished(scope, connection, row.connection_id):
            return "waiting", "action_open", {}
        close_shop(services, scope, connection, row.connection_id)
    return "done", "", erasure.erase_shop(services, scope, row.connection_id)


def _is_installed(
    services: Services, scope: Scope, shop: ConnectionRow, row: RequestRow
) -> bool:  # fmt: skip
    """Whether the shop came back after what the demand is about. The demand speaks of a removal
    before it was sent; a shop that answers our credentials has the app now. One that neither
    takes nor refuses them for weeks has gone."""
    if shop.installed_at > (row.triggered_at or row.received_at):
        return True
    if row.origin == "owner" or not shop.lives or services.clock() - row.received_at > DOUBT:
        return False
    try:
        open_shop(services, scope, shop.id).shop()
    except (GrantRevoked, SetupError):
        return False
    return True


def _finish(
    services: Services, scope: Scope, row: RequestRow, state: str, code: str,
    counts: Mapping[str, int],
) -> None:  # fmt: skip
    now = services.clock()
    over = state != "waiting"
    values: dict[str, object] = {
        "state": state,
        "code": code,
        "counts": {name: max(n, row.counts.get(name, 0)) for name, n in counts.items()},
        "due": None if over else now + AGAIN,
    }
    if over:
        values |= {"finished_at": now, "subject": None}
    with services.database.writing() as connection:
        rows.change(scope, connection, row.id, **values)
        if over:
            privacy.note(services, scope, connection, privacy.known(row), state)
    if not over:
        log.info("privacy_later", request=row.id, code=code)


def _close_reports(services: Services, scope: Scope, row: RequestRow, who: Demand) -> None:
    """What is erased cannot be reported any more."""
    with services.database.reading() as connection:
        others = [
            other
            for other in rows.newest(scope, connection, privacy.PROOF_KEPT)
            if other.kind == "report" and other.subject and other.connection_id == row.connection_id
        ]
    for other in others:
        if _same_person(privacy.subject_of(services, other), who):
            with services.database.writing() as connection:
                rows.change(
                    scope, connection, other.id, state="done", code="person_erased",
                    subject=None, finished_at=other.finished_at or services.clock(),
                )  # fmt: skip


def _same_person(one: Demand, other: Demand) -> bool:
    emails = {normal_email(text) for text in one.emails}
    shared = emails.intersection(map(normal_email, other.emails)) - {""}
    return bool(shared) or bool(one.customer_ref and one.customer_ref == other.customer_ref)


def sweep(services: Services) -> int:
    """Wakes what is due."""
    with services.database.reading() as connection:
        due = rows.due_everywhere(connection, services.clock(), 100)
    for item in due:
        services.wake("privacy", item.workspace_id, item.id)
    return len(due)
