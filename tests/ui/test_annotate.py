"""Notes, tags and mails as forms and as previews."""

from __future__ import annotations

from plugin.actions.annotate import AnnotateForm
from plugin.actions.mail import MailForm
from plugin.domain.annotations import NotePlan, TagsPlan
from plugin.domain.mails import MailPlan
from plugin.ports.store import Capability
from tests.ui.conftest import Ask
from tests.ui.pretend import PretendCore
from ui.present import annotate, mail
from ui.present.words import Words

YES = Capability(name="note", available=True)
NO = Capability(name="customer_note", available=False, reason="customer_note_unsupported")
EN = Words("en", "")


def test_a_note_offers_both_places(core: PretendCore, ask: Ask) -> None:
    core.content = lambda typed: AnnotateForm(order=YES, customer=YES, to_customer=NO)

    html = ask("act/note/co_blue/gid%2F1042").text

    assert 'name="on" value="order" checked> En el pedido' in html
    assert 'name="on" value="customer"> En el cliente' in html
    assert 'name="to_customer"' not in html


def test_a_place_that_is_closed_says_why(core: PretendCore, ask: Ask) -> None:
    core.content = lambda typed: AnnotateForm(order=YES, customer=NO, to_customer=YES)

    html = ask("act/note/co_blue/gid%2F1042").text

    assert '<input type="hidden" name="on" value="order">' in html
    assert "Dejar" in html
    assert 'name="to_customer"' in html


def test_a_note_is_escaped_and_says_who_reads_it() -> None:
    plan = NotePlan(order_ref="o1", shown="1042", text="<b>Call</b>", to_customer=True)

    told = annotate.note_consequences(plan, EN)

    assert told.sections[0].rows == (("Adds", "<b>Call</b>"),)
    assert told.notes == ("The customer gets it by mail.",)


def test_tags_say_what_is_there_afterwards() -> None:
    plan = TagsPlan(order_ref="o1", shown="1042", add=("vip",), after=("late", "vip"))

    rows = annotate.tags_consequences(plan, EN).sections[0].rows

    assert rows == (("Puts on", "vip"), ("Takes off", "—"), ("Then", "late, vip"))


def test_a_mail_with_the_shops_own_text_asks_for_none(core: PretendCore, ask: Ask) -> None:
    core.content = lambda typed: MailForm(kinds=("details",), own_text=False)

    html = ask("act/mail/co_blue/gid%2F1042").text

    assert "Va a carmen@example.com" in html
    assert '<input type="hidden" name="what" value="details">' in html
    assert 'name="subject"' not in html


def test_the_preview_of_a_mail_says_where_it_goes() -> None:
    plan = MailPlan(order_ref="o1", order_number="1", kind="invoice", to="a@b.example", text="Hi")

    rows = dict(mail.consequences(plan, EN).sections[0].rows)

    assert (rows["To"], rows["Message (optional)"]) == ("a@b.example", "Hi")
