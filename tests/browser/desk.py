"""What an agent sees and does: the inbox with the panel in its frame, found as people find it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.house import House

PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

WORDS = {
    "es": {"refund": "Reembolsar", "review": "Revisar reembolso", "amount": "Importe",
           "lines": "Artículos", "one_more": "Añadir uno: ", "everything": "Todo: ",
           "search": "Pedido, correo, teléfono o producto"},
    "en": {"refund": "Refund", "review": "Review refund", "amount": "Amount",
           "lines": "Items", "one_more": "Add one: ", "everything": "Everything: ",
           "search": "Order, e-mail, phone or product"},
}  # fmt: skip


@dataclass(frozen=True)
class Desk:
    """One agent at the inbox."""

    page: Page
    house: House
    lang: str = "es"
    width: int = 320

    def open(self, ticket: int, *, agent: str = "ana") -> Desk:
        query = f"ticket={ticket}&agent={agent}&lang={self.lang}&width={self.width}"
        self.page.goto(f"{self.house.inbox}/?{query}")
        expect(self.side).to_be_visible()
        return self

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.lang]

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("#panel")

    @property
    def panel(self) -> Locator:
        return self.frame.locator("main#panel")

    @property
    def side(self) -> Locator:
        return self.frame.locator("#side")

    def order(self, number: int) -> Locator:
        """One order of the list, whether it is opened or not."""
        exact = re.compile(rf"^#{number}$")
        number_of = self.frame.locator(".no").filter(has_text=exact)
        return self.frame.locator(".order").filter(has=number_of)

    def opened(self, number: int) -> Locator:
        """The order with its facts; a click opens it unless it is."""
        order = self.order(number)
        expect(order).to_be_visible()
        if order.get_attribute("open") is None:
            order.locator("summary").click()
        expect(order.locator(".facts > section").nth(1)).to_be_visible()
        return order

    def select(self, writer: str) -> None:
        """Another conversation, by a click in the inbox."""
        self.page.locator("#tickets").get_by_role("button", name=writer).click()

    def search(self, text: str) -> None:
        box = self.frame.get_by_role("searchbox", name=self.words["search"])
        box.fill(text)
        box.press("Enter")

    def press(self, switch: str) -> None:
        """One of the inbox's switches, until it said something."""
        self.page.locator(f"[data-switch={switch}]").click()
        expect(self.page.locator(f"[data-switch={switch}]")).to_be_enabled()
        expect(self.page.locator("#said")).not_to_be_empty()

    def form(self, number: int) -> Locator:
        """The refund form of an order."""
        order = self.opened(number)
        order.get_by_role("button", name=self.words["refund"], exact=True).click()
        expect(order.locator("form.refund")).to_be_visible()
        return order

    def type_amount(self, number: int, amount: str) -> Locator:
        """The form with an amount typed and sent for review."""
        order = self.form(number)
        order.get_by_role("radio", name=self.words["amount"], exact=True).check()
        order.locator("#amount").fill(amount)
        order.get_by_role("button", name=self.words["review"]).click()
        return order

    def reviewed_amount(self, number: int, amount: str) -> Locator:
        order = self.type_amount(number, amount)
        expect(order.locator("form.preview")).to_be_visible()
        return order


def confirm_button(order: Locator) -> Locator:
    """The one with the amount on it."""
    return order.locator("form.preview button[type=submit]")


def result(order: Locator) -> Locator:
    return order.locator(".result")
