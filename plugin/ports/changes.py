"""What a shop platform can change besides giving money back; a part of `Store`.

Every change has the same three steps. `plan_…` reads live and computes every consequence; it
raises InvalidInput, Unsupported, Conflict, NotFound and what reads raise. The change itself sends
exactly the plan, once; it raises `ActionRefused` if nothing happened, `OutcomeUnknown` whenever it
may have run. `find_…` looks after a lost answer for what carries our `reference`
("M-XXXXXXXX") and gives None if it is not there.
"""

from __future__ import annotations

from typing import Protocol

from plugin.domain.addresses import AddressChoice, AddressPlan, AddressReceipt
from plugin.domain.annotations import (
    NoteChoice,
    NotePlan,
    NoteReceipt,
    TagsChoice,
    TagsPlan,
    TagsReceipt,
)
from plugin.domain.cancels import CancelChoice, CancelPlan, CancelReceipt
from plugin.domain.discounts import DiscountChoice, DiscountPlan, DiscountReceipt
from plugin.domain.mails import MailChoice, MailPlan, MailReceipt
from plugin.domain.replacements import ReplacementChoice, ReplacementPlan, ReplacementReceipt


class Changes(Protocol):
    """Each method either does it whole or raises; one a platform lacks raises `Unsupported`."""

    def plan_address(self, choice: AddressChoice) -> AddressPlan: ...

    def change_address(self, plan: AddressPlan, *, key: str, reference: str) -> AddressReceipt:
        """Parcels in preparation stand still meanwhile, and are let go however it ends."""
        ...

    def find_address(self, plan: AddressPlan, reference: str) -> AddressReceipt | None:
        """Also lets go the parcels that a lost call left standing."""
        ...

    def plan_cancel(self, choice: CancelChoice) -> CancelPlan: ...

    def cancel(self, plan: CancelPlan, *, key: str, reference: str) -> CancelReceipt:
        """Follows a shop that does it by and by to the end; OutcomeUnknown if that takes long."""
        ...

    def find_cancel(self, plan: CancelPlan, reference: str) -> CancelReceipt | None: ...

    def plan_discount(self, choice: DiscountChoice) -> DiscountPlan:
        """Raises Conflict("discount_code_taken") if somebody has that code already."""
        ...

    def make_discount(self, plan: DiscountPlan, *, key: str, reference: str) -> DiscountReceipt:
        """The code is compared with the plan; one that came out otherwise is deleted at once and
        refused as "discount_came_out_wrong"."""
        ...

    def find_discount(self, plan: DiscountPlan, reference: str) -> DiscountReceipt | None:
        """Looks by the code. One of ours that came out otherwise is deleted and not found."""
        ...

    def plan_replacement(self, choice: ReplacementChoice) -> ReplacementPlan:
        """Stock is looked at: raises InvalidInput("stock_short")."""
        ...

    def replace_order(
        self, plan: ReplacementPlan, *, key: str, reference: str
    ) -> ReplacementReceipt:
        """Makes the new order, and points from the old one to it. One that came out otherwise is
        taken back at once and refused as "replacement_came_out_wrong"."""
        ...

    def find_replacement(self, plan: ReplacementPlan, reference: str) -> ReplacementReceipt | None:
        """What a lost call left half done is taken back and not found."""
        ...

    def plan_note(self, choice: NoteChoice) -> NotePlan: ...

    def write_note(self, plan: NotePlan, *, key: str, reference: str) -> NoteReceipt:
        """Raises Conflict("note_changed") where there is one note only and it was changed."""
        ...

    def find_note(self, plan: NotePlan, reference: str) -> NoteReceipt | None: ...

    def plan_tags(self, choice: TagsChoice) -> TagsPlan: ...

    def change_tags(self, plan: TagsPlan, *, key: str, reference: str) -> TagsReceipt:
        """Tags have no author: doing it twice is doing it once."""
        ...

    def find_tags(self, plan: TagsPlan, reference: str) -> TagsReceipt | None:
        """Whether the tags are as planned, whoever did it."""
        ...

    def plan_mail(self, choice: MailChoice) -> MailPlan: ...

    def send_mail(self, plan: MailPlan, *, key: str, reference: str) -> MailReceipt: ...

    def find_mail(self, plan: MailPlan, reference: str) -> MailReceipt | None:
        """No platform tells: raises Unsupported("mail_not_told"), only a person can know."""
        ...
