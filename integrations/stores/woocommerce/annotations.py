"""The part of a shop that writes notes and sends an order's details once more."""

from __future__ import annotations

from plugin.domain.annotations import (
    NoteChoice,
    NotePlan,
    NoteReceipt,
    TagsChoice,
    TagsPlan,
    TagsReceipt,
)
from plugin.domain.mails import MailChoice, MailPlan, MailReceipt
from plugin.errors import BadAnswer, NotFound, OutcomeUnknown, PlatformError, Unsupported
from plugin.ports.clock import utc_now

from . import annotating, mailing, payloads, payloads_changes
from .client import decoded, digits
from .facts import Remembered
from .opened import Opened
from .payloads import OrderPayload
from .reading import readable

_versions: Remembered[str] = Remembered()


class Annotations(Opened):
    """See plugin.ports.changes."""

    def plan_note(self, choice: NoteChoice) -> NotePlan:
        annotating.check_note(choice)
        payload = self._order(choice.order_ref, quick=True)
        return annotating.plan_note(choice, payload["number"], payload["billing"].get("email", ""))

    def write_note(self, plan: NotePlan, *, key: str, reference: str) -> NoteReceipt:
        order_id = digits(plan.order_ref)
        if not order_id:
            raise NotFound("order_not_found")
        sent = annotating.body(plan, reference)
        answer = self._client.change("POST", f"orders/{order_id}/notes", sent, made=201)
        try:
            with readable():
                receipt = annotating.receipt(payloads_changes.NOTE.decode(answer), reference)
        except (BadAnswer, payloads.DecodeError) as error:
            raise OutcomeUnknown("answer_lost", cause="note_unreadable") from error
        if receipt is None:
            raise OutcomeUnknown("answer_differs")
        return receipt

    def find_note(self, plan: NotePlan, reference: str) -> NoteReceipt | None:
        order_id = digits(plan.order_ref)
        if not order_id:
            raise NotFound("order_not_found")
        listing = self._client.read(f"orders/{order_id}/notes", fresh=True)
        with readable():
            notes = decoded(payloads_changes.NOTES, listing.body)
            found = (annotating.receipt(note, reference) for note in notes)
            return next((receipt for receipt in found if receipt), None)

    def plan_tags(self, choice: TagsChoice) -> TagsPlan:
        raise Unsupported("tags_unsupported")

    def change_tags(self, plan: TagsPlan, *, key: str, reference: str) -> TagsReceipt:
        raise Unsupported("tags_unsupported")

    def find_tags(self, plan: TagsPlan, reference: str) -> TagsReceipt | None:
        raise Unsupported("tags_unsupported")

    def plan_mail(self, choice: MailChoice) -> MailPlan:
        """Raises Unsupported: "mail_only_details", "mail_text_unsupported", "mail_no_address",
        "mail_needs_version"."""
        if choice.kind != "details":
            raise Unsupported("mail_only_details")
        if choice.subject.strip() or choice.text.strip():
            raise Unsupported("mail_text_unsupported")
        payload = self._order(choice.order_ref, quick=True)
        to = payload["billing"].get("email", "")
        if not to:
            raise Unsupported("mail_no_address")
        if not self._sends_details(payload):
            raise Unsupported("mail_needs_version")
        return MailPlan(
            order_ref=choice.order_ref, order_number=payload["number"], kind="details", to=to
        )

    def send_mail(self, plan: MailPlan, *, key: str, reference: str) -> MailReceipt:
        """No address is sent: another one would become the order's own."""
        order_id = digits(plan.order_ref)
        if not order_id:
            raise NotFound("order_not_found")
        self._client.change("POST", f"orders/{order_id}/actions/send_order_details", {})
        return MailReceipt(
            order_ref=plan.order_ref, reference=reference, to=plan.to, sent_at=utc_now()
        )

    def find_mail(self, plan: MailPlan, reference: str) -> MailReceipt | None:
        raise Unsupported("mail_not_told")

    def _sends_details(self, payload: OrderPayload) -> bool:
        """An order was saved by a version at most as new as the shop's; if that is too old, the
        shop itself is asked."""
        if mailing.is_new_enough(payload.get("version", "")):
            return True
        try:
            return mailing.is_new_enough(_versions.get(self._key, self._read_version))
        except PlatformError:
            return False

    def _read_version(self) -> str:
        query = {"_fields": "environment"}
        listing = self._client.read("system_status", query, quick=True)
        return decoded(payloads_changes.STATUS, listing.body)["environment"]["version"]
