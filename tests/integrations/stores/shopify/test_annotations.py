"""The one note of an order is never overwritten unseen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from integrations.http import ApiClient
from integrations.registry import stores
from plugin.domain.annotations import NoteChoice, TagsChoice
from plugin.domain.mails import MailChoice
from plugin.errors import Conflict, InvalidInput, OutcomeUnknown
from tests.contracts.shop import Running, running
from tests.contracts.shopify import SHOP

KEY, REFERENCE, ORDER = "k", "M-ABCDEFGH", "1041"


@pytest.fixture
def shop() -> Iterator[Running]:
    http = ApiClient(allow_loopback=True, attempts=1)
    with running(SHOP, stores()["shopify"], http) as opened:
        yield opened
    http.close()


def test_a_note_changed_meanwhile_is_not_lost(shop: Running) -> None:
    plan = shop.store.plan_note(NoteChoice(order_ref=ORDER, text="Nuestra"))
    body = {"order": ORDER, "note": "De otra persona"}
    requests.post(f"{shop.url}/_control/order", json=body, timeout=5).raise_for_status()

    with pytest.raises(Conflict) as caught:
        shop.store.write_note(plan, key=KEY, reference=REFERENCE)

    assert caught.value.code == "note_changed"
    assert shop.record(ORDER)["note"] == "De otra persona"


def test_what_stood_there_stays_above(shop: Running) -> None:
    body = {"order": ORDER, "note": "Primera"}
    requests.post(f"{shop.url}/_control/order", json=body, timeout=5).raise_for_status()
    plan = shop.store.plan_note(NoteChoice(order_ref=ORDER, text="Segunda"))

    shop.store.write_note(plan, key=KEY, reference=REFERENCE)

    assert shop.record(ORDER)["note"] == f"Primera\nSegunda [{REFERENCE}]"


def test_half_of_the_tags_is_unknown_not_refused(shop: Running) -> None:
    first = shop.store.plan_tags(TagsChoice(order_ref=ORDER, add=("a",)))
    shop.store.change_tags(first, key=KEY, reference=REFERENCE)
    plan = shop.store.plan_tags(TagsChoice(order_ref=ORDER, add=("b",), remove=("a",)))
    shop.fault("bad_token", "tagsRemove")

    with pytest.raises(OutcomeUnknown):
        shop.store.change_tags(plan, key=KEY, reference=REFERENCE)

    assert shop.store.find_tags(plan, REFERENCE) is None


@pytest.mark.parametrize("tag", ["a,b", "x" * 41])
def test_a_tag_that_would_become_another(shop: Running, tag: str) -> None:
    with pytest.raises(InvalidInput):
        shop.store.plan_tags(TagsChoice(order_ref=ORDER, add=(tag,)))


def test_our_words_go_along_with_the_invoice(shop: Running) -> None:
    choice = MailChoice(order_ref=ORDER, kind="invoice", subject="Su factura", text="Adjunta")

    plan = shop.store.plan_mail(choice)

    assert (plan.subject, plan.text) == ("Su factura", "Adjunta")
    assert shop.store.send_mail(plan, key=KEY, reference=REFERENCE).to == plan.to
