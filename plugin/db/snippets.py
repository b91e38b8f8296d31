"""The owner's own texts for replies."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, select

from plugin.db.people import upsert
from plugin.db.session import Scope
from plugin.db.tables import snippets


def own(scope: Scope, connection: Connection) -> Mapping[tuple[str, str], str]:
    """By name and language."""
    statement = select(snippets.c.name, snippets.c.locale, snippets.c.text).where(
        snippets.c.workspace_id == scope.workspace_id
    )
    return {(row.name, row.locale): row.text for row in connection.execute(statement)}


def put(scope: Scope, connection: Connection, name: str, locale: str, text: str) -> None:
    statement = upsert(connection, snippets).values(
        workspace_id=scope.workspace_id, name=name, locale=locale, text=text
    )
    keys = ["workspace_id", "name", "locale"]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_={"text": text}))


def drop(scope: Scope, connection: Connection, name: str, locale: str) -> None:
    connection.execute(
        delete(snippets).where(
            snippets.c.workspace_id == scope.workspace_id,
            snippets.c.name == name,
            snippets.c.locale == locale,
        )
    )
