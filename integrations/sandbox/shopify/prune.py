"""Cuts the real Admin schema down to what our operations can reach.

The pretend shop answers on Shopify's own types, so that an operation it accepts is one Shopify
accepts. The full introspection is 25 MB; `schema.graphql` holds the fields our operations select,
all arguments of these fields, and inputs and enums whole, without descriptions. Run as
`python -m integrations.sandbox.shopify.prune` after an operation file changed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import graphql
from graphql.type import (
    GraphQLArgument,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
)

VERSION = "2026-10"
PACKAGE = "@shopify/dev-mcp@1.16.0"
TARBALL = "shopify-dev-mcp-1.16.0.tgz"
MEMBER = f"package/dist/data/admin_{VERSION}.json.gz"
SHA512 = (
    "b6a8119caeec4218dec3e86dc6d95e4c7db79d70797d972cae15a0124a26b28a"
    "c65ef2ce0769a1daea70666f2ecee4c3353667aad2cc7bae3223087ab366b0b7"
)

_EVERYTHING = "Node"

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / "var" / "schema"
OPERATIONS = ROOT / "integrations" / "stores" / "shopify" / "operations"
SDL = Path(__file__).with_name("schema.graphql")

NOTICE = f"""\
# A part of the Shopify Admin GraphQL schema, version {VERSION}.
#
# Origin: the introspection in the npm package {PACKAGE} (ISC licence, by Shopify),
# file {MEMBER.removeprefix("package/")}.
# Kept are the fields that the operations of our Shopify adapter select, all arguments of these
# fields, and their inputs and enums whole; descriptions and deprecations are left out.
# Written by `python -m integrations.sandbox.shopify.prune`: do not edit by hand. The type names
# and their meaning are Shopify's; "Shopify" is a trademark of Shopify Inc., which has no part
# in this pretend shop.
"""


class SchemaUnavailable(Exception):
    """The package could not be got, or is not the one recorded here."""


def tarball(cache: Path = CACHE) -> Path:
    """The package's tarball, packed by npm once and then kept; its sha512 is always checked."""
    path = cache / TARBALL
    if not path.exists():
        _pack(cache)
    digest = hashlib.sha512(path.read_bytes()).hexdigest()
    if digest != SHA512:
        raise SchemaUnavailable(f"{path.name} has sha512 {digest}, {SHA512} is recorded")
    return path


def _pack(cache: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise SchemaUnavailable("npm is needed to get the schema and is not installed")
    cache.mkdir(parents=True, exist_ok=True)
    # packed aside and moved in whole, as several test processes may ask at once
    with tempfile.TemporaryDirectory(dir=cache) as aside:
        command = [npm, "pack", PACKAGE, "--silent", "--pack-destination", aside]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        if done.returncode != 0:
            raise SchemaUnavailable(f"npm pack {PACKAGE} failed: {done.stderr.strip()[-400:]}")
        (Path(aside) / TARBALL).replace(cache / TARBALL)


def full_schema(path: Path) -> GraphQLSchema:
    """The whole schema. It breaks a rule of the specification (an implementing field is
    deprecated while the interface's is not), so it is taken as valid unchecked."""
    with tarfile.open(path) as archive:
        member = archive.extractfile(MEMBER)
        if member is None:
            raise SchemaUnavailable(f"{MEMBER} is not in {path.name}")
        document = json.loads(gzip.decompress(member.read()))
    return graphql.build_client_schema(document["data"], assume_valid=True)


def operations(folder: Path = OPERATIONS) -> dict[str, graphql.DocumentNode]:
    """Every operation file by its name without suffix."""
    files = sorted(folder.glob("*.graphql"))
    return {file.stem: graphql.parse(file.read_text(encoding="utf-8")) for file in files}


class _Selected(graphql.Visitor):
    """Collects the fields selected, by the name of the type they are selected on."""

    def __init__(self, schema: GraphQLSchema, info: graphql.TypeInfo) -> None:
        super().__init__()
        self._schema, self._info = schema, info
        self.fields: dict[str, set[str]] = defaultdict(set)
        self.types: set[str] = set()

    def enter_field(self, node: graphql.FieldNode, *_: Any) -> None:
        parent, field = self._info.get_parent_type(), self._info.get_field_def()
        if parent is None or field is None:
            raise SchemaUnavailable(f"{node.name.value} is not in the schema")
        self.types.add(graphql.get_named_type(field.type).name)
        if not node.name.value.startswith("__"):
            self.fields[parent.name].add(node.name.value)

    def enter_variable_definition(self, node: graphql.VariableDefinitionNode, *_: Any) -> None:
        kind = graphql.get_named_type(graphql.type_from_ast(self._schema, node.type))
        if kind is None:
            raise SchemaUnavailable(f"the type of ${node.variable.name.value} is not in the schema")
        self.types.add(kind.name)


class _Pruner:
    """Rebuilds the reachable types with new, smaller definitions."""

    def __init__(self, full: GraphQLSchema, selected: _Selected) -> None:
        self._full = full
        self._fields = {name: set(fields) for name, fields in selected.fields.items()}
        self._made: dict[str, GraphQLNamedType] = {}
        self._spread(selected.types | set(selected.fields))

    def _spread(self, names: set[str]) -> None:
        """Fields selected on an interface are needed on everything that implements it."""
        for name in sorted(names, key=lambda name: (name == _EVERYTHING, name)):
            kind = self._full.type_map[name]
            if name == _EVERYTHING:
                self._spread_known(self._fields.setdefault(name, set()))
                continue
            if not isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
                continue
            for member in self._full.get_possible_types(kind):
                self._fields.setdefault(member.name, set()).update(self._fields.get(name, ()))

    def _spread_known(self, fields: set[str]) -> None:
        """Hundreds of types implement this one: only those we select from are kept."""
        kind = self._full.type_map[_EVERYTHING]
        fields.add("id")
        members = self._full.get_possible_types(kind) if graphql.is_interface_type(kind) else ()
        for member in members:
            if member.name in self._fields:
                self._fields[member.name] |= fields

    def schema(self) -> GraphQLSchema:
        query, mutation = self._full.query_type, self._full.mutation_type
        kept = [self._type(name) for name in sorted(self._fields)]
        return GraphQLSchema(
            query=self._root(query),
            mutation=self._root(mutation),
            types=kept,
            directives=[self._directive(item) for item in self._full.directives],
            assume_valid=True,
        )

    def _root(self, kind: GraphQLObjectType | None) -> GraphQLObjectType | None:
        if kind is None or kind.name not in self._fields:
            return None
        made = self._type(kind.name)
        return made if isinstance(made, GraphQLObjectType) else None

    def _directive(self, directive: GraphQLDirective) -> GraphQLDirective:
        if graphql.is_specified_directive(directive):
            return directive
        return GraphQLDirective(
            name=directive.name,
            locations=directive.locations,
            args={name: self._argument(item) for name, item in directive.args.items()},
        )

    def _type(self, name: str) -> GraphQLNamedType:
        if name not in self._made:
            self._made[name] = self._make(self._full.type_map[name])
        return self._made[name]

    def _make(self, kind: GraphQLNamedType) -> GraphQLNamedType:
        if graphql.is_specified_scalar_type(kind):
            return kind
        if isinstance(kind, GraphQLScalarType):
            return GraphQLScalarType(kind.name)
        if isinstance(kind, GraphQLEnumType):
            values = {name: GraphQLEnumValue(name) for name in kind.values}
            return GraphQLEnumType(kind.name, values)
        if isinstance(kind, GraphQLInputObjectType):
            return self._input(kind)
        return self._output(kind)

    def _input(self, kind: GraphQLInputObjectType) -> GraphQLInputObjectType:
        def fields() -> dict[str, GraphQLInputField]:
            return {
                name: GraphQLInputField(self._wrapped(field.type), field.default_value)
                for name, field in kind.fields.items()
            }

        return GraphQLInputObjectType(kind.name, fields, is_one_of=kind.is_one_of)

    def _output(self, kind: GraphQLNamedType) -> GraphQLNamedType:
        if isinstance(kind, GraphQLUnionType):
            members = [item for item in kind.types if item.name in self._fields]
            return GraphQLUnionType(kind.name, lambda: [self._object(m.name) for m in members])
        if isinstance(kind, GraphQLInterfaceType):
            return GraphQLInterfaceType(kind.name, lambda: self._output_fields(kind))
        if isinstance(kind, GraphQLObjectType):
            above = [item for item in kind.interfaces if item.name in self._fields]
            return GraphQLObjectType(
                kind.name,
                lambda: self._output_fields(kind),
                interfaces=lambda: [self._interface(item.name) for item in above],
            )
        raise SchemaUnavailable(f"{kind.name} is of a kind that is not handled")

    def _object(self, name: str) -> GraphQLObjectType:
        made = self._type(name)
        if not isinstance(made, GraphQLObjectType):
            raise SchemaUnavailable(f"{name} is not an object")
        return made

    def _interface(self, name: str) -> GraphQLInterfaceType:
        made = self._type(name)
        if not isinstance(made, GraphQLInterfaceType):
            raise SchemaUnavailable(f"{name} is not an interface")
        return made

    def _output_fields(
        self, kind: GraphQLObjectType | GraphQLInterfaceType
    ) -> dict[str, GraphQLField]:
        wanted = self._fields.get(kind.name, set())
        return {
            name: GraphQLField(
                self._wrapped(field.type),
                args={key: self._argument(item) for key, item in field.args.items()},
            )
            for name, field in kind.fields.items()
            if name in wanted
        }

    def _argument(self, argument: GraphQLArgument) -> GraphQLArgument:
        return GraphQLArgument(self._wrapped(argument.type), argument.default_value)

    def _wrapped(self, kind: Any) -> Any:
        if isinstance(kind, graphql.GraphQLNonNull):
            return graphql.GraphQLNonNull(self._wrapped(kind.of_type))
        if isinstance(kind, graphql.GraphQLList):
            return graphql.GraphQLList(self._wrapped(kind.of_type))
        return self._type(kind.name)


def pruned(full: GraphQLSchema, documents: dict[str, graphql.DocumentNode]) -> str:
    """The SDL with its notice. Raises SchemaUnavailable if an operation does not fit."""
    info = graphql.TypeInfo(full)
    selected = _Selected(full, info)
    for document in documents.values():
        graphql.visit(document, graphql.TypeInfoVisitor(info, selected))
    small = graphql.lexicographic_sort_schema(_Pruner(full, selected).schema())
    return f"{NOTICE}\n{graphql.print_schema(small)}\n"


def main() -> None:
    SDL.write_text(pruned(full_schema(tarball()), operations()), encoding="utf-8")
    print(f"{SDL.name}: {SDL.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
