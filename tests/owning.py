"""Installations in tests belong to somebody: one that belongs to nobody answers nothing."""

from __future__ import annotations

from plugin.actions import accounts
from plugin.actions.accounts import Person
from plugin.db.session import Scope
from plugin.services import Services


def owned(services: Services, scope: Scope) -> Services:
    """By an owner who never logs in."""
    accounts.add_owner(services, scope, Person(password="", email="owner@prueba.example"))
    return services
