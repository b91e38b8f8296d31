"""The built files: the style sheet goes into the document, the script is linked by its hash."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

DIST = Path(__file__).parent / "static" / "dist"
PREFIX = "/static/"


def style() -> str:
    """The panel's style sheet as text, "" if the browser files are not built."""
    return text("panel.css")


def script() -> str:
    """The address of the panel's script, "" if the browser files are not built."""
    return link("panel.js")


@cache
def link(source: str) -> str:
    """The address of a built file by the name of its source, "" if it is not built."""
    name = _manifest().get(source, "")
    return PREFIX + name if name else ""


@cache
def text(source: str) -> str:
    """A built file itself, "" if it is not built."""
    name = _manifest().get(source, "")
    return (DIST / name).read_text(encoding="utf-8") if name else ""


@cache
def _manifest() -> dict[str, str]:
    file = DIST / "manifest.json"
    if not file.exists():
        return {}
    names: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return names
