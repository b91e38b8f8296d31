"""The mail with an order's details: since version 9.5, and never to another address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations.http import ApiClient
from integrations.registry import stores
from integrations.stores.woocommerce import mailing
from plugin.domain.mails import MailChoice
from plugin.errors import Unsupported
from tests.contracts.shop import Catalogue, Running, everything, running
from tests.contracts.woocommerce import SHOP


@pytest.fixture
def shop() -> Iterator[Running]:
    http = ApiClient(allow_loopback=True, attempts=1)
    with running(SHOP, stores()["woocommerce"], http) as opened:
        yield opened
    http.close()


@pytest.fixture
def seed(shop: Running) -> Catalogue:
    return everything(shop.platform, shop.store)


@pytest.mark.parametrize(
    ("version", "enough"),
    [("9.5", True), ("9.5.0-beta.1", True), ("10.0.2", True), ("9.4.9", False), ("", False),
     ("x.y", False)],
)  # fmt: skip
def test_versions(version: str, enough: bool) -> None:
    assert mailing.is_new_enough(version) is enough


def test_words_of_ours_are_refused_rather_than_left_out(shop: Running, seed: Catalogue) -> None:
    order = seed.order(lambda item: "@" in item.email)

    with pytest.raises(Unsupported) as caught:
        shop.store.plan_mail(MailChoice(order_ref=order.ref, kind="details", text="Hola"))

    assert caught.value.code == "mail_text_unsupported"
