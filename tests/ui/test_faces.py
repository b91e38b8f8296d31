"""Every kind of action has a face: presenter, form, and labels in both languages."""

from __future__ import annotations

import pytest

from plugin import messages
from plugin.actions.kinds import KINDS
from plugin.ports.store import Capability
from tests.ui.conftest import Ask
from tests.ui.pretend import PretendCore
from ui.faces import FACES
from ui.pages import _environment
from ui.present.act import kind_text
from ui.present.words import Words

OTHERS = (
    Capability(name="refund", available=True),
    Capability(name="refund", available=False, reason="nothing_left"),
)


def test_every_kind_has_a_face_and_no_face_is_without_a_kind() -> None:
    assert FACES.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_its_form_and_its_labels(kind: str) -> None:
    assert _environment.get_template(f"act/{kind}_form.html")
    for locale in messages.LOCALES:
        assert messages.is_known(f"ui.act.{kind}", locale)


def test_what_a_kind_does_not_say_is_said_for_all() -> None:
    words = Words("es", "")

    assert kind_text("refund", "refused", words) == "Sin reembolso. No se movió dinero"
    assert kind_text("something", "refused", words) == "No se hizo. Nada cambió en la tienda"


def test_the_first_action_is_in_sight_and_the_others_one_step_away(
    core: PretendCore, ask: Ask
) -> None:
    core.others = OTHERS

    html = ask("orders/co_blue/gid%2F1042").text
    before, _, menu = html.partition('<details class="menu"><summary>Más</summary>')

    assert before.count(">Reembolsar</button>") == 1
    assert 'data-get="act/refund/co_blue/gid%2F1042">Reembolsar</button>' in menu
    assert "Pedido ya reembolsado por completo" in menu


def test_an_action_that_does_not_exist_is_not_found(core: PretendCore, ask: Ask) -> None:
    from plugin.errors import NotFound

    core.refusals["order"] = NotFound("page_not_found")

    assert ask("act/nothing/co_blue/gid%2F1042").status_code == 404
