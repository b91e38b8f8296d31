"""What was changed is still there after a restart, as whoever read it would expect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from integrations.http import ApiClient
from integrations.registry import stores
from integrations.sandbox import gateway as pretend_gateway
from integrations.sandbox.serving import App, in_thread
from integrations.sandbox.shopify import create_app
from plugin.domain.addresses import AddressChoice
from plugin.domain.annotations import TagsChoice
from plugin.domain.cancels import CancelChoice
from plugin.domain.discounts import DiscountChoice
from plugin.domain.people import Address
from plugin.domain.replacements import ReplacementChoice, ReplacementLine
from tests.contracts.shop import Running, running
from tests.contracts.shopify import TiendaAzul

ORDER, REFERENCE = "1041", "M-ABCDEFGH"


class Kept(TiendaAzul):
    """The same shop with a folder that outlives it."""

    def __init__(self, state: Path) -> None:
        self._state = state

    def app(self, gateway: str) -> App:
        return create_app(self._state, gateway, maximum=1_000_000, restore=50_000)


@contextmanager
def opened(state: Path) -> Iterator[Running]:
    http = ApiClient(allow_loopback=True, attempts=1)
    with running(Kept(state), stores()["shopify"], http) as shop:
        yield shop
    http.close()


def everything(shop: Running) -> dict[str, Any]:
    kinds = ("orders", "discount", "draft", "mark", "hold", "cancel", "job", "mail")
    return {kind: shop.kept(kind) for kind in kinds}


def _change_all(shop: Running) -> None:
    store, place = shop.store, Address(
        first_name="Ana", last_name="Sol", line1="Sol 1", city="Madrid", province_code="M",
        postcode="28013", country="ES",
    )  # fmt: skip
    moved = store.plan_address(AddressChoice(order_ref=ORDER, address=place, default_too=True))
    store.change_address(moved, key="k", reference=REFERENCE)
    tags = store.plan_tags(TagsChoice(order_ref=ORDER, add=("vip",)))
    store.change_tags(tags, key="k", reference=REFERENCE)
    code = DiscountChoice(code="GRACIAS-AAAA", kind="free_shipping", for_anyone=True)
    store.make_discount(store.plan_discount(code), key="k", reference=REFERENCE)
    line = store.order("1033").lines[0]
    again = ReplacementLine(
        line_ref=line.ref, product_ref=line.product_ref, variant_ref=line.variant_ref, quantity=1
    )
    plan = store.plan_replacement(ReplacementChoice(order_ref="1033", lines=(again,)))
    store.replace_order(plan, key="k", reference=REFERENCE)
    store.cancel(store.plan_cancel(CancelChoice(order_ref=ORDER)), key="k", reference=REFERENCE)


def test_all_changes_outlive_the_shop(tmp_path: Path) -> None:
    with opened(tmp_path) as shop:
        _change_all(shop)
        before = everything(shop)

    with opened(tmp_path) as shop:
        after = everything(shop)
        new = shop.store.order("1061")

    assert after == before
    assert (new.total.amount, new.payment_state) == (0, "paid")


def test_a_job_cut_short_by_a_restart_runs_to_its_end(tmp_path: Path) -> None:
    with in_thread(pretend_gateway.create_app()) as gateway:
        app = create_app(tmp_path, gateway)
        job = {
            "id": 900_000_500, "order": int(ORDER), "refund": None, "restock": True,
            "reason": "CUSTOMER", "note": f"[{REFERENCE}]", "notify": False, "done": False,
            "status": "STARTED", "error": "",
        }  # fmt: skip
        app.extensions["world"].keep("job", str(job["id"]), job)

    with opened(tmp_path) as shop:
        shop.until(lambda: shop.store.order(ORDER).cancelled_at)

        assert [job["status"] for job in shop.kept("job")] == ["SUCCEEDED"]
