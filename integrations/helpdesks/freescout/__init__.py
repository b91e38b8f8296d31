"""FreeScout with the free module "Sidebar Webhook": its server asks for HTML (contract C), which
holds a frame and nothing of anybody; see README.md."""

from __future__ import annotations

from plugin.ports.helpdesk import Answer, Fragment, HelpdeskPlatform, Step

from .call import read

HEIGHT = 560


def wrap(html: str) -> Answer:
    """As it is: FreeScout puts the body into its page. Always with 200, as anything else is shown
    as a notice with our address and a spinner that never stops."""
    return Answer(body=html.encode(), content_type="text/html; charset=utf-8")


STEPS = (
    Step(
        text={
            "es": "Instalar el módulo Sidebar Webhook (Modules/SidebarWebhook) y activarlo.",
            "en": "Install the module Sidebar Webhook (Modules/SidebarWebhook) and activate it.",
        }
    ),
    Step(
        text={
            "es": "En los ajustes del buzón, Sidebar Webhook: pegar esta dirección como URL.",
            "en": "In the mailbox's settings, Sidebar Webhook: paste this address as the URL.",
        },
        value="fragment",
    ),
    Step(
        text={
            "es": "Pegar este secreto. Sin secreto no se responde.",
            "en": "Paste this secret. Without it nothing is answered.",
        },
        value="secret",
    ),
    Step(
        text={
            "es": "Probar este buzón: abrir una conversación; aquí abajo aparece que llegó.",
            "en": "Test this mailbox: open a conversation; below it says that it arrived.",
        }
    ),
)  # fmt: skip

PLATFORM = HelpdeskPlatform(
    key="freescout",
    label="FreeScout",
    fragment=Fragment(read=read, wrap=wrap, height=HEIGHT),
    steps=STEPS,
)
