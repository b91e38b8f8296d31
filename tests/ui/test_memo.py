"""The memo: what it keeps, how much, and what must never be in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.ui.conftest import Ask
from tests.ui.pretend import PretendCore
from tests.ui.samples import NOW, TOKEN, WEAK, a_full_order, a_row, a_seat, a_sidebar, health
from ui.look import memo
from ui.memo import Memo


class TestMemo:
    def test_gives_back_what_it_keeps_without_rendering_again(self) -> None:
        kept = Memo(10_000)
        kept.pieces("a", lambda: ("one",))

        assert kept.pieces("a", lambda: ("two",)) == ("one",)

    def test_never_holds_more_than_its_limit(self) -> None:
        kept = Memo(10_000)

        for number in range(100):
            kept.keep(number, ("x" * 500,))
            assert kept.held <= 10_000

        assert 0 < len(kept) < 100

    def test_forgets_what_was_used_longest_ago(self) -> None:
        kept = Memo(3_500)
        for name in ("a", "b", "c"):
            kept.keep(name, ("x" * 400,))
        kept.many(("a",))

        kept.keep("d", ("x" * 400,))

        assert [found is not None for found in kept.many(("a", "b", "c", "d"))] == [
            True, False, True, True,
        ]  # fmt: skip

    def test_what_is_larger_than_all_of_it_is_not_kept(self) -> None:
        kept = Memo(1_000)

        assert kept.pieces("a", lambda: ("x" * 5_000,)) == ("x" * 5_000,)
        assert len(kept) == 0
        assert kept.held == 0

    def test_replacing_counts_once(self) -> None:
        kept = Memo(10_000)
        kept.keep("a", ("x" * 500,))
        before = kept.held

        kept.keep("a", ("y" * 500,))

        assert kept.held == before


class TestWhatThePanelKeeps:
    def test_nothing_of_agent_ticket_evidence_or_action(self, core: PretendCore, ask: Ask) -> None:
        core.sidebar = a_sidebar(
            orders=(a_row(action_id="ac_secret", action_state="unknown"), a_row(version=2))
        )

        ask("sidebar")

        kept = "\n".join(memo.texts())
        assert "Taza de gres azul" in kept
        for personal in (
            TOKEN, "ag_ana", "ac_secret", "Coincide", "badge", 'class="go"', "data-get",
            "Hora local", "hace", "in_demo", "Reembolsar",
        ):  # fmt: skip
            assert personal not in kept, personal

    def test_a_second_look_renders_nothing_again(self, ask: Ask) -> None:
        first = ask("sidebar").text
        entries = len(memo)

        assert ask("sidebar").text == first
        assert len(memo) == entries

    def test_two_agents_share_facts_but_not_buttons(self, core: PretendCore, ask: Ask) -> None:
        agent = ask("sidebar").text
        entries = len(memo)
        core.seat = a_seat(role="viewer", agent_id="ag_eva")

        viewer = ask("sidebar").text

        assert 'data-get="act/' in agent
        assert 'data-get="act/' not in viewer
        assert len(memo) == entries

    def test_a_masked_order_never_shows_what_an_open_one_kept(
        self, core: PretendCore, ask: Ask
    ) -> None:
        ask("sidebar")
        core.sidebar = a_sidebar(people=(), totals=(), orders=(a_row(evidence=WEAK, masked=True),))

        assert "82,90" not in ask("sidebar").text

    def test_a_new_version_is_shown(self, core: PretendCore, ask: Ask) -> None:
        ask("sidebar")
        order = a_full_order(note="Cambió la nota")
        core.sidebar = a_sidebar(orders=(a_row(order, version=2),))

        assert "Cambió la nota" in ask("sidebar").text

    def test_workspaces_with_the_same_ids_share_nothing(self, core: PretendCore, ask: Ask) -> None:
        ask("sidebar")
        other = a_row(a_full_order(note="Otra casa"))
        core.seat = replace(core.seat, scope=type(core.seat.scope)("ws_2"))
        core.sidebar = a_sidebar(people=(), orders=(other,))

        html = ask("sidebar").text

        assert "Otra casa" in html
        assert "Dejar en conserjería" not in html

    def test_languages_and_zones_are_kept_apart(self, core: PretendCore, ask: Ask) -> None:
        spanish = ask("sidebar").text
        core.seat = a_seat(locale="en", connections=(health(timezone="Pacific/Auckland"),))

        english = ask("sidebar").text

        assert "20 nov 2026" in spanish
        assert "21 Nov 2026" in english

    def test_the_hour_is_not_kept(self, core: PretendCore, ask: Ask) -> None:
        core.sidebar = a_sidebar(as_of=NOW - timedelta(minutes=3))
        ask("sidebar")
        core.sidebar = a_sidebar(as_of=NOW - timedelta(hours=2))

        assert "Datos de hace 2 h" in ask("sidebar").text
