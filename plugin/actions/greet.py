"""A confirmed action goes on, and its result is told where its agent looks by then."""

from __future__ import annotations

from datetime import timedelta

from plugin.actions.launch import Seat
from plugin.actions.views import ActionView, show
from plugin.db import ledger as rows
from plugin.errors import NotFound
from plugin.services import Services

NEWS = timedelta(days=7)
"""What nobody came back for is forgotten after this."""


def greet(services: Services, seat: Seat, action_id: str) -> ActionView | None:
    """How an action of this agent stands, for the one panel that shows it: None ever after, until
    it stands otherwise. Raises NotFound("action_not_found") for anybody else's."""
    with services.database.writing() as connection:
        row = rows.get(seat.scope, connection, action_id, lock=True)
        if row is None or (row.agent_id != seat.agent_id and action_id != seat.untold):
            raise NotFound("action_not_found")
        told = rows.tell(seat.scope, connection, action_id)
    return show(services, seat, row) if told else None
