"""Above a limit: the agent asks, an approver decides, and the badge leads there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plugin.actions.attention import Inbox, Item
from plugin.actions.views import Waiting
from plugin.domain.policy import Over
from plugin.errors import Forbidden
from tests.builders import eur
from tests.ui.conftest import Ask
from tests.ui.pretend import PretendCore
from tests.ui.samples import NOW, a_seat, an_action, health

OVER = Over(what="per_action", limit=eur("50.00"), currency="EUR")
SINCE = NOW - timedelta(minutes=63)


def held(state: str, **fields: Any) -> Any:
    waiting = {"since": SINCE, "who": ("Marta", "Olga"), **fields}
    return an_action(state, waiting=Waiting(**waiting))


class TestAsking:
    def test_the_preview_names_the_limit_and_asks_instead(
        self, core: PretendCore, ask: Ask
    ) -> None:
        core.action = an_action(over=OVER)

        html = ask("actions/ac_1").text

        assert "Supera el límite de 50,00\xa0€" in html
        assert ">Pedir aprobación</button>" in html
        assert 'name="comment"' in html
        assert "Reembolsar 20,00\xa0€</button>" not in html

    @pytest.mark.parametrize(
        ("what", "words"),
        [
            ("per_day", "50,00\xa0€ por persona y día"),
            ("per_customer", "50,00\xa0€ por cliente en 30 días"),
            ("no_limit", "No hay límite fijado en MXN"),
        ],
    )
    def test_each_limit_has_its_words(
        self, core: PretendCore, ask: Ask, what: Any, words: str
    ) -> None:
        limit = None if what == "no_limit" else eur("50.00")
        currency = "MXN" if what == "no_limit" else "EUR"
        core.action = an_action(over=Over(what=what, limit=limit, currency=currency))

        assert words in ask("actions/ac_1").text

    def test_the_comment_reaches_the_core(self, core: PretendCore, ask: Ask) -> None:
        ask("act/confirm", "POST", data={"action": "ac_1", "comment": "Llegó roto"})

        assert core.asked[-1] == ("confirm", "ac_1", "Llegó roto")

    @pytest.mark.parametrize("state", ["awaiting_approval", "unknown", "needs_person"])
    def test_the_agent_sees_since_when_who_can_act_and_what_to_answer(
        self, core: PretendCore, ask: Ask, state: str
    ) -> None:
        core.action = held(state)

        html = ask("actions/ac_1").text

        assert "22 nov 2026, 09:42" in html
        assert "Puede resolverlo: Marta, Olga" in html
        assert "Al cliente: " in html

    def test_with_nobody_to_act_the_way_out_is_said(self, core: PretendCore, ask: Ask) -> None:
        core.action = held("awaiting_approval", who=())

        assert "Hay que nombrar a un supervisor" in ask("actions/ac_1").text


class TestDeciding:
    @pytest.fixture(autouse=True)
    def supervisor(self, core: PretendCore) -> None:
        core.seat = a_seat(role="supervisor", agent_id="ag_marta")
        core.action = held(
            "awaiting_approval", comment="<b>Llegó roto</b>", over=OVER, may_decide=True
        )

    def test_the_approver_sees_what_the_agent_saw(self, ask: Ask) -> None:
        html = ask("actions/ac_1").text

        for words in (
            "1 × Taza de gres azul", "Visa •• 4242", "&lt;b&gt;Llegó roto", ">No aprobar</button>",
            "Supera el límite de 50,00\xa0€", "Tienda Azul · Ana, 22 nov 2026, 09:42",
            "Aprobar: Reembolsar 20,00\xa0€</button>",
        ):  # fmt: skip
            assert words in html, words
        assert "data-watch" not in html

    @pytest.mark.parametrize("decision", ["approve", "decline"])
    def test_both_answers_reach_the_core(self, core: PretendCore, ask: Ask, decision: str) -> None:
        data = {"action": "ac_1", "decision": decision, "reason": "No procede"}

        assert ask("act/decide", "POST", data=data).status_code == 200
        assert core.asked[-1] == ("decide", "ac_1", decision == "approve", "No procede")

    @pytest.mark.parametrize("data", [{}, {"action": "ac_1"}, {"action": "a", "decision": "x"}])
    def test_an_answer_must_be_one(self, ask: Ask, data: dict[str, str]) -> None:
        assert ask("act/decide", "POST", data=data).status_code == 422

    def test_a_refusal_is_a_sentence(self, core: PretendCore, ask: Ask) -> None:
        core.refusals["decide"] = Forbidden("own_approval")

        answer = ask("act/decide", "POST", data={"action": "ac_1", "decision": "approve"})

        assert answer.status_code == 403
        assert "Nadie aprueba su propia solicitud" in answer.text

    def test_what_needs_a_person_is_closed_with_proof(self, core: PretendCore, ask: Ask) -> None:
        core.action = held("needs_person", may_settle=True)

        assert 'data-post="act/settle"' in ask("actions/ac_1").text
        data = {"action": "ac_1", "outcome": "not-done", "proof": "visto en la tienda"}
        ask("act/settle", "POST", data=data)

        assert core.asked[-1] == ("settle", "ac_1", False, "visto en la tienda")
        assert ask("act/settle", "POST", data={"action": "ac_1"}).status_code == 422


class TestInbox:
    def test_the_badge_counts_for_who_can_act(self, core: PretendCore, ask: Ask) -> None:
        broken = health(failing_since=NOW)
        for role, words in (("supervisor", "3 por resolver"), ("agent", ""), ("viewer", "")):
            core.seat = a_seat(role=role, waiting=2, connections=(broken,))
            html = ask("sidebar").text
            assert ("waits-go" in html) == bool(words)
            assert words in html

    def test_the_list_names_what_who_and_since_when(self, core: PretendCore, ask: Ask) -> None:
        item = Item(
            id="ac_9", kind="refund", state="awaiting_approval", connection_id="co_blue",
            order_number="#1042", amount=eur("60.00"), agent_id="ag_1", agent_name="<i>Ana</i>",
            since=SINCE,
        )  # fmt: skip
        core.inbox = Inbox(
            items=(item,), broken=(("co_olive", SINCE, "shop_unreachable"),), count=1
        )

        html = ask("inbox").text

        for words in (
            'data-get="actions/ac_9">Reembolsar 60,00\xa0€', "Pedido 1042 · Tienda Azul",
            "&lt;i&gt;Ana", "22 nov 2026, 09:42", "Casa Oliva no responde desde",
        ):  # fmt: skip
            assert words in html, words

    def test_an_empty_list_says_so(self, ask: Ask) -> None:
        assert "No hay nada pendiente" in ask("inbox").text


def test_a_required_reason_is_not_called_optional(core: PretendCore, ask: Ask) -> None:
    core.reason_required = True

    html = ask("act/refund/co_blue/gid%2F1042").text

    assert '<label for="reason">Motivo</label>' in html


@pytest.mark.parametrize("kind", ["refund", "manual_refund"])
def test_the_owners_reasons_are_offered_and_others_can_be_written(
    core: PretendCore, ask: Ask, kind: str
) -> None:
    core.reasons = ("Llegó roto", '"><script>')

    html = ask(f"act/{kind}/co_blue/gid%2F1042").text

    assert 'name="reason" maxlength="200" list="reasons"' in html
    assert '<option value="Llegó roto">' in html
    assert "<script>" not in html
