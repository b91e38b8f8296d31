"""One mail for each thing that waits, to those who can act: what kind of thing, since when, and
where to look. No names, no amounts, and a link that decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.actions.attention import began
from plugin.actions.launch import OVERDUE
from plugin.db import accounts, approvals, people
from plugin.db import connections as installed
from plugin.db import ledger as actions
from plugin.db import notices as rows
from plugin.db.session import DbConnection, Scope
from plugin.domain.identity import normal_email
from plugin.domain.policy import OVERSEEING
from plugin.errors import OutcomeUnknown, PlatformError
from plugin.log import logger
from plugin.messages import clock, day, label, labels
from plugin.services import Services

MOST = 500
TRIES = 8
FIRST_PAUSE = timedelta(minutes=2)
KEPT = timedelta(days=400)  # longer than anything waits
FAILED_SINCE = timedelta(days=7)
log = logger("notify")


@dataclass(frozen=True, slots=True)
class _Item:
    """What waits: `kind` is an action's state or "broken", `id` the action's or the shop's."""

    kind: str
    id: str
    since: datetime

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}:{self.since:%Y%m%d%H%M%S}"


def sweep(services: Services, scope: Scope) -> None:
    """Makes a row for what nobody was told of yet, and wakes a job for each that is due."""
    if services.mail is None:
        return
    now = services.clock()
    with services.database.reading() as connection:
        items = {item.key for item in _waiting(scope, connection, now)}
        fresh = sorted(items - rows.known(scope, connection, sorted(items))) if items else []
    if fresh:
        with services.database.writing() as connection:
            for key in fresh:
                rows.add(scope, connection, key, now)
    with services.database.reading() as connection:
        due = rows.due(scope, connection, now)
    for key in due:
        services.wake("notify", scope.workspace_id, key)


def send(services: Services, scope: Scope, key: str) -> None:
    """The job. What was claimed is sent once or not at all: it is tried again only where the mail
    certainly did not leave."""
    if services.mail is None:
        return
    now = services.clock()
    with services.database.writing() as connection:
        claimed = rows.claim(scope, connection, key, now)
    if claimed is None:
        return
    with services.database.reading() as connection:
        item = next((it for it in _waiting(scope, connection, now) if it.key == key), None)
        to = _recipients(scope, connection, item) if item else []
        place = installed.workspace(scope, connection)
    if item is None:
        _end(services, scope, key, "moot")
        return
    if not to:
        _again(services, scope, key, claimed.attempts, "mail_nobody")
        return
    text = labels(place.locale)
    since = day(item.since, place.locale, place.timezone)
    since += f", {clock(item.since, place.timezone)}"
    what, link = text("mail." + item.kind), _link(services)
    body = label("mail.body", place.locale, what=what, since=since, link=link)
    try:
        services.mail(to, text("mail.subject"), body)
    except PlatformError as error:
        _again(services, scope, key, claimed.attempts, error.code)
    except OutcomeUnknown as error:
        _end(services, scope, key, "unsure", error.code)
    else:
        _end(services, scope, key, "sent")


def _waiting(scope: Scope, connection: DbConnection, now: datetime) -> Iterator[_Item]:
    for row in approvals.waiting(scope, connection, now - OVERDUE, (), MOST):
        yield _Item("owed" if row.state == "done" else row.state, row.id, began(row))
    for shop in installed.connection_rows(scope, connection):
        if shop.lives and shop.failing_since and shop.failing_since <= now - OVERDUE:
            yield _Item("broken", shop.id, shop.failing_since)


def _recipients(scope: Scope, connection: DbConnection, item: _Item) -> list[str]:
    """Each address once; who asked does not decide, and is not written to."""
    agents = people.agent_rows(scope, connection)
    asker = ""
    if item.kind == "awaiting_approval":
        row = actions.get(scope, connection, item.id)
        asker = next((a.email for a in agents if row and a.id == row.agent_id), "")
    found = [a.email for a in agents if a.active and a.role in OVERSEEING]
    for role in sorted(OVERSEEING):
        found += [account.email for account in accounts.with_role(scope, connection, role)]
    known = dict.fromkeys(normal_email(address) for address in found)
    return [address for address in known if address and address != normal_email(asker)]


def _link(services: Services) -> str:
    return f"{services.settings.public_url}/console"


def _again(services: Services, scope: Scope, key: str, attempts: int, code: str) -> None:
    """Later and later; after a few tries it is given up, and doctor says so."""
    log.warning("mail_not_sent", code=code, attempts=attempts)
    if attempts >= TRIES:
        _end(services, scope, key, "failed", code)
        return
    due = services.clock() + FIRST_PAUSE * 2 ** (attempts - 1)
    with services.database.writing() as connection:
        rows.change(scope, connection, key, state="waiting", due=due, code=code)


def _end(services: Services, scope: Scope, key: str, state: str, code: str = "") -> None:
    sent_at = services.clock() if state == "sent" else None
    with services.database.writing() as connection:
        rows.change(scope, connection, key, state=state, code=code, sent_at=sent_at)
