"""Statements of the hot path: written in Core, compiled once per dialect, run as plain SQL.

Core's own work for each execution (cache key, parameters, result columns) costs several times the
look-up in the database. Here it is paid once; rows come back as named tuples.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Select,
    String,
    UpdateBase,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, object]
Statement = Select[Any] | UpdateBase
_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Ready:
    sql: str
    constants: Values
    order: Sequence[str] | None  # of parameters without names
    converts: tuple[tuple[int, _Convert], ...]
    named: _Convert

    def parameters(self, values: Values) -> Any:
        known = {**self.constants, **values} if self.constants else values
        return known if self.order is None else tuple([known[name] for name in self.order])


class Prepared:
    """A statement whose parameters are all `bindparam`s and take what the driver takes: text,
    whole numbers, bytes, and what `listed` makes of many texts. Columns of our own types come back
    as those types say. Where the engines differ it is a function of the engine's name."""

    def __init__(self, statement: Statement | Callable[[str], Statement]) -> None:
        self._statement = statement
        self._ready: dict[str, _Ready] = {}

    def rows(self, connection: Connection, values: Values) -> list[Any]:
        """All rows of a SELECT, or of what has RETURNING, each a named tuple."""
        ready = self._of(connection)
        found = _run(connection, ready.sql, ready.parameters(values), fetch=True)
        if ready.converts:
            for position, row in enumerate(found):
                found[position] = fields = list(row)
                for at, convert in ready.converts:
                    fields[at] = convert(fields[at])
        return list(map(ready.named, found))

    def run(self, connection: Connection, values: Values) -> None:
        """What returns nothing."""
        ready = self._of(connection)
        _run(connection, ready.sql, ready.parameters(values))

    def run_each(self, connection: Connection, many: Sequence[Values]) -> None:
        """The same once for each."""
        ready = self._of(connection)
        _run(connection, ready.sql, [ready.parameters(values) for values in many], many=True)

    def _of(self, connection: Connection) -> _Ready:
        return self._ready.get(connection.dialect.name) or self._compile(connection.dialect)

    def _compile(self, dialect: Dialect) -> _Ready:
        given = self._statement
        statement = given if isinstance(given, Select | UpdateBase) else given(dialect.name)
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        assert isinstance(compiled, SQLCompiler)
        columns = list(statement.exported_columns)
        found = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        ready = _Ready(
            sql=compiled.string,
            constants={name: value for name, value in compiled.params.items() if value is not None},
            order=compiled.positiontup if compiled.positional else None,
            converts=tuple((at, convert) for at, convert in enumerate(found) if convert),
            named=_named([str(name) for name in statement.exported_columns.keys()]),  # noqa: SIM118 - a collection of columns
        )
        self._ready[dialect.name] = ready
        return ready


def among(engine: str, column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Whether a column is one of the texts that come as parameter `name`: one statement for any
    number of them."""
    if engine == "sqlite":
        given = func.json_each(bindparam(name)).table_valued("value")
        return column.in_(select(given.c.value))
    return column == any_(bindparam(name, type_=postgresql.ARRAY(String)))


def listed(connection: Connection, texts: Iterable[str]) -> object:
    """The texts as `among` takes them."""
    many = list(texts)
    return msgspec.json.encode(many).decode() if connection.dialect.name == "sqlite" else many


def _run(
    connection: Connection, sql: str, parameters: Any, *, many: bool = False, fetch: bool = False
) -> list[Any]:
    """By the driver's own cursor, inside the connection's transaction. Listeners hear of the
    statement as of any other."""
    if not connection.in_transaction():
        connection.begin()
    cursor = connection.connection.cursor()
    try:
        for hear in connection.dispatch.before_cursor_execute:
            sql, parameters = hear(connection, cursor, sql, parameters, None, many)
        (cursor.executemany if many else cursor.execute)(sql, parameters)
        return list(cursor.fetchall()) if fetch else []
    finally:
        cursor.close()


def _named(names: Sequence[str]) -> _Convert:
    maker: Any = namedtuple  # whose names are known only at run time
    return cast(_Convert, maker("Row", names)._make)
