"""The panel as a page of our own: whoever is logged in sits at it, without any helpdesk."""

from __future__ import annotations

import msgspec

from plugin.actions.installs import find_install, install_helpdesk
from plugin.actions.launch import Context, Opened, context_of, open_session, opened
from plugin.actions.one_time import hashed
from plugin.actions.pairing import Person, agent_of
from plugin.db import connections as installed
from plugin.db import pairings
from plugin.db.session import Scope
from plugin.domain.identity import Identifiers
from plugin.errors import LaunchRefused
from plugin.ports.helpdesk import Launch
from plugin.services import Services

_decode_launch = msgspec.json.Decoder(Launch).decode


def open_desk(services: Services, scope: Scope, person: Person, locale: str) -> Opened:
    """For nobody yet: the agent searches."""
    context = Context(identifiers=Identifiers(), conversation="", locale=locale, proof="login")
    return _open(services, scope, person, desk_install(services, scope), context)


def open_go(services: Services, scope: Scope, person: Person, go: str) -> Opened:
    """What a link in a helpdesk leads to, for whoever logs in. Raises
    LaunchRefused("go_unknown"), NotFound("install_unknown")."""
    install_id, _, code = go.partition(".")
    with services.database.reading() as connection:
        of, _ = find_install(connection, install_id)
        stored = pairings.peek_handoff(
            of, connection, install_id, "go", hashed(code), services.clock()
        )
        if of != scope or stored is None:
            raise LaunchRefused("go_unknown")
        context = context_of(scope, connection, _decode_launch(stored), "login")
    return _open(services, scope, person, install_id, context)


def _open(
    services: Services, scope: Scope, person: Person, install_id: str, context: Context
) -> Opened:
    with services.database.writing() as connection:
        _, install = find_install(connection, install_id)
        agent_id = agent_of(scope, connection, install, person, services.clock())
        token = open_session(services, scope, connection, install_id, agent_id, context)
    return opened(services, install_id, token)


def desk_install(services: Services, scope: Scope) -> str:
    """The workspace's install without a helpdesk, made at the first visit."""
    key = next(key for key, platform in services.helpdesks.items() if platform.link)
    with services.database.reading() as connection:
        rows = installed.install_rows(scope, connection)
    known = next((row.id for row in rows if row.helpdesk == key), "")
    return known or install_helpdesk(services, scope, helpdesk=key, label="", origins=()).id
