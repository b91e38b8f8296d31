"""No helpdesk at all: the panel as a page of its own, for mail, telephone and every inbox that has
no place for a frame (contract E); see README.md."""

from __future__ import annotations

from plugin.ports.helpdesk import HelpdeskPlatform, Step

STEPS = (
    Step(
        text={
            "es": "Abrir /desk en este servidor y entrar. La página cabe en media pantalla.",
            "en": "Open /desk on this server and log in. The page fits half a screen.",
        },
        value="origin",
    ),
    Step(
        text={
            "es": "Como palabra clave de búsqueda del navegador: esta dirección y /go#q=%s",
            "en": "As a search keyword of the browser: this address followed by /go#q=%s",
        },
        value="origin",
    ),
)

PLATFORM = HelpdeskPlatform(key="desk", label="Mostrador", link=True, steps=STEPS)
