"""Who a token is, with everything the panel must know before it answers, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    ScalarSelect,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    text,
)

from plugin.db.accounts import ACCOUNT
from plugin.db.approvals import owed, waits
from plugin.db.columns import beside
from plugin.db.prepared import Prepared
from plugin.db.tables import (
    actions,
    agents,
    connections,
    directory,
    fact_attempts,
    installs,
    lookups,
    panel_sessions,
    policies,
    workspaces,
)
from plugin.db.tables_ledger import UNTOLD
from plugin.db.types import microseconds


def _switches() -> ScalarSelect[str]:
    """Kinds that the owner gave (+) or took from (-) the agent's role."""
    sign = case((policies.c.allowed.is_(True), literal_column("'+'")), else_=literal_column("'-'"))
    named = sign.op("||")(policies.c.kind)
    comma: Any = literal_column("','")  # as a parameter it would be written in at each execution
    return (
        select(func.aggregate_strings(named, comma))
        .where(
            policies.c.workspace_id == directory.c.workspace_id,
            policies.c.role == agents.c.role,
            policies.c.currency == literal_column("''"),
            policies.c.allowed.is_not(None),
        )
        .correlate(directory, agents)
        .scalar_subquery()
    )


def _waiting() -> ScalarSelect[int]:
    """How many actions wait for somebody; by an index that holds only such."""
    return (
        select(func.count())
        .select_from(actions)
        .where(
            actions.c.workspace_id == directory.c.workspace_id,
            waits(bindparam("overdue", type_=BigInteger), panel_sessions.c.agent_id),
        )
        .correlate(directory, panel_sessions)
        .scalar_subquery()
    )


def _owed() -> ScalarSelect[int]:
    """How many refunds a person has to pay by hand."""
    return (
        select(func.count())
        .select_from(actions)
        .where(actions.c.workspace_id == directory.c.workspace_id, owed())
        .correlate(directory)
        .scalar_subquery()
    )


def _untold() -> ScalarSelect[str]:
    """The oldest result that its agent was not shown yet; one account is an agent of every install
    it paired at."""
    own = agents.alias("own")
    same_account = and_(own.c.host_id == agents.c.host_id, own.c.host_id.startswith(_ACCOUNT))
    return (
        select(actions.c.id)
        .join(own, beside(own, actions, id=actions.c.agent_id))
        .where(
            actions.c.workspace_id == directory.c.workspace_id,
            text(f"actions.{UNTOLD}"),
            or_(own.c.id == panel_sessions.c.agent_id, same_account),
        )
        .order_by(actions.c.requested_at)
        .limit(literal_column("1"))
        .correlate(directory, panel_sessions, agents)
        .scalar_subquery()
    )


_ACCOUNT: Any = literal_column(f"'{ACCOUNT}'")


# The seat: token, install, agent, shops and look-ups in one statement (design: 4 in all).
# Rows multiply by connection; a workspace without a shop still gives one row.
_SEAT = Prepared(
    select(
        directory.c.workspace_id,
        panel_sessions.c.agent_id,
        panel_sessions.c.proof,
        panel_sessions.c.pairing_id,
        panel_sessions.c.conversation,
        panel_sessions.c.link,
        panel_sessions.c.subject_key,
        panel_sessions.c.context,
        panel_sessions.c.locale,
        panel_sessions.c.expires_at,
        agents.c.name.label("agent_name"),
        agents.c.role,
        agents.c.active,
        installs.c.origins,
        workspaces.c.country,
        workspaces.c.timezone.label("workspace_timezone"),
        connections.c.id.label("connection_id"),
        connections.c.platform,
        connections.c.label,
        connections.c.currency,
        connections.c.timezone,
        connections.c.options,
        connections.c.last_ok_at,
        connections.c.failing_since,
        connections.c.failure_code,
        connections.c.sync_state,
        connections.c.sync,
        lookups.c.state.label("lookup_state"),
        lookups.c.code.label("lookup_code"),
        lookups.c.asked_at,
        lookups.c.answered_at,
        fact_attempts.c.misses,
        _switches().label("switches"),
        (_waiting() + _owed()).label("waiting"),
        _untold().label("untold"),
    )
    .select_from(directory)
    .join(
        panel_sessions,
        beside(
            panel_sessions,
            directory,
            install_id=directory.c.target_id,
            token_hash=bindparam("token_hash"),
        ),
    )
    .join(agents, beside(agents, directory, id=panel_sessions.c.agent_id))
    .join(installs, beside(installs, directory, id=panel_sessions.c.install_id))
    .join(workspaces, workspaces.c.workspace_id == directory.c.workspace_id)
    .outerjoin(
        connections,
        and_(
            connections.c.workspace_id == directory.c.workspace_id,
            connections.c.disconnected_at.is_(None),
        ),
    )
    .outerjoin(
        lookups,
        beside(
            lookups,
            directory,
            subject_key=panel_sessions.c.subject_key,
            connection_id=connections.c.id,
        ),
    )
    .outerjoin(
        fact_attempts,
        beside(
            fact_attempts,
            directory,
            install_id=panel_sessions.c.install_id,
            conversation_key=panel_sessions.c.conversation,
        ),
    )
    .where(
        directory.c.kind == literal_column("'install'"),
        directory.c.outside_key == bindparam("install_id"),
    )
    .order_by(connections.c.created_at, connections.c.id)
)


def seat_rows(
    connection: Connection, install_id: str, token_hash: str, overdue: datetime
) -> Sequence[Any]:
    """One row per shop of the workspace the token belongs to; none for a wrong token. An action
    `unknown` since before `overdue` waits for somebody."""
    values = {
        "install_id": install_id,
        "token_hash": token_hash,
        "overdue": microseconds(overdue),
    }
    return _SEAT.rows(connection, values)
