"""Statements of the hot path: written in Core, compiled once per dialect, run as plain SQL.

Core's own work for each execution (cache key, parameters, result columns) costs several times the
look-up in the database. Here it is paid once; rows come back as named tuples.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Select, UpdateBase
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, object]
Returning = Select[Any] | UpdateBase
_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Ready:
    sql: str
    constants: Values
    order: Sequence[str] | None  # of parameters without names
    converts: tuple[tuple[int, _Convert], ...]

    def parameters(self, values: Values) -> Any:
        known = {**self.constants, **values}
        return known if self.order is None else tuple([known[name] for name in self.order])


class Prepared:
    """A SELECT, or what has RETURNING, whose parameters are all `bindparam`s and take what the
    driver takes: text, whole numbers, bytes. Columns of our own types come back as those types
    say."""

    def __init__(self, statement: Returning) -> None:
        self._statement = statement
        self._ready: dict[str, _Ready] = {}
        self._named: _Convert = _named([str(name) for name in statement.exported_columns.keys()])  # noqa: SIM118 - a collection of columns

    def rows(self, connection: Connection, values: Values) -> list[Any]:
        """All rows, each a named tuple."""
        ready = self._ready.get(connection.dialect.name) or self._compile(connection.dialect)
        found = _fetched(connection, ready.sql, ready.parameters(values))
        if ready.converts:
            for position, row in enumerate(found):
                found[position] = fields = list(row)
                for at, convert in ready.converts:
                    fields[at] = convert(fields[at])
        return list(map(self._named, found))

    def _compile(self, dialect: Dialect) -> _Ready:
        compiled = self._statement.compile(
            dialect=dialect, compile_kwargs={"render_postcompile": True}
        )
        assert isinstance(compiled, SQLCompiler)
        columns = list(self._statement.exported_columns)
        found = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        ready = _Ready(
            sql=compiled.string,
            constants={name: value for name, value in compiled.params.items() if value is not None},
            order=compiled.positiontup if compiled.positional else None,
            converts=tuple((at, convert) for at, convert in enumerate(found) if convert),
        )
        self._ready[dialect.name] = ready
        return ready


def _fetched(connection: Connection, sql: str, parameters: Any) -> list[Any]:
    """By the driver's own cursor, inside the connection's transaction. Listeners hear of the
    statement as of any other."""
    if not connection.in_transaction():
        connection.begin()
    cursor = connection.connection.cursor()
    try:
        for hear in connection.dispatch.before_cursor_execute:
            sql, parameters = hear(connection, cursor, sql, parameters, None, False)
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
    finally:
        cursor.close()


def _named(names: Sequence[str]) -> _Convert:
    maker: Any = namedtuple  # whose names are known only at run time
    return cast(_Convert, maker("Row", names)._make)
