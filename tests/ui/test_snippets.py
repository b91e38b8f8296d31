"""Texts for the reply in the panel."""

from __future__ import annotations

from dataclasses import replace

from plugin.actions.search import ProductView
from plugin.domain.orders import Fulfilment, Tracking
from tests.ui.conftest import Ask
from tests.ui.pretend import PretendCore
from tests.ui.samples import NOW, a_product
from ui.present.snippets import order_values
from ui.present.words import Words, order_path


def _path(core: PretendCore) -> str:
    row = next(row for row in core.sidebar.orders if not row.masked)
    return "snippets/" + order_path(row.connection_id, row.ref)


def test_an_opened_order_offers_its_texts(core: PretendCore, ask: Ask) -> None:
    path = _path(core)
    assert f'data-get="{path}"' in ask("sidebar").text

    html = ask(path).text

    assert 'data-clip="insert"' in html
    assert 'data-clip="copy"' in html
    assert "Resumen del pedido" in html


def test_texts_are_in_the_customers_language_and_labels_in_the_agents(
    core: PretendCore, ask: Ask
) -> None:
    core.theirs = "en"

    html = ask(_path(core)).text

    assert '<p class="reply" lang="en">Order ' in html
    assert "Resumen del pedido" in html


def test_hostile_names_are_one_line_of_text(core: PretendCore) -> None:
    order = core.sidebar.orders[0].order()
    order = replace(order, customer_name="<b>Eva</b>\r\nBcc: x\u202e{total}")

    values = order_values(order, "Tienda", Words("es", ""))

    assert values["name"] == "<b>Eva</b> Bcc: x {total}"


def test_only_web_links_of_parcels_under_way_are_told(core: PretendCore) -> None:
    def parcel(ref: str, url: str, **known: object) -> Fulfilment:
        track = Tracking(company="SEUR", number=ref, url=url)
        return Fulfilment(ref=ref, state="in_transit", tracking=(track,), **known)  # type: ignore[arg-type]

    order = replace(
        core.sidebar.orders[0].order(),
        fulfilments=(
            parcel("a", "https://p.example/a", delivered_at=NOW),
            parcel("b", "javascript:alert(1)"),
            parcel("c", "https://p.example/c"),
        ),
    )

    values = order_values(order, "Tienda", Words("es", ""))

    assert values["tracking_link"] == "https://p.example/c"
    assert values["carrier"] == "SEUR"


def test_a_product_is_told_with_price_and_stock(core: PretendCore, ask: Ask) -> None:
    product = a_product(title='Camisa "lino"', url="https://shop.example/camisa")
    core.products = (ProductView(connection_id="co_blue", product=product, fetched_at=NOW),)

    answer = ask("search?q=camisa").json

    assert answer is not None
    assert 'data-text="Camisa &#34;lino&#34;: 49,90' in answer["html"]
    assert "https://shop.example/camisa" in answer["html"]
