"""The page on which a person lets a frame act for them."""

from __future__ import annotations

from plugin.actions import pairing, team
from plugin.actions.pairing import PairingView
from tests.plugin.conftest import Desk
from tests.plugin.pairing import Browser as Frame
from tests.ui.console.conftest import EMAIL, Browser

VERA = "vera@casa-oliva.example"
PASSWORD = "otras palabras sueltas"


def asked(desk: Desk, email: str = "") -> Frame:
    return Frame(desk).begin(email)


def look(desk: Desk, frame: Frame) -> PairingView:
    return pairing.look(desk.services, frame.id)


def test_whoever_is_not_logged_in_logs_in_with_the_address_filled_in(
    desk: Desk, browser: Browser
) -> None:
    frame = asked(desk, EMAIL)

    page = browser.get(f"/pair/{frame.id}")

    assert f'value="{EMAIL}"' in page.text
    assert f'name="next" value="/pair/{frame.id}"' in page.text
    assert frame.code not in page.text
    assert browser.log_in(next=f"/pair/{frame.id}").location == f"/pair/{frame.id}"


def test_it_asks_and_allows(desk: Desk, owner: Browser) -> None:
    frame = asked(desk)
    page = owner.get(f"/pair/{frame.id}")
    assert frame.code in page.text
    assert EMAIL in page.text
    assert "Inbox" in page.text

    answer = owner.post(f"/pair/{frame.id}", answer="allow", code=frame.code)

    assert 'data-state="paired"' in answer.text
    assert frame.redeem().seat.role == "owner"


def test_a_swapped_code_is_refused(desk: Desk, owner: Browser) -> None:
    frame = asked(desk)
    owner.get(f"/pair/{frame.id}")

    answer = owner.post(f"/pair/{frame.id}", answer="allow", code="xx-xx")

    assert answer.status_code == 403
    assert 'data-code="pairing_code_differs"' in answer.text
    assert look(desk, frame).state == "waiting"


def test_not_mine_is_an_answer(desk: Desk, owner: Browser) -> None:
    frame = asked(desk)
    owner.get(f"/pair/{frame.id}")

    owner.post(f"/pair/{frame.id}", answer="decline", code=frame.code)

    assert look(desk, frame).state == "declined"


def test_the_wrong_person_is_told_so_and_offered_nothing(desk: Desk, owner: Browser) -> None:
    frame = asked(desk, VERA)

    page = owner.get(f"/pair/{frame.id}")

    assert 'data-code="pairing_wrong_person"' in page.text
    assert 'value="allow"' not in page.text


def test_it_allows_nothing_without_the_token_of_the_page(desk: Desk, owner: Browser) -> None:
    frame = asked(desk)
    owner.csrf = ""

    answer = owner.post(f"/pair/{frame.id}", answer="allow", code=frame.code)

    assert answer.status_code == 403
    assert look(desk, frame).state == "waiting"


def test_one_that_does_not_exist_is_said_so(owner: Browser) -> None:
    for unknown in ("x", "in_1.x", ".", "a.b.c"):
        page = owner.get(f"/pair/{unknown}")

        assert page.status_code == 404
        assert "ya no existe" in page.text


def test_an_invited_agent_logs_in_and_pairs(desk: Desk, browser: Browser) -> None:
    link = team.invite(desk.services, desk.scope, email=VERA, name="Vera", role="viewer")
    path = link.removeprefix("https://panel.example")
    assert "propietaria" not in browser.get(path).text
    assert browser.post(path, password=PASSWORD).status_code == 302
    frame = asked(desk, VERA)
    browser.get(f"/pair/{frame.id}")

    browser.post(f"/pair/{frame.id}", answer="allow", code=frame.code)

    seat = frame.redeem().seat
    assert (seat.agent_name, seat.role) == ("Vera", "viewer")
    assert browser.get(path).status_code == 410


def test_a_role_changes_wherever_the_person_sits(desk: Desk, browser: Browser) -> None:
    link = team.invite(desk.services, desk.scope, email=VERA, name="Vera", role="viewer")
    path = link.removeprefix("https://panel.example")
    browser.get(path)
    browser.post(path, password=PASSWORD)
    frame = asked(desk)
    browser.get(f"/pair/{frame.id}")
    browser.post(f"/pair/{frame.id}", answer="allow", code=frame.code)
    member = next(m for m in team.team(desk.services, desk.scope).members if m.email == VERA)

    team.change_role(desk.services, desk.scope, member.id, "supervisor")

    assert frame.redeem().seat.role == "supervisor"
    team.set_active(desk.services, desk.scope, member.id, active=False)
    assert browser.get(f"/pair/{frame.id}").text.count('type="password"') == 1
