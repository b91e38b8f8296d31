"""FreeScout with the free module "Sidebar Webhook": its server asks for HTML (contract C), which
holds a frame and nothing of anybody; see README.md."""

from __future__ import annotations

from plugin.ports.helpdesk import Answer, Fragment, HelpdeskPlatform, Step, Trial

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
            "es": "Abrir una conversación: aquí arriba aparece que llegó. Si no, «Probar este "
            "buzón» dice qué falta.",
            "en": "Open a conversation: above it says that it arrived. If not, “Test this mailbox” "
            "says what is missing.",
        }
    ),
)  # fmt: skip

TRIAL = Trial(
    label={"es": "Probar este buzón", "en": "Test this mailbox"},
    body=b'{"customerEmail":"","customerPhones":[],"conversationSubject":"",'
    b'"conversationType":"Email","mailboxId":0,"secret":"not the secret"}',
)

PLATFORM = HelpdeskPlatform(
    key="freescout",
    label="FreeScout",
    fragment=Fragment(read=read, wrap=wrap, height=HEIGHT, trial=TRIAL),
    steps=STEPS,
)
