"""One GraphQL request: parse, validate, pay, execute; answers shaped like Shopify's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import graphql
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.values import VariableValues, get_variable_values

from .costs import MAXIMUM_OF_ONE, Bucket, Counter

Answer = dict[str, Any]


@lru_cache(maxsize=1)
def schema() -> GraphQLSchema:
    """Shopify's types, pruned; see prune.py."""
    source = Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8")
    return graphql.build_schema(source, assume_valid=True)


@lru_cache(maxsize=1)
def mutations() -> frozenset[str]:
    """Names of the fields that change something."""
    kind = schema().mutation_type
    return frozenset(kind.fields) if kind else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A valid document and the one operation of it that is meant."""

    document: DocumentNode
    definition: OperationDefinitionNode
    variables: Mapping[str, Any]
    coerced: VariableValues

    @property
    def roots(self) -> frozenset[str]:
        """Names of the fields it starts with."""
        selected = self.definition.selection_set.selections
        return frozenset(node.name.value for node in selected if isinstance(node, FieldNode))

    @property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        parts = self.document.definitions
        return {part.name.value: part for part in parts if isinstance(part, FragmentDefinitionNode)}


class Invalid(Exception):
    """The request is no valid operation; `errors` as GraphQL words them."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


@lru_cache(maxsize=256)
def _checked(source: str) -> DocumentNode:
    """Raises Invalid. Kept by text: clients send the same documents over and over."""
    try:
        document = graphql.parse(source)
    except GraphQLError as error:
        raise Invalid(error) from error
    errors = graphql.validate(schema(), document)
    if errors:
        raise Invalid(*errors)
    return document


def prepared(body: Mapping[str, Any]) -> Operation:
    """Raises Invalid."""
    document = _checked(str(body.get("query") or ""))
    definition = graphql.get_operation_ast(document, body.get("operationName"))
    if definition is None:
        raise Invalid(GraphQLError("An operation name is required"))
    given = body.get("variables") or {}
    variables = get_variable_values(schema(), definition.variable_definitions or (), given)
    if isinstance(variables, list):
        raise Invalid(*variables)
    return Operation(document=document, definition=definition, variables=given, coerced=variables)


def execute(operation: Operation, root: Any, bucket: Bucket) -> Answer:
    """The whole answer, `extensions.cost` included."""
    counter = _counter(operation)
    requested = counter.requested()
    if requested > MAXIMUM_OF_ONE:
        return too_expensive(requested)
    if not bucket.take(requested):
        return throttled(bucket, requested)
    name = operation.definition.name
    done = graphql.execute(
        schema(),
        operation.document,
        root_value=root,
        variable_values=dict(operation.variables),
        operation_name=name.value if name else None,
        field_resolver=resolve,
    )
    if not isinstance(done, graphql.ExecutionResult):
        raise TypeError("a resolver of the sandbox is asynchronous")
    actual = min(requested, counter.actual(done.data))
    bucket.give_back(requested - actual)
    answer: Answer = {"data": done.data, "extensions": _cost(bucket, requested, actual)}
    if done.errors:
        answer["errors"] = [error.formatted for error in done.errors]
    return answer


def _counter(operation: Operation) -> Counter:
    return Counter(schema(), operation.fragments, operation.definition, operation.coerced)


def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """Like the default, but a field the pretend shop does not have is an error, not null."""
    try:
        value = source[info.field_name]
    except KeyError as error:
        name = f"{info.parent_type.name}.{info.field_name}"
        raise GraphQLError(f"The pretend shop does not know {name}.") from error
    return value(info, **arguments) if callable(value) else value


def _cost(bucket: Bucket, requested: int, actual: int | None) -> Answer:
    return {
        "cost": {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": bucket.status(),
        }
    }


def throttled(bucket: Bucket, requested: int) -> Answer:
    """Nothing ran; HTTP 200."""
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
    return {"errors": [error], "extensions": _cost(bucket, requested, None)}


def too_expensive(requested: int) -> Answer:
    """Nothing ran and nothing was paid; HTTP 200."""
    message = f"Query cost is {requested}, which exceeds the single query max cost limit (1000)."
    extensions = {"code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": MAXIMUM_OF_ONE}
    return {"errors": [{"message": message, "extensions": extensions}]}


def requested_cost(operation: Operation) -> int:
    return _counter(operation).requested()
