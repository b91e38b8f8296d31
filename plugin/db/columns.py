"""What all tables are made of: the metadata with its naming convention, and common columns."""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, FromClause, MetaData, String, Text, and_

from plugin.db.types import Utc

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def workspace_column() -> Column[str]:
    return Column("workspace_id", String(40), primary_key=True)


def key(name: str, length: int = 64) -> Column[str]:
    return Column(name, String(length), primary_key=True)


def words(name: str, default: str = "") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def moment(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, Utc, nullable=nullable)


def beside(table: FromClause, other: FromClause, **values: object) -> ColumnElement[bool]:
    """For joins: rows of `table` in the workspace of `other` that have these values."""
    same = (table.c[name] == value for name, value in values.items())
    return and_(table.c.workspace_id == other.c.workspace_id, *same)
