"""What the operator reads after connecting a shop: how it went, what is missing and what to do, and
a message to copy for the shop's hosting."""

from __future__ import annotations

from typing import Any

from plugin.actions.connect import Attached
from plugin.errors import MostradorError
from plugin.messages import LOCALES, for_hosting, sentence, to_owner

_ACCOUNT = ("method", "path", "time", "status", "words", "agent")


def cannot_connect(error: MostradorError, ours: str, *, as_json: bool) -> dict[str, Any]:
    """In JSON everything in both languages; for the terminal the English sentence first. `ours` is
    the name of this server, "" on a laptop."""
    known = {**error.parameters, "ours": ours}
    hosting = {at: for_hosting(error.code, at, **known) for at in LOCALES if known.get("path")}
    if as_json:
        return {
            "connected": False,
            "code": error.code,
            "message": {at: to_owner(error.code, at, **known) for at in LOCALES},
            "call": {name: known[name] for name in _ACCOUNT if known.get(name)},
            "hosting": hosting,
        }
    said = {"message": to_owner(error.code, "en", **known)}
    titles = {"en": "To copy for the shop's hosting:", "es": "Para copiar al hosting:"}
    return {**said, **{at: f"{titles[at]}\n\n{text}" for at, text in hosting.items()}}


def connected(made: Attached, *, as_json: bool) -> dict[str, Any]:
    """What was connected; `look_only` are the actions that these credentials cannot do."""
    notes = [*dict.fromkeys(item.reason for item in made.missing), *made.notices]
    if as_json:
        return {
            "connected": True,
            "connection": made.id,
            "address": made.address,
            "renewed": made.renewed,
            "look_only": [item.name for item in made.missing],
            "notices": [
                {"code": code, "message": {at: sentence(code, at) for at in LOCALES}}
                for code in notes
            ],
        }
    word = "renewed, its saved data is kept" if made.renewed else "connected"
    return {
        "connection": made.id,
        made.name: f"{word} at {made.address}",
        **{f"Note {place}": sentence(code, "en") for place, code in enumerate(notes, 1)},
    }
