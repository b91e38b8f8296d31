"""What a bulk query may ask: one list at the start, at most five in all and two levels inside it,
every one of things with an id, none inside a plain list, and no `nodes`."""

from __future__ import annotations

from collections.abc import Iterator

import graphql
from graphql import FieldNode, InlineFragmentNode, OperationDefinitionNode, SelectionSetNode
from graphql.type import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, get_nullable_type

MOST, DEEPEST = 5, 2
Composite = GraphQLObjectType | GraphQLInterfaceType


def problems(schema: GraphQLSchema, text: str) -> list[str]:
    """In Shopify's manner of speaking; empty for a query that may run."""
    try:
        document = graphql.parse(text)
    except graphql.GraphQLError as error:
        return [f"Invalid bulk query: {error.message}"]
    errors = graphql.validate(schema, document)
    if errors:
        return [f"Invalid bulk query: {error.message}" for error in errors]
    operations = [
        item for item in document.definitions if isinstance(item, OperationDefinitionNode)
    ]
    if len(operations) != 1 or len(document.definitions) != 1:
        return ["Bulk query must contain one operation without fragments."]
    selected = operations[0].selection_set
    if len(selected.selections) != 1:
        return ["Bulk queries must contain a single top level query field."]
    walk = _Walk(schema)
    query = schema.query_type
    assert query is not None
    walk.fields(selected, query, depth=-1, in_list=False)
    if not walk.connections:
        walk.found.append("Bulk queries must contain at least one connection.")
    if walk.connections > MOST:
        walk.found.append(f"Bulk queries cannot contain more than {MOST} connections.")
    return walk.found


class _Walk:
    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self.connections = 0
        self.found: list[str] = []

    def fields(
        self, selection: SelectionSetNode, kind: Composite, *, depth: int, in_list: bool
    ) -> None:
        for node, parent in self._selected(selection, kind):
            field = parent.fields.get(node.name.value)
            if field is None or node.selection_set is None:
                continue
            inner = graphql.get_named_type(field.type)
            if not isinstance(inner, Composite):
                continue
            if inner.name.endswith("Connection"):
                self._connection(node, node.selection_set, inner, depth + 1, in_list=in_list)
                continue
            listed = in_list or graphql.is_list_type(get_nullable_type(field.type))
            self.fields(node.selection_set, inner, depth=depth, in_list=listed)

    def _connection(
        self, node: FieldNode, selection: SelectionSetNode, kind: Composite, depth: int,
        *, in_list: bool,
    ) -> None:  # fmt: skip
        name = node.name.value
        self.connections += 1
        if in_list:
            self.found.append(
                "Queries that contain a connection field within a list field are not currently "
                f"supported: {name}"
            )
        if depth > DEEPEST:
            self.found.append(f"Bulk queries cannot nest connections deeper than {DEEPEST} levels.")
        for part, _ in self._selected(selection, kind):
            if part.name.value == "nodes":
                self.found.append("Bulk queries must use edges, not nodes.")
            if part.name.value != "edges" or part.selection_set is None:
                continue
            edge = graphql.get_named_type(kind.fields["edges"].type)
            assert isinstance(edge, Composite)
            for item, _ in self._selected(part.selection_set, edge):
                thing = graphql.get_named_type(edge.fields[item.name.value].type)
                if item.selection_set is not None and isinstance(thing, Composite):
                    self._things(name, item.selection_set, thing, depth)

    def _things(self, name: str, selection: SelectionSetNode, thing: Composite, depth: int) -> None:
        known = thing.fields.get("id")
        if known is None or not graphql.is_non_null_type(known.type):
            self.found.append(f"Connections must implement the Node interface: {name}")
        if "id" not in {node.name.value for node, _ in self._selected(selection, thing)}:
            self.found.append(
                "The parent 'node' field for a nested connection must select the 'id' field "
                f"without an alias. Connection fields without 'id': {name}."
            )
        self.fields(selection, thing, depth=depth, in_list=False)

    def _selected(
        self, selection: SelectionSetNode, kind: Composite
    ) -> Iterator[tuple[FieldNode, Composite]]:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield node, kind
            elif isinstance(node, InlineFragmentNode) and node.type_condition:
                narrowed = self._schema.get_type(node.type_condition.name.value)
                if isinstance(narrowed, Composite):
                    yield from self._selected(node.selection_set, narrowed)
