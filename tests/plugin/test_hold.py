"""A frame that a signed launch opened goes on by its own key when nobody looked at it for long."""

from __future__ import annotations

import pytest

from plugin.actions import pairing, team
from plugin.actions.launch import renew, take_seat
from plugin.actions.replay import BURST
from plugin.db import people
from plugin.errors import LaunchRefused
from tests.plugin.conftest import Desk
from tests.plugin.pairing import Browser


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def held(desk: Desk, **launch: object) -> Browser:
    browser = Browser(desk)
    browser.id = pairing.hold(desk.services, desk.seat(**launch), browser.jwk())
    return browser


def test_it_goes_on_as_the_agent_who_was_signed(desk: Desk) -> None:
    browser, agent = held(desk), desk.seat().agent_id
    desk.clock.pass_(minutes=40)

    seat = browser.redeem().seat

    assert (seat.agent_id, seat.proof, seat.role) == (agent, "signed", "agent")
    assert seat.identifiers.empty  # who writes, the page tells anew


def test_its_tokens_are_renewed_by_the_key_alone(desk: Desk) -> None:
    seat = held(desk).redeem().seat

    with pytest.raises(LaunchRefused, match="renewal_needs_key"):
        renew(desk.services, seat)


def test_it_ends_with_the_working_day(desk: Desk) -> None:
    browser = held(desk)
    desk.clock.pass_(hours=12)

    with pytest.raises(LaunchRefused, match="pairing_expired"):
        browser.redeem()


def test_what_may_be_a_replay_holds_nothing(desk: Desk) -> None:
    with pytest.raises(LaunchRefused, match="launch_unsigned"):
        held(desk, proof="replayable")


def test_a_frame_that_goes_on_makes_no_other_key(desk: Desk) -> None:
    """Else it would never end."""
    seat = held(desk).redeem().seat

    with pytest.raises(LaunchRefused, match="launch_unsigned"):
        pairing.hold(desk.services, seat, Browser(desk).jwk())


def test_another_key_does_not_sign_for_it(desk: Desk) -> None:
    other, browser = Browser(desk), held(desk)
    other.id = browser.id

    with pytest.raises(LaunchRefused, match="key_signature_invalid"):
        other.redeem()


def test_an_agent_who_left_is_out_at_once(desk: Desk) -> None:
    browser = held(desk)
    opened = browser.redeem()
    with desk.services.database.writing() as connection:
        people.change_agent(desk.scope, connection, opened.seat.agent_id, active=False)

    for way in (browser.redeem, lambda: take_seat(desk.services, desk.install_id, opened.token)):
        with pytest.raises(LaunchRefused, match="agent_disabled"):
            way()


def test_it_is_no_browser_that_somebody_paired(desk: Desk) -> None:
    held(desk)

    assert not team.team(desk.services, desk.scope).browsers


def test_a_signed_text_opens_frames_that_load_together_and_none_later(desk: Desk) -> None:
    """A captured launch with another, unsigned number of a frame."""
    desk.open(nonce="1", shared="t")
    desk.open(nonce="2", shared="t")
    desk.clock.pass_(seconds=BURST.total_seconds())

    with pytest.raises(LaunchRefused, match="launch_replayed"):
        desk.open(nonce="3", shared="t")
