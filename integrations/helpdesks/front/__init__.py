"""Front's side panel: an unsigned frame whose address carries a secret of the app, and the vendor's
SDK in it (contract B); see README.md."""

from __future__ import annotations

import hmac

from plugin.ports.helpdesk import (
    Claimed,
    HelpdeskPlatform,
    InstallField,
    InstallSecrets,
    Request,
    Step,
)

AUTH = "auth_secret"


def check(request: Request, install: InstallSecrets) -> bool:
    """Whether Front loads the frame for this app. It says nothing of the agent."""
    given = next((text for name, text in request.query if name == AUTH), "")
    known = install.fields.get(AUTH, "")
    return bool(known) and hmac.compare_digest(given.encode(), known.encode())


STEPS = (
    Step(
        text={
            "es": "En Front, abrir Settings → Developers → la app → Features y añadir un plugin.",
            "en": "In Front, open Settings → Developers → the app → Features and add a plugin.",
        }
    ),
    Step(
        text={
            "es": "Pegar esta dirección como Side panel URL y guardar.",
            "en": "Paste this address as the side panel URL and save.",
        },
        value="url",
    ),
    Step(
        text={
            "es": "Activar la app para el equipo, abrir una conversación y el panel lateral. Cada "
            "agente autoriza su navegador una vez.",
            "en": "Turn the app on for the team, open a conversation and the side panel. Each "
            "agent authorises their browser once.",
        }
    ),
)

PLATFORM = HelpdeskPlatform(
    key="front",
    label="Front",
    claimed=Claimed(check=check),
    origins=("https://*.frontapp.com", "https://*.frontapplication.com"),
    bridge=True,
    abilities=frozenset({"insert", "open"}),
    fields=(
        InstallField(
            name=AUTH,
            label={"es": "Auth secret de la app", "en": "Auth secret of the app"},
            help={
                "es": "En Front: Settings → Developers → Create app. Front lo añade a la dirección "
                "del panel; aquí solo se compara.",
                "en": "In Front: Settings → Developers → Create app. Front adds it to the panel's "
                "address; here it is only compared.",
            },
            secret=True,
        ),
    ),
    steps=STEPS,
)
