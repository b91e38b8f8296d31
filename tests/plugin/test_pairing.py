"""Pairing, and every way to get in without having been paired."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from plugin.actions import browser_keys, connect, installs, pairing
from plugin.actions.launch import open_typed, renew, take_seat
from plugin.actions.pairing import Person
from plugin.db import people
from plugin.domain.identity import Identifiers
from plugin.errors import MostradorError, TooMany
from plugin.jobs.upkeep import once
from tests.plugin.conftest import Desk
from tests.plugin.pairing import ANA, DIEGO, Browser

VIEWER = Person(id="ac_vera", name="Vera", email="vera@shop.example", role="viewer")


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(MostradorError) as error:
        call()
    return error.value.code


class TestPairing:
    def test_a_confirmed_browser_acts_for_the_person_who_confirmed(self, desk: Desk) -> None:
        seat = Browser(desk).paired().redeem().seat

        assert (seat.agent_name, seat.role, seat.proof) == ("Ana", "agent", "paired")
        assert seat.identifiers.empty

    def test_nothing_is_given_before_somebody_confirms(self, desk: Desk) -> None:
        browser = Browser(desk).begin()
        said = browser.challenge()

        waiting = pairing.redeem(
            desk.services, desk.install_id, browser.id, challenge=said,
            signature=browser.sign(said),
        )  # fmt: skip

        assert waiting is None

    def test_the_person_is_asked_with_code_browser_and_address(self, desk: Desk) -> None:
        browser = Browser(desk).begin("Ana@Shop.example ")

        view = pairing.look(desk.services, browser.id)

        assert (view.code, view.browser) == (browser.code, "Firefox, Windows")
        assert (view.claimed_email, view.install, view.helpdesk) == (
            "ana@shop.example",
            "Inbox",
            "Pretend",
        )

    def test_one_person_in_two_browsers_is_one_agent(self, desk: Desk) -> None:
        seats = [Browser(desk).paired().redeem().seat for _ in range(2)]

        assert len({seat.agent_id for seat in seats}) == 1
        assert len({seat.pairing_id for seat in seats}) == 2

    def test_a_viewer_who_pairs_stays_a_viewer(self, desk: Desk) -> None:
        assert Browser(desk).paired(VIEWER).redeem().seat.role == "viewer"

    def test_renewal_goes_on_with_the_same_writer_and_ends_the_old_token(self, desk: Desk) -> None:
        browser = Browser(desk).paired()
        old = browser.redeem()

        fresh = browser.redeem(token=old.token)

        assert fresh.token != old.token
        assert refused(lambda: take_seat(desk.services, desk.install_id, old.token)) == (
            "token_unknown"
        )


class TestAttacks:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    def test_a_stolen_token_cannot_be_renewed_without_the_key(self, desk: Desk) -> None:
        stolen = Browser(desk).paired().redeem()

        assert refused(lambda: renew(desk.services, stolen.seat)) == "renewal_needs_key"
        desk.clock.pass_(minutes=16)
        assert refused(lambda: take_seat(desk.services, desk.install_id, stolen.token)) == (
            "token_expired"
        )

    def test_a_stolen_token_gives_another_browser_nothing_to_go_on_with(self, desk: Desk) -> None:
        stolen = Browser(desk).paired(ANA).redeem().token
        thief = Browser(desk).paired(DIEGO)

        assert refused(lambda: thief.redeem(token=stolen)) == "token_unknown"
        assert thief.redeem().seat.agent_name == "Diego"

    def test_an_expired_token_is_nothing_to_go_on_with(self, desk: Desk) -> None:
        browser = Browser(desk).paired()
        old = browser.redeem().token
        desk.clock.pass_(minutes=15)

        assert refused(lambda: browser.redeem(token=old)) == "token_expired"

    def test_a_stolen_token_opens_no_other_install(self, desk: Desk) -> None:
        stolen = Browser(desk).paired().redeem().token
        other = _other_install(desk)

        assert refused(lambda: take_seat(desk.services, other, stolen)) == "token_unknown"

    def test_another_key_does_not_sign_for_a_pairing(self, desk: Desk) -> None:
        victim = Browser(desk).paired()
        thief = Browser(desk)

        assert refused(lambda: thief.redeem(pairing_id=victim.id)) == "key_signature_invalid"

    def test_a_challenge_is_answered_once(self, desk: Desk) -> None:
        browser = Browser(desk).paired()
        said = browser.challenge()
        browser.redeem(said)

        assert refused(lambda: browser.redeem(said)) == "challenge_replayed"

    def test_a_challenge_of_another_install_is_refused(self, desk: Desk) -> None:
        browser = Browser(desk).paired()
        said = browser_keys.challenge(desk.services, _other_install(desk))

        assert refused(lambda: browser.redeem(said)) == "challenge_invalid"

    @pytest.mark.parametrize("said", ["", "x", "9999999999.abc.AAAA", "1.2.3", "é.é.é"])
    def test_a_challenge_nobody_made_is_refused(self, desk: Desk, said: str) -> None:
        browser = Browser(desk).paired()

        assert refused(
            lambda: pairing.redeem(
                desk.services, desk.install_id, browser.id, challenge=said, signature="AA"
            )
        ) == "challenge_invalid"  # fmt: skip

    def test_an_old_challenge_is_refused(self, desk: Desk) -> None:
        browser = Browser(desk).paired()
        said = browser.challenge()
        desk.clock.pass_(seconds=60)

        assert refused(lambda: browser.redeem(said)) == "challenge_expired"

    def test_a_pairing_does_not_work_at_another_install(self, desk: Desk) -> None:
        browser = Browser(desk).paired()
        browser.install_id = _other_install(desk)

        assert refused(browser.redeem) == "pairing_unknown"

    def test_a_swapped_code_is_refused(self, desk: Desk) -> None:
        mine, theirs = Browser(desk).begin(), Browser(desk).begin()
        while theirs.code == mine.code:
            theirs.begin()

        assert refused(
            lambda: pairing.confirm(desk.services, desk.scope, theirs.id, mine.code, ANA)
        ) == "pairing_code_differs"  # fmt: skip
        assert pairing.look(desk.services, theirs.id).state == "waiting"

    def test_another_person_than_the_helpdesk_names_is_refused(self, desk: Desk) -> None:
        browser = Browser(desk).begin("ana@shop.example")

        assert refused(
            lambda: pairing.confirm(desk.services, desk.scope, browser.id, browser.code, DIEGO)
        ) == "pairing_wrong_person"  # fmt: skip

    def test_somebody_of_another_workspace_cannot_confirm(self, desk: Desk) -> None:
        browser = Browser(desk).begin()
        other = connect.create_workspace(
            desk.services, name="Otra", locale="es", country="ES", timezone="UTC"
        )

        assert refused(
            lambda: pairing.confirm(desk.services, other, browser.id, browser.code, ANA)
        ) == "pairing_unknown"  # fmt: skip

    def test_a_pairing_is_confirmed_once(self, desk: Desk) -> None:
        browser = Browser(desk).paired(ANA)

        assert refused(
            lambda: pairing.confirm(desk.services, desk.scope, browser.id, browser.code, DIEGO)
        ) == "pairing_over"  # fmt: skip
        assert browser.redeem().seat.agent_name == "Ana"

    def test_a_late_confirmation_is_refused_and_forgotten(self, desk: Desk) -> None:
        browser = Browser(desk).begin()
        desk.clock.pass_(minutes=10)

        assert refused(
            lambda: pairing.confirm(desk.services, desk.scope, browser.id, browser.code, ANA)
        ) == "pairing_over"  # fmt: skip
        assert refused(browser.redeem) == "pairing_expired"
        desk.clock.pass_(minutes=1)
        once(desk.services)
        assert refused(browser.redeem) == "pairing_unknown"

    def test_a_declined_pairing_stays_declined(self, desk: Desk) -> None:
        browser = Browser(desk).begin()
        pairing.decline(desk.services, desk.scope, browser.id)

        assert refused(browser.redeem) == "pairing_declined"

    @pytest.mark.parametrize(
        "change", [{"kty": "RSA"}, {"crv": "P-384"}, {"x": "AA"}, {"y": "é"}, {"d": "AA"}]
    )
    def test_what_is_no_public_key_of_the_curve_is_refused(
        self, desk: Desk, change: dict[str, str]
    ) -> None:
        key = {**Browser(desk).jwk(), **change}

        assert refused(
            lambda: pairing.begin(
                desk.services, desk.install_id, key, claimed_email="", browser="", visitor="",
            )
        ) == "key_invalid"  # fmt: skip

    def test_strangers_cannot_fill_the_table(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pairing, "MOST_WAITING", 3)
        first, kept = Browser(desk).begin(), Browser(desk).paired()
        for _ in range(3):
            Browser(desk).begin()

        assert refused(first.redeem) == "pairing_unknown"
        assert kept.redeem().seat.agent_name == "Ana"

    def test_one_visitor_asks_only_so_often(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pairing, "MOST_ASKED", 2)
        for _ in range(2):
            Browser(desk).begin()

        with pytest.raises(TooMany) as error:
            Browser(desk).begin()
        assert (error.value.code, error.value.minutes) == ("pairing_too_many", 60)
        assert Browser(desk, visitor="192.0.2.8").begin().id
        desk.clock.pass_(minutes=60)
        assert Browser(desk).begin().id


class TestRevocation:
    def test_it_ends_every_token_at_once(self, desk: Desk) -> None:
        browser = Browser(desk).paired()
        token = browser.redeem().token

        pairing.revoke(desk.services, desk.scope, browser.id)

        assert refused(lambda: take_seat(desk.services, desk.install_id, token)) == (
            "token_unknown"
        )
        assert refused(browser.redeem) == "pairing_revoked"

    def test_a_session_under_way_does_not_outlive_it(self, desk: Desk) -> None:
        browser = Browser(desk).paired()
        seat = browser.redeem().seat
        pairing.revoke(desk.services, desk.scope, browser.id)

        assert refused(lambda: open_typed(desk.services, seat, Identifiers(source="typed"))) == (
            "pairing_revoked"
        )

    def test_the_other_browser_of_the_same_person_stays(self, desk: Desk) -> None:
        lost, kept = Browser(desk).paired(), Browser(desk).paired()

        pairing.revoke(desk.services, desk.scope, lost.id)

        assert kept.redeem().seat.agent_name == "Ana"

    def test_an_agent_who_left_is_out_everywhere(self, desk: Desk) -> None:
        browser = Browser(desk).paired()
        opened = browser.redeem()
        with desk.services.database.writing() as connection:
            people.change_agent(desk.scope, connection, opened.seat.agent_id, active=False)

        assert refused(lambda: take_seat(desk.services, desk.install_id, opened.token)) == (
            "agent_disabled"
        )
        assert refused(browser.redeem) == "agent_disabled"


class TestReplayableLaunch:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    def test_it_reads_and_may_not_act(self, desk: Desk) -> None:
        seat = desk.seat(proof="replayable", emails=["carmen@example.com"])

        assert (seat.proof, seat.role) == ("replayable", "viewer")

    def test_a_paired_browser_makes_it_act_for_the_same_writer(self, desk: Desk) -> None:
        launched = desk.open(proof="replayable", emails=["carmen@example.com"])

        seat = Browser(desk).paired().redeem(token=launched.token).seat

        assert (seat.proof, seat.role) == ("paired", "agent")
        assert seat.identifiers.emails == ("carmen@example.com",)
        assert seat.identifiers.source == "signed"


def _other_install(desk: Desk) -> str:
    return installs.install_helpdesk(
        desk.services, desk.scope, helpdesk="pretend", label="Other",
        origins=["https://other.example"],
    ).id  # fmt: skip
