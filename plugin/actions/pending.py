"""What waits for somebody to come back: a connection begun in the browser, a claim code."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta

from plugin.actions import one_time
from plugin.db.session import NOBODY, Scope
from plugin.services import Services

CLAIM_LIFE = timedelta(minutes=30)
_CLAIM = "claim"
# without 0 O 1 I L, which people mistake for each other
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_CLAIM_LETTERS = 8


def begin(
    services: Services, *, platform: str, scope: Scope | None, payload: Mapping[str, str],
    life: timedelta,
) -> str:  # fmt: skip
    """Remembers what the way back needs and returns an unguessable state for it. `scope` is None
    where no workspace is known yet. What the payload holds is sealed."""
    return one_time.issue(
        services, scope or NOBODY, _purpose(platform), life=life, payload=payload or {"": ""}
    )


def finish(services: Services, platform: str, state: str) -> tuple[Scope | None, Mapping[str, str]]:
    """What `begin` was given, once. Raises LinkRefused: state_unknown (also another platform's),
    state_expired, state_used."""
    with services.database.writing() as connection:
        known = one_time.use(services, connection, state, (_purpose(platform),), "state")
    payload = {name: text for name, text in known.payload.items() if name}
    return (None if known.scope == NOBODY else known.scope), payload


def make_claim_code(services: Services, scope: Scope) -> str:
    """A short code, good once and for half an hour, with which a shop that was installed from its
    own admin joins this workspace."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_CLAIM_LETTERS))
    one_time.issue(services, scope, _CLAIM, life=CLAIM_LIFE, secret=_claim_key(letters))
    return f"{letters[:4]}-{letters[4:]}"


def redeem_claim_code(services: Services, code: str) -> Scope:
    """The workspace that made the code, which is used up by this. Whoever calls must limit how
    often one visitor may try. Raises LinkRefused: claim_unknown, claim_expired, claim_used."""
    letters = "".join(sign for sign in code.upper() if sign.isalnum())
    with services.database.writing() as connection:
        return one_time.use(services, connection, _claim_key(letters), (_CLAIM,), "claim").scope


def _purpose(platform: str) -> str:
    return f"connect:{platform}"


def _claim_key(letters: str) -> str:
    """So that a short code can be mistaken for nothing else."""
    return f"claim {letters}"
