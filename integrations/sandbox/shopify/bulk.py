"""Bulk operations: a query runs over the whole shop and its result becomes a file of JSON lines,
nested records on lines of their own that name their parent."""

from __future__ import annotations

import json
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import graphql
from graphql import GraphQLResolveInfo

from .bulk_rules import problems
from .connections import EVERYTHING
from .executor import resolve, schema
from .ids import gid
from .scene import View, stamp

AT_ONCE = 5
KEPT = timedelta(days=7)
_FIRST_ID = 720_000_001

Run = Callable[[graphql.DocumentNode], Mapping[str, Any]]
Tell = Callable[[str, Mapping[str, Any]], None]


@dataclass(slots=True, kw_only=True)
class Mood:
    """Set from outside. `seconds` an operation takes; `fail` is the errorCode it ends with (with
    half of its lines as partial data), `cancel` and `expire` end it so, each `times` times;
    `shuffle` writes lines in any order; `others` run already."""

    seconds: float = 0.0
    fail: str = ""
    cancel: bool = False
    expire: bool = False
    times: int = 0
    shuffle: bool = False
    others: int = 0


@dataclass(slots=True, kw_only=True)
class Operation:
    id: int
    query: str
    created: datetime
    ready: float
    status: str = "CREATED"
    error: str | None = None
    lines: list[bytes] = field(default_factory=list)
    roots: int = 0
    completed: datetime | None = None
    key: str = ""

    @property
    def running(self) -> bool:
        return self.status in ("CREATED", "RUNNING")


class Bulk:
    """The shop's operations. `tell` sends the webhook when one ends."""

    def __init__(self, tell: Tell) -> None:
        self.mood = Mood()
        self.downloads: list[dict[str, str]] = []
        self._tell = tell
        self._known: dict[int, Operation] = {}
        self._lock = threading.Lock()

    def start(self, run: Run, query: str) -> tuple[Operation | None, list[View]]:
        """The operation, or userErrors."""
        wrong = problems(schema(), query)
        if wrong:
            return None, [_error("INVALID", text, ["query"]) for text in wrong]
        with self._lock:
            running = sum(item.running for item in self._known.values()) + self.mood.others
            if running >= AT_ONCE:
                text = "A bulk query operation for this app and shop is already in progress"
                return None, [_error("OPERATION_IN_PROGRESS", text, None)]
            now = datetime.now(UTC).replace(microsecond=0)
            ready = time.monotonic() + self.mood.seconds
            made = Operation(id=_FIRST_ID + len(self._known), query=query, created=now, ready=ready)
            self._known[made.id] = made
        if self.mood.seconds:
            timer = threading.Timer(self.mood.seconds, self._end, (made, run))
            timer.daemon = True
            timer.start()
        else:
            self._end(made, run)
        return made, []

    def find(self, number: int) -> Operation | None:
        return self._known.get(number)

    def running(self) -> list[Operation]:
        return [item for item in self._known.values() if item.running]

    def file(self, number: int, key: str) -> list[bytes] | None:
        """The lines behind an address, None where there is no such file (any more)."""
        item = self._known.get(number)
        if item is None or not item.key or not secrets.compare_digest(item.key, key):
            return None
        return item.lines

    def view(self, item: Operation, base: str) -> View:
        if item.status == "CREATED" and self.mood.seconds:
            item.status = "RUNNING"  # seen once as created
            shown = "CREATED"
        else:
            shown = item.status
        there = item.key and item.lines
        url = f"{base}/bulk/{item.id}.jsonl?key={item.key}" if there else None
        return {
            "id": gid("BulkOperation", item.id),
            "type": "QUERY",
            "status": shown,
            "query": item.query,
            "errorCode": item.error,
            "createdAt": stamp(item.created),
            "completedAt": stamp(item.completed),
            "objectCount": str(len(item.lines)),
            "rootObjectCount": str(item.roots),
            "fileSize": str(sum(map(len, item.lines))) if there and not item.error else None,
            "url": url if shown == "COMPLETED" else None,
            "partialDataUrl": url if shown == "FAILED" else None,
        }

    def _end(self, item: Operation, run: Run) -> None:
        """What is true now goes into the file."""
        lines, item.roots = _lines(run(graphql.parse(item.query)))
        mood = self.mood
        spoilt = mood.times > 0
        if spoilt:
            mood.times -= 1
        if mood.shuffle:
            random.Random(item.id).shuffle(lines)
        if spoilt and mood.fail:
            item.error, lines = mood.fail, lines[: len(lines) // 2]
        item.lines, item.key = lines, secrets.token_hex(8)
        item.completed = datetime.now(UTC).replace(microsecond=0)
        item.status = _ending(mood) if spoilt else "COMPLETED"
        if item.status in ("CANCELED", "EXPIRED"):
            item.key = ""
        self._tell(
            "bulk_operations/finish",
            {
                "admin_graphql_api_id": gid("BulkOperation", item.id),
                "completed_at": item.completed.isoformat(),
                "created_at": item.created.isoformat(),
                "error_code": item.error and item.error.lower(),
                "status": item.status.lower(),
                "type": "query",
            },
        )


def everything(document: graphql.DocumentNode, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The whole result; lists are read to their end."""

    def whole(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        if graphql.get_named_type(info.return_type).name.endswith("Connection"):
            arguments["first"] = EVERYTHING
        return resolve(source, info, **arguments)

    done = graphql.execute(schema(), document, root_value=root, field_resolver=whole)
    if not isinstance(done, graphql.ExecutionResult) or done.errors or done.data is None:
        raise RuntimeError(f"a bulk query the pretend shop cannot run: {done}")
    return done.data


def _lines(data: Mapping[str, Any]) -> tuple[list[bytes], int]:
    """The lines, parents before their children, and how many of them are at the top."""
    (connection,) = data.values()
    roots = [edge["node"] for edge in connection["edges"]]
    found = [line for node in roots for line in _family(node, "")]
    return [json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in found], len(roots)


def _family(node: Mapping[str, Any], parent: str) -> Iterator[dict[str, Any]]:
    own, nested = _split(node)
    yield {**own, "__parentId": parent} if parent else own
    for child in nested:
        yield from _family(child, node["id"])


def _split(node: Mapping[str, Any]) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    """What stays on the line, and the nodes of connections below it."""
    own: dict[str, Any] = {}
    nested: list[Mapping[str, Any]] = []
    for name, value in node.items():
        if isinstance(value, dict) and "edges" in value:
            nested += [edge["node"] for edge in value["edges"]]
        elif isinstance(value, dict):
            own[name], deeper = _split(value)
            nested += deeper
        else:
            own[name] = value
    return own, nested


def _ending(mood: Mood) -> str:
    if mood.fail:
        return "FAILED"
    return "CANCELED" if mood.cancel else "EXPIRED"


def _error(code: str, message: str, place: list[str] | None) -> View:
    return {"code": code, "message": message, "field": place}
