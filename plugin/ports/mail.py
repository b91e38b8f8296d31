"""The one way to write to people; `integrations/mail.py` does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Mail(Protocol):
    """Sends one message to all of them, none of whom sees the others. Raises Unreachable
    ("mail_unreachable"), BadAnswer ("mail_refused") when it was certainly not sent, OutcomeUnknown
    ("mail_unsure") when it may have been."""

    def __call__(self, to: Sequence[str], subject: str, text: str) -> None: ...
