"""Roles and what they may do. Limits and approvals join here; their states exist already."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["owner", "supervisor", "agent", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)

ACTING: frozenset[Role] = frozenset({"owner", "supervisor", "agent"})
"""Who acts on orders unless the owner says otherwise."""

_PROVEN = frozenset({"signed", "paired", "login"})


def role_for(role: str, proof: str) -> str:
    """What a role is worth with this proof of the person: whoever may be a replay only reads."""
    return role if proof in _PROVEN else "viewer"
