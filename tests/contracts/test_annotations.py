"""What every shop must do with notes, tags and mails, or say that it lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from plugin.domain.annotations import NoteChoice, TagsChoice
from plugin.domain.mails import MailChoice, MailPlan
from plugin.domain.orders import Order
from plugin.errors import (
    GrantRevoked,
    InvalidInput,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unsupported,
)
from tests.contracts.shop import Catalogue, Running

KEY = "0b9f5e5c-6c3e-4b1b-8f0e-3f1a5d1c7a10"
REFERENCE = "M-ABCDEFGH"
TEXT = 'Llamó el cliente: "<b>urgente</b>" & dejar en portería'
T = TypeVar("T")


def _lacking(call: Callable[[], T]) -> T | str:
    """What the call gives, else the code of what the platform lacks."""
    try:
        return call()
    except Unsupported as error:
        return error.code


def _known(seed: Catalogue) -> Order:
    return seed.order(lambda item: bool(item.customer_ref) and "@" in item.email)


def _mail(shop: Running, order: Order) -> MailPlan:
    """Of the kind that this shop has."""
    able = shop.platform.ability("mail_invoice", order).available
    kind = "invoice" if able else "details"
    return shop.store.plan_mail(MailChoice(order_ref=order.ref, kind=kind))


class TestNotes:
    def test_a_note_is_kept_as_it_was_typed(self, fresh: Running, seed: Catalogue) -> None:
        plan = fresh.store.plan_note(NoteChoice(order_ref=_known(seed).ref, text=TEXT))

        receipt = fresh.store.write_note(plan, key=KEY, reference=REFERENCE)

        assert receipt.text == TEXT
        assert fresh.store.find_note(plan, REFERENCE) == receipt
        assert fresh.store.find_note(plan, "M-ZZZZZZZZ") is None

    def test_two_notes_stand_together(self, fresh: Running, seed: Catalogue) -> None:
        choice = NoteChoice(order_ref=_known(seed).ref, text="Una")
        first = fresh.store.plan_note(choice)
        fresh.store.write_note(first, key=KEY, reference=REFERENCE)
        second = fresh.store.plan_note(choice)

        fresh.store.write_note(second, key=KEY, reference="M-ZZZZZZZZ")

        assert fresh.store.find_note(first, REFERENCE)
        assert fresh.store.find_note(second, "M-ZZZZZZZZ")

    def test_a_customer_has_a_note_or_the_shop_says_it_has_none(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        order = _known(seed)
        able = fresh.platform.ability("customer_note", order)
        choice = NoteChoice(customer_ref=order.customer_ref, text="Prefiere WhatsApp")
        plan = _lacking(lambda: fresh.store.plan_note(choice))

        if isinstance(plan, str):
            assert plan == able.reason
            return
        fresh.store.write_note(plan, key=KEY, reference=REFERENCE)
        assert "Prefiere WhatsApp" in fresh.store.customer(order.customer_ref).note

    def test_a_note_for_the_customer_is_mailed_or_not_offered(
        self, fresh: Running, seed: Catalogue
    ) -> None:
        choice = NoteChoice(order_ref=_known(seed).ref, text="Sale mañana", to_customer=True)
        plan = _lacking(lambda: fresh.store.plan_note(choice))

        if isinstance(plan, str):
            assert plan == "note_stays_inside"
            return
        fresh.store.write_note(plan, key=KEY, reference=REFERENCE)
        assert (plan.customer_mailed, len(fresh.kept("mails"))) == ("yes", 1)

    def test_an_empty_note_is_none(self, shop: Running, seed: Catalogue) -> None:
        with pytest.raises(InvalidInput):
            shop.store.plan_note(NoteChoice(order_ref=_known(seed).ref, text="  "))

    def test_an_unknown_order(self, shop: Running) -> None:
        with pytest.raises(NotFound):
            shop.store.plan_note(NoteChoice(order_ref="999999999", text="x"))

    @pytest.mark.parametrize("fault", ["drop_after", "error_after"])
    def test_a_lost_answer_is_unknown_and_then_found(
        self, fresh: Running, seed: Catalogue, fault: str
    ) -> None:
        plan = fresh.store.plan_note(NoteChoice(order_ref=_known(seed).ref, text=TEXT))
        fresh.fault_in("note", fault)

        with pytest.raises(OutcomeUnknown):
            fresh.store.write_note(plan, key=KEY, reference=REFERENCE)

        assert fresh.store.find_note(plan, REFERENCE) is not None

    @pytest.mark.parametrize("fault", ["drop_before", "error_before", "html"])
    def test_a_request_lost_on_the_way_is_unknown_and_not_found(
        self, fresh: Running, seed: Catalogue, fault: str
    ) -> None:
        plan = fresh.store.plan_note(NoteChoice(order_ref=_known(seed).ref, text=TEXT))
        fresh.fault_in("note", fault)

        with pytest.raises(OutcomeUnknown):
            fresh.store.write_note(plan, key=KEY, reference=REFERENCE)

        assert fresh.store.find_note(plan, REFERENCE) is None

    def test_a_busy_shop_did_it_once_or_not_at_all(self, fresh: Running, seed: Catalogue) -> None:
        plan = fresh.store.plan_note(NoteChoice(order_ref=_known(seed).ref, text=TEXT))
        fresh.fault_in("note", "throttled")

        try:
            done = bool(fresh.store.write_note(plan, key=KEY, reference=REFERENCE))
        except RateLimited:
            done = False

        assert (fresh.store.find_note(plan, REFERENCE) is not None) is done

    def test_a_refused_key_writes_nothing(self, fresh: Running, seed: Catalogue) -> None:
        plan = fresh.store.plan_note(NoteChoice(order_ref=_known(seed).ref, text=TEXT))
        fresh.fault_in("note", "bad_token")

        with pytest.raises(GrantRevoked):
            fresh.store.write_note(plan, key=KEY, reference=REFERENCE)

        assert fresh.store.find_note(plan, REFERENCE) is None


class TestTags:
    @pytest.mark.parametrize("whose", ["order", "customer"])
    def test_tags_go_on_and_off_or_there_are_none(
        self, fresh: Running, seed: Catalogue, whose: str
    ) -> None:
        order = _known(seed)
        target = (
            {"order_ref": order.ref} if whose == "order" else {"customer_ref": order.customer_ref}
        )
        first = _lacking(lambda: fresh.store.plan_tags(TagsChoice(**target, add=("rotura", "vip"))))
        if isinstance(first, str):
            assert first == fresh.platform.ability("tags", order).reason
            return

        fresh.store.change_tags(first, key=KEY, reference=REFERENCE)
        second = fresh.store.plan_tags(TagsChoice(**target, add=("visto",), remove=("ROTURA",)))
        receipt = fresh.store.change_tags(second, key=KEY, reference=REFERENCE)

        assert set(receipt.tags) == {*first.before, "vip", "visto"} == set(second.after)
        found = fresh.store.find_tags(second, REFERENCE)
        assert found is not None
        assert found.tags == receipt.tags
        assert fresh.store.find_tags(first, REFERENCE) is None

    def test_nothing_to_do(self, shop: Running, seed: Catalogue) -> None:
        choice = TagsChoice(order_ref=_known(seed).ref, remove=("no-such-tag",))

        with pytest.raises((InvalidInput, Unsupported)):
            shop.store.plan_tags(choice)


class TestMails:
    def test_a_mail_goes_to_the_orders_own_address(self, fresh: Running, seed: Catalogue) -> None:
        order = _known(seed)
        plan = _mail(fresh, order)

        receipt = fresh.store.send_mail(plan, key=KEY, reference=REFERENCE)

        sent = fresh.kept("mail") if fresh.platform.key == "shopify" else fresh.kept("mails")
        assert [mail["to"] for mail in sent] == [order.email] == [receipt.to]

    def test_the_other_kind_says_what_there_is_instead(
        self, shop: Running, seed: Catalogue
    ) -> None:
        order = _known(seed)
        other = "details" if shop.platform.ability("mail_invoice", order).available else "invoice"

        with pytest.raises(Unsupported) as caught:
            shop.store.plan_mail(MailChoice(order_ref=order.ref, kind=other))

        assert caught.value.code == shop.platform.ability(f"mail_{other}", order).reason

    @pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_after"])
    def test_a_lost_answer_stays_unknown_as_nobody_tells(
        self, fresh: Running, seed: Catalogue, fault: str
    ) -> None:
        plan = _mail(fresh, _known(seed))
        fresh.fault_in("mail", fault)

        with pytest.raises(OutcomeUnknown):
            fresh.store.send_mail(plan, key=KEY, reference=REFERENCE)
        with pytest.raises(Unsupported) as caught:
            fresh.store.find_mail(plan, REFERENCE)

        assert caught.value.code == "mail_not_told"

    def test_a_refused_key_sends_nothing(self, fresh: Running, seed: Catalogue) -> None:
        plan = _mail(fresh, _known(seed))
        fresh.fault_in("mail", "bad_token")

        with pytest.raises(GrantRevoked):
            fresh.store.send_mail(plan, key=KEY, reference=REFERENCE)
