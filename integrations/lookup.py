"""Contract D, as its hosts have it in common: a static key of the install, who writes in the
address or in a JSON body, and an answer in JSON with orders and nothing else of anybody."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from plugin.errors import LaunchRefused
from plugin.ports.helpdesk import (
    Answer,
    InstallSecrets,
    Launch,
    LookupResult,
    Request,
    Step,
    Writer,
)

KEY_HEADER = "X-Mostrador-Key"
KEY_STEP = Step(
    text={
        "es": f"Añadir la cabecera {KEY_HEADER} con este valor.",
        "en": f"Add the header {KEY_HEADER} with this value.",
    },
    value="secret",
)
"""Of the set-up, where the host can send headers."""
_NAMES = ("email", "phone", "ext", "order")
_MOST, _LONGEST = 5, 254
_UNFILLED = ("{", "}", "$")
_NOBODY = ("", "null", "none", "nil", "undefined")
_BRACKETS = str.maketrans("<>", "‹›")


def read_by_header(request: Request, install: InstallSecrets, now: datetime) -> Launch:
    """The key stands in X-Mostrador-Key, or as Authorization: Bearer where a host has only that.
    Raises LaunchRefused("launch_invalid")."""
    headers = {name.lower(): text for name, text in request.headers.items()}
    kind, _, bearer = headers.get("authorization", "").partition(" ")
    given = headers.get(KEY_HEADER.lower()) or (bearer if kind.lower() == "bearer" else "")
    check_key(given.strip().encode(), install.secret)
    return launch_of(request)


def check_key(given: bytes, known: bytes) -> None:
    """In a time that says nothing of the key. Raises LaunchRefused("launch_invalid")."""
    if not known or not hmac.compare_digest(given, known):
        raise LaunchRefused("launch_invalid")


def launch_of(request: Request) -> Launch:
    """Whom the host asks about: `email`, `phone` and `ext`, each as often as it has them, or which
    `order`, by its number alone. A placeholder that the host left as it was is nobody."""
    said: dict[str, list[str]] = {name: [] for name in _NAMES}
    for name, value in (*request.query, *_body(request.body)):
        if name in said and (text := _clean(name, value)):
            said[name].append(text)
    return Launch(
        writer=Writer(
            emails=tuple(said["email"][:_MOST]),
            phones=tuple(said["phone"][:_MOST]),
            external_id=next(iter(said["ext"]), ""),
        ),
        source="claimed",
        proof="secret",
        text="".join(f"#{number.lstrip('#')}" for number in said["order"][:1]),
    )


class Ours(str):
    """Markup that is ours, with nothing in it from anybody else."""


def in_json(said: Mapping[str, Any], status: int = 200) -> Answer:
    """Hosts put our texts into pages by templates that may not escape, so no text carries a
    bracket of markup."""
    body = json.dumps(_plain(said), ensure_ascii=False).encode()
    return Answer(body=body, content_type="application/json; charset=utf-8", status=status)


def refuse(text: str, status: int) -> Answer:
    """A sentence and no data."""
    return in_json({"error": text}, status)


def head(result: LookupResult) -> dict[str, str]:
    """What stands around the orders; `note` says why there may be more, or none."""
    return {
        "title": result.labels["title"],
        "note": " | ".join(result.notes),
        "as_of": result.as_of,
        "order_count": str(result.order_count),
        "open_label": result.labels["open"],
        "open_url": result.open_url,
    }


def items(result: LookupResult) -> list[dict[str, str]]:
    """The orders, each with its fields."""
    return [
        {
            "number": order.number,
            "date": order.placed_on,
            "state": order.state,
            "total": order.total,
            "shop": order.shop,
        }
        for order in result.orders
    ]


def lines(result: LookupResult) -> list[str]:
    """The orders, each as one line of text."""
    return [" · ".join(filter(None, item.values())) for item in items(result)]


def _body(body: bytes) -> list[tuple[str, object]]:
    if not body.strip():
        return []
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise LaunchRefused("launch_invalid") from error
    if not isinstance(said, dict):
        raise LaunchRefused("launch_invalid")
    return [(name, text) for name, value in said.items() for text in _each(value)]


def _each(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _clean(name: str, value: object) -> str:
    """Without NUL and half surrogates, which databases refuse. A plus that the host did not
    encode arrives as a space."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return ""
    if name == "phone" and value[:1] == " " and value[1:2].isdigit():
        value = "+" + value[1:]
    text = value.replace("\0", "").encode("utf-8", "replace").decode("utf-8").strip()
    if name == "email":
        text = text.replace(" ", "+")
    unfilled = any(mark in text for mark in _UNFILLED)
    return "" if unfilled or text.lower() in _NOBODY else text


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, Ours) or not isinstance(value, str):
        return value
    return value.translate(_BRACKETS)
