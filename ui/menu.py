"""The actions of an opened order: the first in sight, the others one step away."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import escape

from plugin import messages
from plugin.ports.store import Capability
from ui.present.words import Words


def menu_html(offers: Sequence[Capability], path: str, words: Words) -> str:
    """`path` is the order's escaped address. What cannot be done says why in its place."""
    if not offers:
        return ""
    first, *others = offers
    shown = _button(first, path, words, "go") if first.available else ""
    why = _why(first, words) if first.reason or not first.available else ""
    if not others:
        return shown + why
    items = "".join(f"<li>{_entry(offer, path, words)}</li>" for offer in others)
    more = escape(words.t("ui.act.more"))
    menu = f'<details class="menu"><summary>{more}</summary><ul>{items}</ul></details>'
    # What is available and gives a reason is a way round: the reason says of what.
    return f'<span class="acts">{shown}{menu}</span>{why}' if shown else why + menu


def _entry(offer: Capability, path: str, words: Words) -> str:
    if offer.available:
        return _button(offer, path, words, "link")
    return f'<span class="off">{_label(offer, words)}</span> {_why(offer, words)}'


def _button(offer: Capability, path: str, words: Words, look: str) -> str:
    text = _label(offer, words)
    return (
        f'<button class="{look}" type="button" data-get="act/{offer.name}/{path}">{text}</button>'
    )


def _label(offer: Capability, words: Words) -> str:
    return str(escape(words.t(f"ui.act.{offer.name}")))


def _why(offer: Capability, words: Words) -> str:
    text = messages.sentence(offer.reason or "unsupported", words.locale, **offer.parameters)
    return f'<span class="why">{escape(text)}</span>'
