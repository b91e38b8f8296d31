"""Recorded answers of a real shop, and how to ask the pretend one the same."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient

FOLDER = Path(__file__).parents[3] / "wire" / "woocommerce"
ADMIN_KEY = "ck_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxaf5bd60"
SECRET = "cs_" + "x" * 40
KEYS = {
    "admin_rw": ADMIN_KEY,
    "admin_r": "ck_read",
    "admin_w": "ck_write",
    "manager_rw": "ck_manager",
    "subscriber_rw": "ck_subscriber",
    "bad_secret": ADMIN_KEY,
    "unknown": "ck_unknown",
}
# Counted by the database over every metadata row of every line, most of which are not recorded.
_UNCOUNTED = ("_refunded_item_id", "_restock_refunded_items")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What of an answer is compared. `headers`: those that were recorded."""

    status: int
    headers: Json
    body: Any


@cache
def recording(name: str) -> Json:
    loaded: Json = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def names(*patterns: str) -> list[str]:
    """Names of recordings in their recorded order."""
    return [path.stem for pattern in patterns for path in sorted(FOLDER.glob(f"{pattern}.json"))]


def body_of(name: str) -> Any:
    return recording(name)["response"]["body"]


def recorded_at(name: str) -> datetime:
    return datetime.fromisoformat(recording(name)["recorded_at"]).astimezone(UTC)


def expected(name: str) -> Seen:
    answer = recording(name)["response"]
    body = answer.get("body", "") or answer.get("body_text", "")
    return Seen(
        status=answer["status"],
        headers=answer["headers"],
        body=masked(answer["body"] if answer.get("body") is not None else body),
    )


def ask(client: FlaskClient, name: str) -> Seen:
    """Send the recorded request to the pretend shop."""
    wanted = recording(name)
    request = wanted["request"]
    body = request["body"]
    data = body if isinstance(body, str) else json.dumps(body) if body is not None else None
    answer = client.open(
        request["path"],
        method=request["method"],
        base_url=_host(wanted),
        query_string=urlencode(_query(wanted)),
        headers=_authorization(request["auth"]),
        data=data,
        content_type="application/json" if data is not None else None,
    )
    headers = {key: answer.headers.get(key) for key in wanted["response"]["headers"]}
    shown = answer.get_json() if answer.data else ""
    return Seen(status=answer.status_code, headers=headers, body=masked(shown))


def _host(wanted: Json) -> str:
    """http only where the recorded links say so."""
    link = wanted["response"]["headers"].get("Link", "")
    host = f"tienda-{wanted['store']['id']}.example"
    return f"http://{host}" if link.startswith("<http://") else f"https://{host}"


def _query(wanted: Json) -> Sequence[tuple[str, str]]:
    auth = wanted["request"]["auth"] or {}
    pairs = [(key, value) for key, value in wanted["request"]["query"]]
    if auth.get("kind") == "query" and auth["key"] == "bad_secret":
        pairs = [(k, "cs_wrong" if k == "consumer_secret" else v) for k, v in pairs]
    return pairs


def _authorization(auth: Json | None) -> dict[str, str]:
    if not auth or auth["kind"] != "basic":
        return {}
    secret = "cs_wrong" if auth["key"] == "bad_secret" else SECRET
    pair = f"{KEYS[auth['key']]}:{secret}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def masked(value: Any) -> Any:
    """Without the one kind of id that hangs on rows nobody recorded."""
    if isinstance(value, list):
        return [masked(member) for member in value]
    if not isinstance(value, dict):
        return value
    if value.get("key") in _UNCOUNTED:
        return {**value, "id": 0}
    return {key: masked(member) for key, member in value.items()}
