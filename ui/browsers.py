"""A browser in a few words, for a person to recognise it by; nothing depends on it."""

from __future__ import annotations

_BROWSERS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Electron/", "App"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_of(agent: str) -> str:
    """ "Firefox, Windows"; "" for an agent that names neither."""
    found = (
        next((name for mark, name in table if mark in agent), "") for table in (_BROWSERS, _SYSTEMS)
    )
    return ", ".join(name for name in found if name)
