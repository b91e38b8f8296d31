"""What is wrong with this installation, and what to do about each thing, in a sentence."""

from __future__ import annotations

import ipaddress
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from plugin.actions import privacy
from plugin.actions.accounts import is_owned
from plugin.actions.findings import Finding, Level, shop_findings
from plugin.actions.notify import FAILED_SINCE
from plugin.actions.pulse import pulse_of
from plugin.db import apps, notices, people, upkeep
from plugin.db import connections as installed
from plugin.db.connections import ConnectionRow
from plugin.db.migrate import is_current
from plugin.db.session import Scope
from plugin.errors import MostradorError, SetupError
from plugin.messages import sentence
from plugin.services import Services
from plugin.settings import EVERYWHERE, Settings

HEARTBEAT = "heartbeat"
HEARTBEAT_PERIOD = timedelta(seconds=10)
_SILENCE = timedelta(minutes=1)
_MB = 1024 * 1024
_FREE_PROBLEM, _FREE_WARNING = 200 * _MB, 1024 * _MB
_CLOCK_PROBLEM = timedelta(minutes=2)
_LONG_QUEUE = 500
_TIMEOUT = (3.0, 5.0)
LOOKUPS_OF = timedelta(days=1)


def examine(services: Services, waiting: int) -> list[Finding]:
    """Everything; `waiting` is how many jobs the queue holds."""
    settings = services.settings
    findings = [_public_url(settings), *_proxy(settings), *_disk(settings)]
    if not is_current(services.database):
        return [*findings, Finding(what="database", level="problem", code="doctor.migrations")]
    findings += [Finding(what="database"), _worker(services), _queue(waiting)]
    with services.database.reading() as connection:
        scopes = installed.all_scopes(connection)
    findings.append(_owner(services))
    if scopes:
        findings.append(_mail(services, scopes))
    for scope in scopes:
        findings += _workspace(services, scope)
    return findings


def _mail(services: Services, scopes: Sequence[Scope]) -> Finding:
    """Whether people are told by mail of what waits for them."""
    if services.mail is None:
        return Finding(what="mail", level="warning", code="doctor.mail_none")
    with services.database.reading() as connection:
        since = services.clock() - FAILED_SINCE
        failed = [notices.failed(scope, connection, since) for scope in scopes]
    number, code = sum(count for count, _ in failed), next((c for _, c in failed if c), "")
    if not number:
        return Finding(what="mail")
    known = {"number": number, "why": sentence(code, "en")}
    return Finding(what="mail", level="problem", code="doctor.mail_failing", parameters=known)


def _owner(services: Services) -> Finding:
    if is_owned(services):
        return Finding(what="owner")
    return Finding(what="owner", level="warning", code="doctor.no_owner")


def _public_url(settings: Settings) -> Finding:
    what = "PUBLIC_URL"
    parts = urlsplit(settings.public_url)
    if settings.development:
        return Finding(what=what)
    extra = parts.path.strip("/") or parts.query or "@" in parts.netloc
    if parts.scheme != "https" or extra or not _is_public(parts.hostname or ""):
        return Finding(what=what, level="problem", code="doctor.public_url",
                       parameters={"url": settings.public_url})  # fmt: skip
    return Finding(what=what)


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".localhost", ".internal"))


def _proxy(settings: Settings) -> Iterator[Finding]:
    if not settings.development and settings.proxy_hops == 0:
        yield Finding(what="PROXY_HOPS", level="problem", code="doctor.proxy_none")
    elif settings.proxy_hops and settings.bind == EVERYWHERE:
        yield Finding(what="BIND", level="warning", code="doctor.bind_open")
    else:
        yield Finding(what="PROXY_HOPS")


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if folder is None:
        return
    known = {"path": str(folder)}
    if not _is_writable(folder):
        yield Finding(what="disk", level="problem", code="doctor.disk_readonly", parameters=known)
        return
    free = shutil.disk_usage(folder).free
    level: Level = "problem" if free < _FREE_PROBLEM else "warning"
    if free < _FREE_WARNING:
        known = {**known, "free": f"{free // _MB} MB"}
        yield Finding(what="disk", level=level, code="doctor.disk_full", parameters=known)
    else:
        yield Finding(what="disk")


def _is_writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"x")
    except OSError:
        return False
    return True


def _worker(services: Services) -> Finding:
    with services.database.reading() as connection:
        due = upkeep.due(connection, HEARTBEAT)
    if due is None:
        return Finding(what="worker", level="problem", code="doctor.worker_never")
    beat = due - HEARTBEAT_PERIOD
    if services.clock() - beat > _SILENCE:
        known = {"since": beat}
        return Finding(
            what="worker", level="problem", code="doctor.worker_silent", parameters=known
        )
    return Finding(what="worker")


def _queue(waiting: int) -> Finding:
    if waiting > _LONG_QUEUE:
        known = {"waiting": waiting}
        return Finding(what="queue", level="warning", code="doctor.queue_long", parameters=known)
    return Finding(what="queue")


def _workspace(services: Services, scope: Scope) -> Iterator[Finding]:
    now = services.clock()
    with services.database.reading() as connection:
        rows = installed.connection_rows(scope, connection)
        installs = installed.install_rows(scope, connection)
        failed = people.failed_lookups(scope, connection, now - LOOKUPS_OF)
        own = [(each.label, apps.get(scope, connection, each.key))
               for each in services.stores.values()]  # fmt: skip
    sealed = {row.label: row.credentials for row in rows}
    sealed |= {f"{name}: app": app.secrets for name, app in own if app is not None}
    sealed |= {install.label or install.id: install.secret for install in installs}
    sealed |= {f"{each.label or each.id}: fields": each.fields for each in installs if each.fields}
    yield from _keys(services, sealed)
    if not rows:
        yield Finding(what="shops", level="warning", code="doctor.no_shop")
        return
    yield _privacy(services, scope)
    yield _clock(services, [row for row in rows if row.lives])
    for row in rows:
        pulse = pulse_of(services, scope, row.id)
        yield from shop_findings(services, scope, row, pulse, failed.get(row.id, 0))


def _privacy(services: Services, scope: Scope) -> Finding:
    late = privacy.overdue(services, scope)
    if not late:
        return Finding(what="privacy")
    known = {"number": len(late), "request": late[0].id, "since": late[0].due_at}
    return Finding(what="privacy", level="problem", code="doctor.privacy_overdue", parameters=known)


def _keys(services: Services, sealed: Mapping[str, bytes]) -> Iterator[Finding]:
    lost = [name for name, secret in sealed.items() if not _opens(services, secret)]
    for name in lost:
        yield Finding(
            what="keys", level="problem", code="doctor.keys_lost", parameters={"name": name}
        )
    if not lost:
        yield Finding(what="keys")


def _opens(services: Services, secret: bytes) -> bool:
    try:
        services.keys.open(secret)
    except SetupError:
        return False
    return True


def _clock(services: Services, rows: list[ConnectionRow]) -> Finding:
    """Against the first shop that tells its time."""
    for row in rows:
        theirs = _time_of(services, row.address)
        if theirs is None:
            continue
        apart = abs(services.clock() - theirs)
        if apart > _CLOCK_PROBLEM:
            known = {"shop": row.label, "seconds": int(apart.total_seconds())}
            return Finding(what="clock", level="problem", code="doctor.clock_off", parameters=known)
        return Finding(what="clock")
    return Finding(what="clock", level="warning", code="doctor.clock_unknown")


def _time_of(services: Services, address: str) -> datetime | None:
    if services.http is None:
        return None
    url = address if "://" in address else f"https://{address}"
    try:
        answer = services.http.send("HEAD", f"{url}/", timeout=_TIMEOUT, write=False)
        moment = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (MostradorError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
