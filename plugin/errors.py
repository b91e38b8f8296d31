"""The errors Mostrador raises. Sentences live in plugin/messages.py, keyed by `code`.

MostradorError(code, **parameters)
  SetupError            a setting or a grant is wrong; the operator acts
  LaunchRefused         a signature, an age or an audience did not hold
  DeliveryRefused       a webhook's signature or shape did not hold
  LinkRefused           a one-time link, code or state is unknown, expired or used
  NotOwned              nobody has used the set-up link yet
  NotFound              unknown install, order or action
  ActionRefused         nothing happened, and the agent can know why
    Unsupported         the platform cannot do it for this connection
    Forbidden           this agent may not
    InvalidInput        what was typed cannot be used
    Conflict            the order changed or somebody else works on it
  PlatformError         the shop did not serve us; nothing was changed
    Unreachable         no connection, time-out of a read, 5xx of a read
    RateLimited         asked to wait (parameter `after`, seconds)
    GrantRevoked        the shop no longer accepts our credentials
    BadAnswer           an answer that is not what the platform documents
  TooMany               one visitor asked oftener than people do (parameter `minutes` to wait)
  NotReady              the shop serves us, but could not prepare what was asked for
  OutcomeUnknown        a write left and no clear answer came: look before repeating
"""

from __future__ import annotations


class MostradorError(Exception):
    """Base of all. `code` is stable and snake_case; `parameters` fill the sentence."""

    status = 500
    retryable = False

    def __init__(self, code: str, **parameters: object) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = parameters

    def __str__(self) -> str:
        return self.code


class SetupError(MostradorError):
    """A setting or a grant is wrong; the operator acts."""


class LaunchRefused(MostradorError):
    """A launch or a token did not prove who is asking."""

    status = 401


class DeliveryRefused(MostradorError):
    """A webhook did not prove that the shop sent it, or is none."""

    status = 401


class LinkRefused(MostradorError):
    """A one-time link, code or state is unknown, expired or used."""

    status = 410


class NotOwned(MostradorError):
    """This installation belongs to nobody: its set-up link comes first."""

    status = 503
    retryable = True


class NotFound(MostradorError):
    """There is no such thing in this workspace."""

    status = 404


class ActionRefused(MostradorError):
    """Nothing happened, and the agent can know why."""

    status = 422


class Unsupported(ActionRefused):
    """The platform cannot do this for this connection."""


class Forbidden(ActionRefused):
    """This agent may not do this."""

    status = 403


class InvalidInput(ActionRefused):
    """What was typed cannot be used. Parameter `field` names the form field where known."""


class Conflict(ActionRefused):
    """The order changed meanwhile, or somebody else works on it."""

    status = 409


class PlatformError(MostradorError):
    """The shop did not serve us; nothing was changed."""

    status = 502


class Unreachable(PlatformError):
    """No connection, or a read that timed out or met a 5xx."""

    retryable = True


class RateLimited(PlatformError):
    """The shop asked to wait; the write, if any, did not run. `after` is seconds."""

    retryable = True

    def __init__(self, after: float = 1.0) -> None:
        super().__init__("shop_rate_limited", after=after)
        self.after = after


class GrantRevoked(PlatformError):
    """The shop no longer accepts our credentials."""


class BadAnswer(PlatformError):
    """An answer that is not what the platform documents (HTML, truncated, wrong shape)."""


class TooMany(MostradorError):
    """One visitor asked oftener than people do. Parameter `minutes`: how long to wait."""

    status = 429
    retryable = True

    def __init__(self, code: str, *, minutes: int) -> None:
        super().__init__(code, minutes=minutes)
        self.minutes = minutes


class NotReady(MostradorError):
    """The shop serves us, but could not prepare what was asked for; later it may."""

    status = 502
    retryable = True


class OutcomeUnknown(MostradorError):
    """A write left and no clear answer came: look before repeating."""

    status = 502
