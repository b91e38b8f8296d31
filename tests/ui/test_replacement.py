"""The order once more, as a form and as its result."""

from __future__ import annotations

from plugin.actions.places import countries, rules_of
from plugin.actions.replace import ReplacementForm
from plugin.domain.products import Product, StockLevel, Variant
from tests.builders import NOON, eur
from tests.ui.conftest import Ask
from tests.ui.pretend import PretendCore
from tests.ui.samples import an_action
from ui.present import replacement
from ui.present.words import Words


def test_the_form_offers_other_variants_with_their_stock(core: PretendCore, ask: Ask) -> None:
    line = core.sidebar.orders[0].order().lines[0]
    sizes = tuple(
        Variant(ref=f"v{n}", title=title, price=eur("20"),
                stock=(StockLevel(location="Madrid", quantity=n),))
        for n, title in enumerate(("M", "<L>"), 1)
    )  # fmt: skip
    shirt = Product(ref=line.product_ref or "p", title="Shirt", updated_at=NOON, variants=sizes)
    core.content = lambda typed: ReplacementForm(products={line.product_ref: shirt})

    html = ask("act/replacement/co_blue/gid%2F1042").text

    assert 'name="mode" value="free" checked' in html
    if line.product_ref:
        assert '<option value="v2">&lt;L&gt; · 2 en existencias</option>' in html


def test_the_result_says_the_new_number_and_what_failed_beside_it() -> None:
    said = replacement.outcome(
        {"number": "#2001", "stage": "order", "linked": False, "mailed": "unknown"}, Words("en", "")
    )

    assert said[0] == "New order: 2001"
    assert len(said) == 3


def test_the_reply_holds_the_link_to_pay_and_no_other_scheme() -> None:
    waits = {"number": "D1", "stage": "awaiting_payment"}
    pay = an_action(
        kind="replacement", state="done", receipt={**waits, "pay_url": "https://shop.example/pay"}
    )
    odd = an_action(kind="replacement", state="done", receipt={**waits, "pay_url": "javascript:1"})

    assert replacement.reply(pay, Words("en", "")).endswith("https://shop.example/pay")
    assert replacement.reply(odd, Words("en", "")) == ""


def test_another_address_is_asked_for_as_its_country_has_it(core: PretendCore, ask: Ask) -> None:
    core.content = lambda typed: ReplacementForm(
        products={}, rules=rules_of(typed.get("country", "ES")), countries=countries()
    )

    html = ask("act/replacement/co_blue/gid%2F1042").text

    assert 'name="elsewhere" value="on"> Enviar a otra dirección' in html
    assert 'name="line1"' in html
    assert 'data-reform="act/form"' in html
