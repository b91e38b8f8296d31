"""Templates inside the console's frame, of the console itself and of a platform's folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from plugin import messages
from ui import assets

TEMPLATES = Path(__file__).parents[1] / "templates"


def render(folder: Path, name: str, locale: str, /, **context: Any) -> str:
    """See plugin.web.console_page."""
    return _environment(folder).get_template(name).render(
        t=messages.labels(locale),
        sentence=lambda code, **known: messages.sentence(code, locale, **known),
        lang=messages.known_locale(locale),
        style_sheet=assets.link("console.css"),
        script=assets.link("console.js"),
        **context,
    )  # fmt: skip


@cache
def _environment(folder: Path) -> Environment:
    """One a folder: a platform finds its own templates first, and the frame."""
    return Environment(
        loader=FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
