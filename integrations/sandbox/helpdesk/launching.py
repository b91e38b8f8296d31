"""Signs launches as a helpdesk's server would: who the agent is, who writes, what they said."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import jwt

from integrations.sandbox.seed.shapes import Ticket

Role = Literal["agent", "supervisor", "viewer"]
LIFE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Somebody who sits at the inbox; `id` is what the launch says."""

    id: str
    name: str
    email: str
    role: Role


AGENTS: Mapping[str, Agent] = {
    agent.id: agent
    for agent in (
        Agent(id="ana", name="Ana", email="ana@tiendaazul.example", role="agent"),
        Agent(id="diego", name="Diego", email="diego@tiendaazul.example", role="agent"),
        Agent(id="marta", name="Marta", email="marta@tiendaazul.example", role="supervisor"),
        Agent(id="vicente", name="Vicente", email="vicente@tiendaazul.example", role="viewer"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose demo it is; the inbox says how to log in to the console."""

    name: str
    email: str
    password: str


OWNER = Owner(name="Olga Prieto", email="olga@tiendaazul.example", password="mostrador-demo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """The install as the helpdesk knows it."""

    install: str
    secret: str

    def launch(self, ticket: Ticket, agent: Agent, locale: str) -> str:
        """A token that opens the panel once, within a minute."""
        now = int(time.time())
        claims = {
            "iss": "helpdesk",
            "aud": self.install,
            "iat": now,
            "exp": now + LIFE,
            "jti": secrets.token_hex(16),
            "agent": {"id": agent.id, "name": agent.name, "email": agent.email},
            "conversation": f"ticket-{ticket.number}",
            "customer": {
                "name": ticket.writer,
                "emails": [ticket.email] if ticket.email else [],
                "phones": [ticket.phone] if ticket.phone else [],
            },
            "subject": ticket.subject,
            "messages": ["\n".join(ticket.paragraphs)],
            "locale": locale,
        }
        return jwt.encode(claims, self.secret, algorithm="HS256")
