"""Our operations against Shopify's whole schema, and the pruned copy against its source.

The package comes from npm once (then from `var/schema`), always checked against the recorded
sha512. Without it these tests fail: an unchecked operation is not a checked one.
"""

from __future__ import annotations

from pathlib import Path

import graphql
import pytest
from graphql import GraphQLSchema

from integrations.sandbox.shopify import prune

OPERATIONS = prune.operations()


@pytest.fixture(scope="module")
def full() -> GraphQLSchema:
    return prune.full_schema(prune.tarball())


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_is_valid_in_the_full_schema(full: GraphQLSchema, name: str) -> None:
    assert graphql.validate(full, OPERATIONS[name]) == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_uses_nothing_deprecated(full: GraphQLSchema, name: str) -> None:
    rules = [graphql.NoDeprecatedCustomRule]

    assert graphql.validate(full, OPERATIONS[name], rules) == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_is_valid_in_the_pruned_schema(name: str) -> None:
    small = graphql.build_schema(prune.SDL.read_text(encoding="utf-8"), assume_valid=True)

    assert graphql.validate(small, OPERATIONS[name]) == []


def test_pruned_schema_is_what_the_package_and_the_operations_give(full: GraphQLSchema) -> None:
    assert prune.pruned(full, OPERATIONS) == prune.SDL.read_text(encoding="utf-8")


def test_another_package_under_the_same_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / prune.TARBALL).write_bytes(b"something else")

    with pytest.raises(prune.SchemaUnavailable):
        prune.tarball(tmp_path)
