"""Roles and what they may do. Limits and approvals join here; their states exist already."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["owner", "supervisor", "agent", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)

_MAY: dict[str, frozenset[str]] = {
    "owner": frozenset({"refund", "settle"}),
    "supervisor": frozenset({"refund", "settle"}),
    "agent": frozenset({"refund"}),
    "viewer": frozenset(),
}


def may(role: str, action: str) -> bool:
    """Unknown roles may nothing."""
    return action in _MAY.get(role, frozenset())
