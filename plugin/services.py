"""What an action needs, handed in whole so that tests can hand in something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plugin.db.session import Database
from plugin.keys import KeyRing
from plugin.ports.clock import Clock
from plugin.ports.helpdesk import HelpdeskPlatform
from plugin.ports.http import Http
from plugin.ports.mail import Mail
from plugin.ports.store import Connection, Store, StorePlatform
from plugin.ports.wake import Wake
from plugin.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`open_store` gives an adapter for a connection; `wake` starts a job soon. `http` is the way
    out to addresses that are no connection yet, `mail` the one to people (None = not set up).
    `queue_answers`: whether jobs can be handed over now."""

    settings: Settings
    database: Database
    keys: KeyRing
    clock: Clock
    wake: Wake
    stores: Mapping[str, StorePlatform]
    helpdesks: Mapping[str, HelpdeskPlatform]
    open_store: Callable[[Connection], Store]
    http: Http | None = None
    mail: Mail | None = None
    queue_answers: Callable[[], bool] = lambda: True
