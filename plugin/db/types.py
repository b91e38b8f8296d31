"""Column types: exact money units and aware UTC times, the same on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_UNITS = Decimal(10000)


def to_units(amount: Decimal) -> int:
    """Major units to whole 1/10000. Raises ValueError if that would lose digits."""
    units = amount * _UNITS
    if units != units.to_integral_value():
        raise ValueError("amount has more than four decimals")
    return int(units)


def from_units(units: int) -> Decimal:
    return Decimal(units) / _UNITS


@lru_cache(maxsize=8192)
def moment(microseconds: int) -> datetime:
    """A stored time; of the orders of one page many were fetched at once."""
    return _EPOCH + timedelta(microseconds=microseconds)


def microseconds(value: datetime) -> int:
    """How a time is stored, for statements that bring their own parameters."""
    return (value - _EPOCH) // _MICRO


class Units(TypeDecorator[Decimal]):
    """Money as BIGINT of 1/10000 (SQLite's Numeric would store a float)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else to_units(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        # SUM() over BIGINT is NUMERIC on PostgreSQL
        return None if value is None else from_units(int(value))


class Utc(TypeDecorator[datetime]):
    """Aware UTC as microseconds since 1970: sortable, and never naive on the way back."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive time")
        return microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else moment(value)


class Json(TypeDecorator[Any]):
    """Small JSON values, encoded by msgspec."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else msgspec.json.encode(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else msgspec.json.decode(value)
