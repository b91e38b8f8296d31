"""Roles and what they may do. Limits and approvals join here; their states exist already."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["owner", "supervisor", "agent", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)

ACTING: frozenset[Role] = frozenset({"owner", "supervisor", "agent"})
"""Who acts on orders unless the owner says otherwise."""
