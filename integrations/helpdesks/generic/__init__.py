"""Any helpdesk that can sign a JWT (HS256) with the secret of its install, or at least tell the
frame in the browser who writes (docs/embed.md); see README.md."""

from __future__ import annotations

from plugin.ports.helpdesk import Claimed, HelpdeskPlatform, Step

from .launch import verify

STEPS = (
    Step(
        text={
            "es": "Guardar el secreto en el servidor del helpdesk. Nunca llega a un navegador.",
            "en": "Keep the secret on the helpdesk's server. It never goes to a browser.",
        },
        value="secret",
    ),
    Step(
        text={
            "es": "Poner un iframe con esta dirección donde se atienden las conversaciones.",
            "en": "Put a frame with this address where conversations are answered.",
        },
        value="url",
    ),
    Step(
        text={
            "es": "Firmar un JWT (HS256) al abrir cada conversación, con este id en aud, "
            "y enviarlo al iframe. El contrato y un ejemplo están en docs/embed.md.",
            "en": "Sign a JWT (HS256) for each conversation that is opened, with this id in aud, "
            "and post it into the frame. Contract and sample: docs/embed.md.",
        },
        value="id",
    ),
)

PLATFORM = HelpdeskPlatform(
    key="generic",
    label="Signed launch",
    about={
        "es": "Para un helpdesk propio, o uno que falta en esta lista y puede firmar un JWT.",
        "en": "For a helpdesk of your own, or one that is not listed and can sign a JWT.",
    },
    verify=verify,
    claimed=Claimed(),
    abilities=frozenset({"insert", "open", "note"}),
    steps=STEPS,
)
