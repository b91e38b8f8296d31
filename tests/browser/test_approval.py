"""Above a limit an agent asks and a supervisor at another ticket decides; both languages."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from playwright.sync_api import Frame, Locator, Page, expect

from tests.browser.desk import Desk
from tests.browser.house import House

NUMBER = 1038


def asked(desk: Desk, amount: str, comment: str, ask: str) -> Locator:
    """The agent's result after asking."""
    order = desk.reviewed_amount(NUMBER, amount)
    box = order.locator("#comment")
    box.focus()
    desk.page.keyboard.type(comment)
    order.get_by_role("button", name=ask).press("Enter")
    return order.locator(".result")


def supervisor(house: House, open_page: Callable[..., Page], lang: str) -> Desk:
    """Marta, who reads the ticket of somebody else."""
    locale = {"es": "es-ES", "en": "en-GB"}[lang]
    page = open_page(viewport={"width": 1200, "height": 1000}, locale=locale)
    return Desk(page, house, lang).open(5, agent="marta")


def test_a_supervisor_approves_by_keyboard_and_it_is_paid_once(
    desk: Desk, house: House, open_page: Callable[..., Page],
    axe: Callable[[Page | Frame], list[str]],
) -> None:  # fmt: skip
    before = house.mark()
    with house.limited(50):
        mine = asked(desk.open(1), "1,00", "Llegó roto", "Pedir aprobación")
        expect(mine).to_contain_text("Pendiente de aprobación: 1,00 €")
        expect(mine).to_contain_text("Puede resolverlo: Marta")
        assert house.paid_back(before) == []

        marta = supervisor(house, open_page, "es")
        marta.frame.get_by_role("button", name="1 por resolver").press("Enter")
        marta.frame.locator(".waits [data-get]").first.press("Enter")
        decision = marta.frame.locator(".decide")
        expect(decision).to_contain_text("Llegó roto")
        expect(decision).to_contain_text("Supera el límite de 0,50 €")
        expect(decision.locator("h3")).to_be_focused()
        frame = marta.page.frame(name="mostrador")
        assert frame is not None
        assert axe(frame) == []
        decision.get_by_role("button", name="Aprobar: Reembolsar 1,00 €").press("Enter")

        expect(marta.frame.locator("#inbox .result")).to_contain_text("Reembolsado: 1,00 €")
        expect(mine).to_contain_text("Reembolsado: 1,00 €")
        expect(marta.frame.locator("#waits")).to_be_empty()
    assert house.paid_back(before) == [(Decimal("1.00"), "EUR")]


def test_a_supervisor_declines_in_english_and_the_agent_reads_why(
    english_desk: Desk, house: House, open_page: Callable[..., Page]
) -> None:
    before = house.mark()
    with house.limited(50):
        mine = asked(english_desk.open(1), "1.00", "Arrived broken", "Ask for approval")
        expect(mine).to_contain_text("Awaiting approval: €1.00")

        marta = supervisor(house, open_page, "en")
        marta.frame.get_by_role("button", name="1 waiting for somebody").press("Enter")
        marta.frame.locator(".waits [data-get]").first.press("Enter")
        decision = marta.frame.locator(".decide")
        decision.get_by_label("Why not").fill("Already replaced")
        decision.get_by_role("button", name="Do not approve").press("Enter")

        expect(mine).to_contain_text("Marta did not approve it: Already replaced")
    assert house.paid_back(before) == []


def test_a_refund_by_hand_is_owed_until_a_supervisor_shows_the_proof(
    desk: Desk, house: House, open_page: Callable[..., Page]
) -> None:
    before = house.mark()
    order = desk.open(5).opened(2219)
    order.get_by_role("button", name="Reembolso manual").press("Enter")
    order.get_by_label("Importe en EUR").fill("8,90")
    order.get_by_label("Cuenta (IBAN, CLABE o CBU)").fill("ES91 2100 0418 4502 0005 1332")
    order.get_by_role("button", name="Revisar reembolso manual").press("Enter")
    expect(order.locator("form.preview")).to_contain_text("Transferencia · IBAN ES•••• 1332")
    order.get_by_role("button", name="Anotar 8,90 € por pagar").press("Enter")
    expect(order.locator(".result")).to_contain_text("Reembolso manual pendiente: 8,90 €")
    expect(order.locator(".result")).to_contain_text("Puede resolverlo: Marta")

    marta = Desk(open_page(viewport={"width": 1200, "height": 1000}), house).open(1, agent="marta")
    marta.frame.get_by_role("button", name="1 por resolver").press("Enter")
    marta.frame.locator(".waits [data-get]").first.press("Enter")
    task = marta.frame.locator("#inbox .card")
    task.get_by_role("button", name="Ver cuenta").press("Enter")
    expect(task).to_contain_text("ES91 2100 0418 4502 0005 1332")
    task.get_by_role("button", name="Volver").press("Enter")
    task.get_by_label("Se pagó", exact=True).check()
    task.get_by_label("Dónde se comprobó").fill("Transferencia 77")
    task.get_by_role("button", name="Dar por cerrado").press("Enter")

    expect(task).to_contain_text("Pagado a mano: 8,90 €")
    expect(task).to_contain_text("Marta: Transferencia 77")
    expect(marta.frame.locator("#waits")).to_be_empty()
    assert house.paid_back(before) == []
