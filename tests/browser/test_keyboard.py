"""Every action once from the search box to its end without a mouse, in both languages: where the
focus is, what is announced, and what the pretend shop's own records show of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, expect

from plugin.actions.kinds import KINDS
from plugin.messages import label
from tests.browser.desk import Desk, result
from tests.browser.house import House

IS_BEFORE = "element => document.activeElement.compareDocumentPosition(element) & 2"
ENTER, DOWN = "\n", "\0"
"""Instead of something typed: press Enter, or an arrow to the next choice."""


@dataclass(frozen=True, slots=True)
class Step:
    """One action on an order of `who`; `typed` are fields or buttons, and what is typed there."""

    kind: str
    platform: str
    who: str
    number: int
    typed: Sequence[tuple[str, str]] = ()


def _of_one(platform: str, who: str, number: int) -> tuple[Step, ...]:
    """The one that ends the order is the last."""
    return (
        Step("note", platform, who, number, [("[name=text]", "Llamada por teclado")]),
        Step("mail", platform, who, number),
        Step("discount", platform, who, number, [("[name=percentage]", "15")]),
        Step("address", platform, who, number, [("[name=line1]", "Calle Teclado 7")]),
        Step("replacement", platform, who, number, [("li:last-child [data-step='1']", ENTER)]),
        Step("refund", platform, who, number,
             [("[name=mode]:checked", DOWN), ("[name=amount]", "2")]),
        Step("cancel", platform, who, number, [("[name=why]", DOWN)]),
    )  # fmt: skip


JOAO, HANNAH = "joao.davila@example.com", "hannah.mueller@example.com"
TAGGED = [("[name=add]", "por-teclado")]
BY_HAND = [("[name=amount]", "3"), ("[name=way]:checked", DOWN)]
ROUNDS = {
    "es": (
        Step("tags", "shopify", JOAO, 1059, TAGGED),
        Step("manual_refund", "woocommerce", JOAO, 2199, BY_HAND),
        *_of_one("woocommerce", JOAO, 2233),
    ),
    "en": (
        Step("tags", "shopify", HANNAH, 1045, TAGGED),
        *_of_one("shopify", HANNAH, 1045),
        Step("manual_refund", "shopify", "begona.iturralde@example.com", 1015, BY_HAND),
    ),
}
assert all({step.kind for step in steps} == set(KINDS) for steps in ROUNDS.values())


def effects(house: House, step: Step) -> int:
    """How many of its kind the shop's own records show, whoever made them."""
    record = house.record(step.platform, step.number)
    if step.kind == "note":
        return json.dumps(record, ensure_ascii=False).count(step.typed[0][1])
    if step.kind == "address":
        return int(step.typed[0][1] in json.dumps(record["shipping"]))
    if step.kind == "tags":
        return list(record["tags"]).count(step.typed[0][1])
    if step.kind == "cancel":
        return int(
            bool(record.get("cancelled_at")) or record.get("status") in ("cancelled", "refunded")
        )
    if step.kind in ("refund", "manual_refund"):
        return len(house.records(step.platform, house.order_ref(step.platform, step.number)))
    kept = {"mail": ("mail", "mails"), "discount": ("discount", "coupons"),
            "replacement": ("draft", "orders")}[step.kind]  # fmt: skip
    return len(house.kept(step.platform, kept[step.platform != "shopify"]))


class Keys:
    """An agent whose mouse is broken."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.press = desk, desk.page.keyboard.press

    def to(self, wanted: Locator) -> None:
        """Tab, or back by Shift and Tab."""
        key = "Shift+Tab" if wanted.evaluate(IS_BEFORE) else "Tab"
        for _ in range(80):
            self.press(key)
            if wanted.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"{key} never reached {wanted}")

    def enter(self, wanted: Locator) -> None:
        self.to(wanted)
        self.press("Enter")

    def fill(self, form: Locator, typed: Sequence[tuple[str, str]]) -> None:
        for field, text in typed:
            self.to(form.locator(field).first)
            if text == ENTER:
                self.press("Enter")
            elif text == DOWN:
                self.press("ArrowDown")
            else:
                self.press("ControlOrMeta+a")
                self.desk.page.keyboard.type(text)

    def search(self, email: str) -> None:
        self.desk.page.locator("#language").focus()
        box = self.desk.frame.get_by_role("searchbox")
        self.to(box)
        self.press("ControlOrMeta+a")
        self.desk.page.keyboard.type(email)
        self.press("Enter")

    def hears(self, text: str) -> None:
        expect(self.desk.frame.locator("#say")).to_contain_text(text)


def does(keys: Keys, step: Step, order: Locator, lang: str) -> None:
    """From the order to the result, as the page leads."""
    if order.get_attribute("open") is None:
        keys.enter(order.locator("summary").first)
    button = order.locator(f".bar [data-get^='act/{step.kind}/']")
    menu = order.locator(".menu")
    expect(button).to_have_count(1)
    if not button.is_visible():
        keys.enter(menu.locator("summary"))
    keys.enter(button)
    form = order.locator(f"form.{step.kind}")
    expect(form.locator("h3")).to_be_focused()
    keys.hears(form.locator("h3").inner_text())
    keys.fill(form, step.typed)
    keys.enter(form.locator("button[type=submit]"))
    preview = order.locator("form.preview")
    expect(preview.locator("h3")).to_be_focused()
    confirm = preview.locator("button[type=submit]")
    keys.hears(confirm.inner_text())
    keys.enter(confirm)
    done = label(f"ui.act.{step.kind}.done", lang, amount="\0").partition("\0")[0].strip()
    if step.kind == "manual_refund":
        done = {"es": "Reembolso manual pendiente", "en": "Manual refund due"}[lang]
    expect(result(order)).to_contain_text(done)
    expect(result(order).locator("[data-focus]")).to_be_focused()
    keys.hears(done)
    keys.enter(result(order).locator("[data-close]"))
    expect(order.locator(".bar :focus")).to_have_count(1)


@pytest.mark.parametrize("lang", ROUNDS)
def test_every_action_is_done_once_by_keyboard(
    lang: str, desk: Desk, english_desk: Desk, house: House
) -> None:
    keys = Keys({"es": desk, "en": english_desk}[lang].open(7))
    who = ""
    for step in ROUNDS[lang]:
        if step.who != who:
            keys.search(step.who)
            who = step.who
        order, before = keys.desk.order(step.number), effects(house, step)
        expect(order).to_be_visible()

        does(keys, step, order, lang)

        owed = step.kind == "manual_refund"  # which the shop is not told
        assert effects(house, step) == before + (not owed), step.kind
