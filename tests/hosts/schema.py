"""JSON Schema, as far as the embedding contract uses it; anything else in it is an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "null": type(None),
}
SAID = {"description", "title", "format", "$schema", "$defs"}


def faults(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[str]:
    """Why a value is not as the schema says."""
    for name, rule in schema.items():
        if name not in SAID:
            yield from _RULES[name](value, rule, root)


def _ref(value: Any, rule: str, root: Mapping[str, Any]) -> Iterator[str]:
    yield from faults(value, root["$defs"][rule.removeprefix("#/$defs/")], root)


def _one_of(value: Any, rule: list[Any], root: Mapping[str, Any]) -> Iterator[str]:
    fits = [each for each in rule if not any(faults(value, each, root))]
    if len(fits) != 1:
        yield f"{len(fits)} kinds fit {value!r}"


def _type(value: Any, rule: str, root: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(value, TYPES[rule]) or (rule == "integer" and isinstance(value, bool)):
        yield f"{value!r} is no {rule}"


def _properties(value: Any, rule: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[str]:
    for name in rule.keys() & (value.keys() if isinstance(value, dict) else ()):
        yield from faults(value[name], rule[name], root)


def _items(value: Any, rule: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[str]:
    for each in value if isinstance(value, list) else ():
        yield from faults(each, rule, root)


def _holds(wrong: Any) -> Any:
    def check(value: Any, rule: Any, root: Mapping[str, Any]) -> Iterator[str]:
        if wrong(value, rule):
            yield f"{value!r}: {rule!r}"

    return check


_RULES: dict[str, Any] = {
    "$ref": _ref,
    "oneOf": _one_of,
    "type": _type,
    "properties": _properties,
    "items": _items,
    "const": _holds(lambda value, rule: value != rule),
    "enum": _holds(lambda value, rule: value not in rule),
    "required": _holds(lambda value, rule: not set(rule) <= set(value)),
    "minLength": _holds(lambda value, rule: len(value) < rule),
    "maxLength": _holds(lambda value, rule: len(value) > rule),
    "maxItems": _holds(lambda value, rule: len(value) > rule),
    "uniqueItems": _holds(lambda value, rule: rule and len(set(value)) != len(value)),
}
