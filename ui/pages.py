"""The templates: one Jinja environment, always escaping, with strict names."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.environment import TemplateModule
from markupsafe import Markup

from plugin import messages

_FOLDER = Path(__file__).parent / "templates"

_environment = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def page(name: str, locale: str, **context: Any) -> str:
    """A template as text; `t` in it is the labels of the locale."""
    return _environment.get_template(name).render(
        t=messages.labels(locale), lang=messages.known_locale(locale), **context
    )


def macro(name: str, lang: str, part: str, view: object) -> str:
    """The text of one macro of a file; it escaped everything it was given."""
    made: Markup = getattr(_macros(name, lang), part)(view)
    return str(made).strip()


@cache
def _macros(name: str, lang: str) -> TemplateModule:
    """Bound to a locale once, so that calling one costs no new context."""
    return _environment.get_template(name).make_module(
        {"t": messages.labels(lang), "lang": messages.known_locale(lang)}
    )


@cache
def version() -> str:
    """Changes with any template or catalogue: part of memo keys and ETags."""
    digest = hashlib.sha256()
    for file in sorted((*_FOLDER.rglob("*.html"), *messages.CATALOGUES.rglob("*.po"))):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:10]
