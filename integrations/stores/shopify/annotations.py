"""The part of a shop that writes notes and tags, and sends an order's invoice once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plugin.domain.annotations import (
    NoteChoice,
    NotePlan,
    NoteReceipt,
    TagsChoice,
    TagsPlan,
    TagsReceipt,
)
from plugin.domain.mails import MailChoice, MailPlan, MailReceipt
from plugin.errors import (
    BadAnswer,
    Conflict,
    MostradorError,
    NotFound,
    OutcomeUnknown,
    Unsupported,
)
from plugin.ports.clock import utc_now

from . import annotating
from .client import ShopifyClient
from .opened import Opened
from .orders import readable
from .values import gid


class Annotations(Opened):
    """See plugin.ports.changes."""

    def plan_note(self, choice: NoteChoice) -> NotePlan:
        with readable():
            record = _record(self._hurried, choice.order_ref, choice.customer_ref)
            return annotating.plan_note(choice, record)

    def write_note(self, plan: NotePlan, *, key: str, reference: str) -> NoteReceipt:
        """Looked at once more just before, as the whole note is overwritten."""
        with readable():
            now = _record(self._client, plan.order_ref, plan.customer_ref)
            if (now["note"] or "") != plan.before:
                raise Conflict("note_changed")
        target = annotating.target(plan.order_ref, plan.customer_ref)
        note = annotating.whole_note(plan, reference)
        if plan.customer_ref:
            variables: dict[str, object] = {"id": target, "note": note}
            made = self._client.write(
                "customer_update_note", "customerUpdate", "customer", variables
            )
        else:
            variables = {"input": {"id": target, "note": note}}
            made = self._client.write("order_update", "orderUpdate", "order", variables)
        try:
            with readable():
                receipt = annotating.note_receipt(made, plan, reference)
        except BadAnswer as error:
            raise OutcomeUnknown("answer_lost", cause="note_unreadable") from error
        if receipt is None:
            raise OutcomeUnknown("answer_differs")
        return receipt

    def find_note(self, plan: NotePlan, reference: str) -> NoteReceipt | None:
        with readable():
            record = _record(self._client, plan.order_ref, plan.customer_ref)
            return annotating.note_receipt(record, plan, reference)

    def plan_tags(self, choice: TagsChoice) -> TagsPlan:
        with readable():
            record = _record(self._hurried, choice.order_ref, choice.customer_ref)
            return annotating.plan_tags(choice, record)

    def change_tags(self, plan: TagsPlan, *, key: str, reference: str) -> TagsReceipt:
        """On first, then off. What fails after the first half is unknown, not refused."""
        made = self._tag("add", plan, plan.add) if plan.add else {}
        try:
            made = self._tag("remove", plan, plan.remove) if plan.remove else made
        except MostradorError as error:
            if not plan.add:
                raise
            raise OutcomeUnknown("answer_lost", cause="half_done") from error
        try:
            with readable():
                receipt = annotating.tags_receipt(made, plan, reference, utc_now())
        except BadAnswer as error:
            raise OutcomeUnknown("answer_lost", cause="tags_unreadable") from error
        if receipt is None:
            raise OutcomeUnknown("answer_differs")
        return receipt

    def _tag(self, verb: str, plan: TagsPlan, tags: Sequence[str]) -> Mapping[str, Any]:
        target = annotating.target(plan.order_ref, plan.customer_ref)
        variables = {"id": target, "tags": list(tags)}
        return self._client.write(f"tags_{verb}", f"tags{verb.title()}", "node", variables)

    def find_tags(self, plan: TagsPlan, reference: str) -> TagsReceipt | None:
        with readable():
            record = _record(self._client, plan.order_ref, plan.customer_ref)
            return annotating.tags_receipt(record, plan, reference, utc_now())

    def plan_mail(self, choice: MailChoice) -> MailPlan:
        """Raises Unsupported("mail_only_invoice", "mail_no_address")."""
        if choice.kind != "invoice":
            raise Unsupported("mail_only_invoice")
        with readable():
            record = _record(self._hurried, choice.order_ref, "")
            if not record["email"]:
                raise Unsupported("mail_no_address")
            return MailPlan(
                order_ref=choice.order_ref,
                order_number=annotating.shown(record),
                kind=choice.kind,
                to=record["email"],
                subject=choice.subject.strip(),
                text=choice.text.strip(),
            )

    def send_mail(self, plan: MailPlan, *, key: str, reference: str) -> MailReceipt:
        email = {"to": plan.to, "subject": plan.subject, "customMessage": plan.text}
        given = {name: value for name, value in email.items() if value}
        variables = {"id": gid("Order", plan.order_ref), "email": given}
        self._client.write("order_invoice_send", "orderInvoiceSend", "order", variables)
        return MailReceipt(
            order_ref=plan.order_ref, reference=reference, to=plan.to, sent_at=utc_now()
        )

    def find_mail(self, plan: MailPlan, reference: str) -> MailReceipt | None:
        raise Unsupported("mail_not_told")


def _record(client: ShopifyClient, order_ref: str, customer_ref: str) -> Mapping[str, Any]:
    """Note and tags as they are now. Raises NotFound."""
    target = annotating.target(order_ref, customer_ref)
    kind = "customer" if customer_ref else "order"
    missing = "record_not_found" if customer_ref else "order_not_found"
    if not target:
        raise NotFound(missing)
    record: Mapping[str, Any] | None = client.read(f"{kind}_annotations", {"id": target}).data[kind]
    if record is None:
        raise NotFound(missing)
    return record
