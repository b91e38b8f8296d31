"""Where core and adapters meet; the only place that knows both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from huey import PostgresHuey
from huey.api import Huey
from huey.storage import SqliteStorage

from integrations import registry
from integrations.http import ApiClient
from integrations.mail import smtp_mail
from plugin.db.session import Database
from plugin.jobs.register import register
from plugin.keys import load_key_ring
from plugin.log import logger
from plugin.ports.clock import utc_now
from plugin.ports.store import Connection, Store
from plugin.ports.wake import Wake
from plugin.services import Services
from plugin.settings import Settings

log = logger("wiring")


def build_services(settings: Settings, *, frugal: bool = False) -> Services:
    """Everything a process needs; call it after a fork, once. `frugal`: it works through masses of
    data and must stay small. Raises SetupError."""
    return build(settings, frugal=frugal)[0]


def build(settings: Settings, *, frugal: bool = False) -> tuple[Services, Huey]:
    """Services and the queue that wakes the worker."""
    if settings.data_dir is not None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    queue = _queue(settings)
    holder: list[Services] = []
    tasks = register(queue, lambda: holder[0])
    http = ApiClient(allow_loopback=settings.development)
    # for shops that were connected without https, and to find out whether one has it
    plain_http = ApiClient(allow_loopback=settings.development, allow_http=True)
    stores = registry.stores()

    def open_store(connection: Connection) -> Store:
        plain = connection.address.startswith("http:")
        return stores[connection.platform].open(connection, plain_http if plain else http)

    services = Services(
        settings=settings,
        database=Database(settings.database_url, mapped=not frugal),
        keys=load_key_ring(settings.key_ring, settings.key_file),
        clock=utc_now,
        wake=_wake(tasks),
        stores=stores,
        helpdesks=registry.helpdesks(),
        open_store=open_store,
        http=plain_http,
        mail=smtp_mail(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
        queue_answers=lambda: _answers(queue),
    )
    holder.append(services)
    return services, queue


def _queue(settings: Settings) -> Huey:
    """A file beside the database, or the same PostgreSQL. Results are not kept."""
    if settings.sqlite and settings.data_dir is not None:
        file = settings.data_dir / "queue.sqlite3"
        return _in_file(str(file))
    if settings.sqlite:
        return _in_file(settings.database_url.removeprefix("sqlite:///") + ".queue")
    dsn = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    return PostgresHuey("mostrador", dsn=dsn, results=False)


def _answers(queue: Huey) -> bool:
    try:
        queue.pending_count()
    except Exception:  # each kind of queue has errors of its own
        log.exception("queue_silent")
        return False
    return True


class _Wakes(SqliteStorage):  # type: ignore[misc]
    """A power cut may cost the last wakes, which the sweep makes up for, but not the file: none
    is waited for until it is on the disk."""

    def _create_connection(self) -> Any:
        made = super()._create_connection()
        made.execute("PRAGMA synchronous=NORMAL")
        return made


def _in_file(name: str) -> Huey:
    return Huey("mostrador", storage_class=_Wakes, filename=name, results=False, timeout=10)


def _wake(tasks: dict[str, Callable[..., Any]]) -> Wake:
    def wake(job: str, *ids: str) -> None:
        try:
            tasks[job](*ids)
        except Exception:  # the work is committed and the sweep finds it; saying "failed" would lie
            log.exception("wake_lost", job=job)

    return wake
