"""What hypothesis draws: money, phones, addresses, texts of strangers."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from plugin.domain.money import Money, currency_digits

currencies = st.sampled_from(["EUR", "USD", "MXN", "JPY", "CLP", "KWD", "BHD", "TND"])


@st.composite
def money(draw: st.DrawFn, smallest: int = 0, largest: int = 10**9) -> Money:
    """Whole units of the currency's smallest coin."""
    currency = draw(currencies)
    coins = draw(st.integers(smallest, largest))
    return Money(Decimal(coins).scaleb(-currency_digits(currency)), currency)


weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(lambda w: sum(w) > 0)

domains = st.sampled_from(
    ["example.com", "EXAMPLE.com", "correo.example", "café.example", "münchen.example", "例え.jp"]
)
locals_ = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,30}", fullmatch=True)
emails = st.builds(lambda local, domain: f"{local}@{domain}", locals_, domains)

# hostile: controls, half pairs left out by hypothesis, right-to-left, very long
texts = st.text(max_size=300)
