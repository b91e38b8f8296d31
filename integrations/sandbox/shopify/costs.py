"""What a query costs, and the bucket it is paid from.

The sum of Shopify's published rule: scalars 0, an object 1, a connection 2 and its page size
times its node, a mutation 10. `requested` counts page sizes, `actual` what came.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_list_type,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.type import GraphQLOutputType, get_nullable_type

MAXIMUM_OF_ONE = 1000
_UNSIZED = 1
_MISSING = object()

Fragments = Mapping[str, FragmentDefinitionNode]
Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


class Bucket:
    """Points that come back with time: one bucket an app and shop."""

    def __init__(self, maximum: int = 2000, restore: int = 100) -> None:
        self.maximum, self.restore = maximum, restore
        self._lock = threading.Lock()
        self._level, self._at = float(maximum), time.monotonic()

    def take(self, points: int) -> bool:
        """False if they are not there; then nothing is taken."""
        with self._lock:
            self._fill()
            if points > self._level:
                return False
            self._level -= points
            return True

    def give_back(self, points: int) -> None:
        with self._lock:
            self._level = min(float(self.maximum), self._level + points)

    def status(self) -> dict[str, Any]:
        """`throttleStatus`."""
        with self._lock:
            self._fill()
            return {
                "maximumAvailable": float(self.maximum),
                "currentlyAvailable": int(self._level),
                "restoreRate": float(self.restore),
            }

    def _fill(self) -> None:
        now = time.monotonic()
        gained = (now - self._at) * self.restore
        self._level, self._at = min(float(self.maximum), self._level + gained), now


class Counter:
    """Counts one operation with its variables (coerced)."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Fragments,
        operation: OperationDefinitionNode,
        variables: VariableValues,
    ) -> None:
        self._schema, self._fragments = schema, fragments
        self._operation, self._variables = operation, variables

    def requested(self) -> int:
        """The most the operation can cost."""
        return self._root(_MISSING)

    def actual(self, data: Any) -> int:
        """What it cost, from the data it gave."""
        return self._root(data or {})

    def _root(self, data: Any) -> int:
        kind = self._schema.get_root_type(self._operation.operation)
        if kind is None:
            return 0
        fields = len(list(self._fields(self._operation.selection_set, kind, data)))
        base = 10 * fields if self._operation.operation.value == "mutation" else 0
        return base + self._selection(self._operation.selection_set, kind, data)

    def _selection(self, selection: SelectionSetNode, kind: Composite, data: Any) -> int:
        fields = self._fields(selection, kind, data)
        return sum(self._field(node, parent, data) for node, parent in fields)

    def _fields(
        self, selection: SelectionSetNode, kind: Composite, data: Any
    ) -> Iterator[tuple[FieldNode, Composite]]:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield node, kind
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                yield from self._spread(fragment, kind, data)
            elif isinstance(node, InlineFragmentNode):
                yield from self._spread(node, kind, data)

    def _spread(
        self, fragment: FragmentDefinitionNode | InlineFragmentNode, kind: Composite, data: Any
    ) -> Iterator[tuple[FieldNode, Composite]]:
        on = fragment.type_condition
        narrowed = self._schema.get_type(on.name.value) if on else kind
        if isinstance(narrowed, Composite):
            yield from self._fields(fragment.selection_set, narrowed, data)

    def _field(self, node: FieldNode, parent: Composite, data: Any) -> int:
        field = None if isinstance(parent, GraphQLUnionType) else parent.fields.get(node.name.value)
        if field is None or node.selection_set is None:
            return 0
        value = data
        if data is not _MISSING:
            value = data.get(node.alias.value if node.alias else node.name.value)
            if value is None:
                return 0
        kind = get_named_type(field.type)
        if not isinstance(kind, Composite):
            return 0
        size = get_argument_values(field, node, self._variables).get("first") or _UNSIZED
        if kind.name.endswith("Connection"):
            return 2 + self._connection(node.selection_set, kind, value, size)
        if kind.name == "PageInfo":
            return 0
        if _is_list(field.type):
            return self._many(node.selection_set, kind, value, size)
        return 1 + self._selection(node.selection_set, kind, value)

    def _connection(
        self, selection: SelectionSetNode, kind: Composite, value: Any, size: int
    ) -> int:
        total = 0
        for node, parent in self._fields(selection, kind, value):
            name = node.name.value
            if name not in ("nodes", "edges") or node.selection_set is None:
                continue
            if isinstance(parent, GraphQLUnionType):
                continue
            inner = get_named_type(parent.fields[name].type)
            if isinstance(inner, Composite):
                items = value if value is _MISSING else value.get(name)
                total += self._many(node.selection_set, inner, items, size)
        return total

    def _many(self, selection: SelectionSetNode, kind: Composite, value: Any, size: int) -> int:
        if value is _MISSING:
            return size * (1 + self._selection(selection, kind, _MISSING))
        return sum(1 + self._selection(selection, kind, item) for item in value)


def _is_list(kind: GraphQLOutputType) -> bool:
    return is_list_type(get_nullable_type(kind))
