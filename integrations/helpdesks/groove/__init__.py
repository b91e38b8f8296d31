"""Groove's custom profile: its server asks for flat JSON after every message of a customer
(contract D); see README.md."""

from __future__ import annotations

from datetime import datetime

from integrations.lookup import check_key, head, in_json, launch_of, lines, refuse
from plugin.ports.helpdesk import (
    Answer,
    HelpdeskPlatform,
    InstallField,
    InstallSecrets,
    Launch,
    Lookup,
    LookupResult,
    Request,
    Step,
)

CREDENTIAL = "api_token"
SHOWN = 5


def read(request: Request, install: InstallSecrets, now: datetime) -> Launch:
    """The account's own token stands in the address. Raises LaunchRefused("launch_invalid")."""
    given = next((text for name, text in request.query if name == CREDENTIAL), "")
    check_key(given.encode(), install.fields.get(CREDENTIAL, "").encode())
    return launch_of(request)


def answer(result: LookupResult) -> Answer:
    """One level, keys without spaces and none of name, status, email, first_name, last_name and
    full_name, which Groove overrides. Every key each time, so that no older value stays."""
    shown = lines(result)[:SHOWN]
    orders = [*shown, *[""] * (SHOWN - len(shown))]
    numbered = {f"order_{number}": line for number, line in enumerate(orders, 1)}
    return in_json({**head(result), **numbered})


STEPS = (
    Step(
        text={
            "es": "En Groove, abrir Settings → Custom Profile y activarlo.",
            "en": "In Groove, open Settings → Custom Profile and switch it on.",
        }
    ),
    Step(
        text={
            "es": "Pegar esta dirección como Webhook URL.",
            "en": "Paste this address as the webhook URL.",
        },
        value="lookup",
    ),
    Step(
        text={
            "es": "Pegar la de integrations/helpdesks/groove/README.md como HTML Template.",
            "en": "Paste as HTML template the one in integrations/helpdesks/groove/README.md.",
        }
    ),
    Step(
        text={
            "es": "Probar con el correo de un cliente y guardar. Aquí arriba aparece que llegó.",
            "en": "Test with a customer's e-mail and save. Above it says that it arrived.",
        }
    ),
)  # fmt: skip

PLATFORM = HelpdeskPlatform(
    key="groove",
    label="Groove",
    lookup=Lookup(read=read, answer=answer, refuse=refuse),
    fields=(
        InstallField(
            name=CREDENTIAL,
            label={"es": "API token de Groove", "en": "Groove's API token"},
            help={
                "es": "En Groove: Settings → API. Groove lo envía con cada consulta; aquí solo se "
                "compara.",
                "en": "In Groove: Settings → API. Groove sends it with every call; here it is only "
                "compared.",
            },
            secret=True,
        ),
    ),
    steps=STEPS,
)
