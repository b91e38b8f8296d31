"""What became of the last call that a helpdesk's server made, for its owner to see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from plugin.db import connections as installed
from plugin.db.connections import InstallRow
from plugin.db.session import DbConnection, Scope
from plugin.ports.helpdesk import Launch, Request
from plugin.services import Services

TRIAL = "X-Mostrador-Trial"
"""A header of our own calls, which are nobody's news."""
PAUSE = timedelta(seconds=10)
REMEMBERED = timedelta(days=1)
_TOLD = ("launch_missing", "launch_secret_missing", "launch_secret_wrong")


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCall:
    """`code` is why it was refused, "" if it was not; `place` the part of the host that called,
    `before` another part that called until `moved`."""

    at: datetime
    code: str = ""
    place: str = ""
    before: str = ""
    moved: datetime | None = None


_decode = msgspec.json.Decoder(LastCall).decode


def last_call_of(install: InstallRow) -> LastCall | None:
    return _decode(install.last_call) if install.last_call else None


def refused(
    services: Services, scope: Scope, install: InstallRow, request: Request, code: str
) -> None:
    """Anybody may call, so it is written down only so often."""
    now, known = services.clock(), last_call_of(install)
    code = code if code in _TOLD else "launch_invalid"
    again = known is not None and known.code == code and now - known.at < PAUSE
    if again or TRIAL.lower() in {name.lower() for name in request.headers}:
        return
    call = replace(known, at=now, code=code) if known else LastCall(at=now, code=code)
    with services.database.writing() as connection:
        _keep(scope, connection, install, call)


def taken(
    services: Services, scope: Scope, connection: DbConnection, install: InstallRow, launch: Launch
) -> None:
    now, known = services.clock(), last_call_of(install)
    call = LastCall(at=now, place=launch.place)
    if known and known.place and known.place != launch.place:
        call = replace(call, before=known.place, moved=now)
    elif known and known.moved and now - known.moved < REMEMBERED:
        call = replace(call, before=known.before, moved=known.moved)
    _keep(scope, connection, install, call)


def _keep(scope: Scope, connection: DbConnection, install: InstallRow, call: LastCall) -> None:
    said = msgspec.json.encode(call)
    installed.change_install(scope, connection, install.id, last_call=said)
