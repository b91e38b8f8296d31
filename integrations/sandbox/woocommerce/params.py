"""Checks and cleans parameters as the REST server does: all faults in one 400 answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .answers import ApiError
from .php import number
from .records import Json

_TRUE = ("true", "1", 1, True)
_FALSE = ("false", "0", 0, False, "")
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d(:\d\d)?)?",
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")

Kind = Literal["string", "integer", "number", "boolean", "array", "object"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """What a parameter may be. `items` are the members of an array."""

    kind: Kind = "string"
    items: Param | None = None
    enum: Sequence[str] = ()
    minimum: int | None = None
    maximum: int | None = None
    format: Literal["", "date-time", "email"] = ""
    default: Any = None


Specs = Mapping[str, Param]


def is_email(text: str) -> bool:
    """As the server looks at addresses."""
    return bool(_EMAIL.fullmatch(text))


class _Fault(Exception):
    def __init__(self, code: str, message: str, data: Json | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


def clean(specs: Specs, given: Json) -> Json:
    """Cleaned values of all known parameters, unknown ones as they came, defaults filled in.

    Raises ApiError 400 naming every parameter at fault.
    """
    cleaned: Json = {}
    faults: dict[str, _Fault] = {}
    for name, value in given.items():
        spec = specs.get(name)
        if spec is None or value is None:
            cleaned[name] = value
            continue
        try:
            cleaned[name] = _value(spec, name, value)
        except _Fault as fault:
            faults[name] = fault
    if faults:
        raise _invalid(faults)
    missing = {name: spec.default for name, spec in specs.items() if name not in cleaned}
    return {**cleaned, **{name: value for name, value in missing.items() if value is not None}}


def _invalid(faults: Mapping[str, _Fault]) -> ApiError:
    names = ", ".join(faults)
    data = {
        "status": 400,
        "params": {name: fault.message for name, fault in faults.items()},
        "details": {
            name: {"code": fault.code, "message": fault.message, "data": fault.data}
            for name, fault in faults.items()
        },
    }
    return ApiError(400, "rest_invalid_param", f"Invalid parameter(s): {names}", data)


def _value(spec: Param, name: str, value: Any) -> Any:
    if spec.kind == "array":
        return _array(spec, name, value)
    if spec.kind == "integer":
        return _integer(spec, name, value)
    if spec.kind == "number":
        return _number(name, value)
    if spec.kind == "boolean":
        return _boolean(name, value)
    if spec.kind == "object":
        return _typed(dict, "object", name, value)
    return _string(spec, name, value)


def _array(spec: Param, name: str, value: Any) -> list[Any]:
    if isinstance(value, str):
        value = [part for part in re.split(r"[\s,]+", value) if part]
    elif isinstance(value, dict):
        value = list(value.values())
    members: list[Any] = _typed(list, "array", name, value)
    item = spec.items or Param()
    return [_value(item, f"{name}[{i}]", member) for i, member in enumerate(members)]


def _integer(spec: Param, name: str, value: Any) -> int:
    found = _number(name, value, "integer")
    if found != int(found):
        raise _wrong_type(name, "integer")
    _within(spec, name, int(found))
    return int(found)


def _within(spec: Param, name: str, value: int) -> None:
    low, high = spec.minimum, spec.maximum
    if low is not None and high is not None and not low <= value <= high:
        text = f"{name} must be between {low} (inclusive) and {high} (inclusive)"
    elif low is not None and value < low:
        text = f"{name} must be greater than or equal to {low}"
    else:
        return
    raise _Fault(code="rest_out_of_bounds", message=text)


def _number(name: str, value: Any, kind: str = "number") -> Any:
    found = None if isinstance(value, bool | list | dict) else number(str(value))
    if found is None:
        raise _wrong_type(name, kind)
    return found


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, str):
        value = value.lower()
    if isinstance(value, str | int) and value in _TRUE:
        return True
    if isinstance(value, str | int) and value in _FALSE:
        return False
    raise _wrong_type(name, "boolean")


def _string(spec: Param, name: str, value: Any) -> str:
    text: str = _typed(str, "string", name, value)
    if spec.enum and text not in spec.enum:
        raise _Fault(code="rest_not_in_enum", message=f"{name} is not one of {_spoken(spec.enum)}.")
    if spec.format == "date-time" and not _DATE.fullmatch(text):
        raise _Fault(code="rest_invalid_date", message="Invalid date.")
    if spec.format == "email" and not is_email(text):
        raise _Fault(code="rest_invalid_email", message="Invalid email address.")
    return text


def _typed(kind: type, spoken: str, name: str, value: Any) -> Any:
    if not isinstance(value, kind):
        raise _wrong_type(name, spoken)
    return value


def _wrong_type(name: str, kind: str) -> _Fault:
    text = f"{name} is not of type {kind}."
    return _Fault(code="rest_invalid_type", message=text, data={"param": name})


def _spoken(words: Sequence[str]) -> str:
    if len(words) <= 2:
        return " and ".join(words)
    return f"{', '.join(words[:-1])}, and {words[-1]}"
