"""A change of where an order goes and whom it reaches: as a form and as a difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from plugin import messages
from plugin.domain.addresses import AddressPlan
from plugin.domain.people import Address
from ui.present.act import Consequences, Section
from ui.present.places import address_lines, country_name
from ui.present.words import Words

if TYPE_CHECKING:
    from plugin.actions.act import ActionForm
    from plugin.actions.address import AddressForm
    from plugin.actions.places import PlaceRules

_FIRST = ("ES", "MX", "AR", "CL", "CO", "US")
_DONE_TOO = {
    "changed": "ui.address.default_changed",
    "failed": "ui.address.default_failed",
    "unknown": "ui.address.default_unknown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One line of the form. `fill` is what a browser may fill in by itself."""

    name: str
    label: str
    value: str
    required: bool
    fill: str = "off"
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """The fields of an address; `common` are the countries that stand first."""

    fields: tuple[FieldView, ...]
    area_label: str
    areas: tuple[Choice, ...]
    area: FieldView | None
    common: tuple[Choice, ...]
    others: tuple[Choice, ...]


class Asked(Protocol):
    """What the form of an address is made from."""

    @property
    def rules(self) -> PlaceRules | None: ...
    @property
    def countries(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """`closed` says why the address itself cannot change any more; then only the contact is
    asked."""

    closed: str
    place: PlaceView
    contact: tuple[FieldView, ...]
    default_too: bool
    default_chosen: bool


def form_view(form: ActionForm, words: Words) -> FormView:
    """What is typed already wins over what the order has."""
    content: AddressForm = form.content
    typed, order = form.typed, form.order
    closed = content.place
    return FormView(
        closed="" if closed.available else messages.sentence(
            closed.reason, words.locale, **closed.parameters
        ),
        contact=(
            _field("contact_email", order.email, typed, words),
            _field("contact_phone", order.phone, typed, words),
        ),
        default_too=bool(order.customer_ref),
        default_chosen=bool(typed.get("default_too")),
        place=place_view(content, order.shipping_address or Address(), typed, words),
    )  # fmt: skip


def consequences(plan: AddressPlan, words: Words) -> Consequences:
    """Before and after, what it does to the total, and what stays as it is."""
    t = words.t
    change = Section(heading=t("ui.address.change"), rows=tuple(_changes(plan, words)), prose=True)
    sums = Section(rows=tuple(_sums(plan, words)))
    notes = [messages.sentence(code, words.locale) for code in plan.warnings]
    if plan.holds:
        notes.append(t("ui.address.held", count=len(plan.holds)))
    if plan.default_ref:
        notes.append(t("ui.address.default_too_said"))
    return Consequences(sections=(change, sums), notes=tuple(notes))


def outcome(receipt: Mapping[str, Any], words: Words) -> Sequence[str]:
    said = [words.t("ui.address.still_held")] if receipt.get("held") else []
    known = _DONE_TOO.get(str(receipt.get("default", "")))
    return [*said, words.t(known)] if known else said


def place_view(content: Asked, now: Address, typed: Mapping[str, str], words: Words) -> PlaceView:
    """What is typed already wins over `now`."""
    rules = content.rules
    country = typed.get("country", "") or (rules.country if rules else now.country)
    first, last = now.names
    values = {
        "first_name": first, "last_name": last, "company": now.company, "line1": now.line1,
        "line2": now.line2, "postcode": now.postcode, "city": now.city, "phone": now.phone,
    }  # fmt: skip
    required = rules.required if rules else frozenset()
    hints = {"postcode": rules.example if rules else ""}
    fields = tuple(
        _field(name, value, typed, words, required=name in required, hint=hints.get(name, ""))
        for name, value in values.items()
    )
    areas, area_label, free = _areas(content, now, typed, words)
    return PlaceView(
        fields=fields,
        areas=areas,
        area_label=area_label,
        area=free,
        common=tuple(_country(code, country, words) for code in _FIRST),
        others=_others(content, country, words),
    )


def _areas(
    content: Asked, now: Address, typed: Mapping[str, str], words: Words
) -> tuple[tuple[Choice, ...], str, FieldView | None]:
    """A list where the country has one, else a line where the country asks for one."""
    rules = content.rules
    text = typed.get("province", "") or now.province_code or now.province
    if rules is None or "province" not in rules.asked:
        return (), "", None
    kind = f"ui.address.area.{rules.area}"
    label = words.t(kind if messages.is_known(kind, words.locale) else "ui.address.area.province")
    if not rules.provinces:
        return (), label, FieldView(name="province", label=label, value=text, required=False)
    chosen = rules.province_code(text)
    listed = (Choice(value=c, text=n, chosen=c == chosen) for c, n in rules.provinces)
    return (Choice(value="", text="—", chosen=not chosen), *listed), label, None


def _country(code: str, chosen: str, words: Words) -> Choice:
    return Choice(value=code, text=country_name(code, words.locale), chosen=code == chosen)


def _others(content: Asked, chosen: str, words: Words) -> tuple[Choice, ...]:
    every = (_country(code, chosen, words) for code in content.countries if code not in _FIRST)
    return tuple(sorted(every, key=lambda choice: choice.text))


def _field(
    name: str, value: str, typed: Mapping[str, str], words: Words, *, required: bool = False,
    hint: str = "",
) -> FieldView:  # fmt: skip
    return FieldView(
        name=name,
        label=words.t(f"ui.address.{name}"),
        value=typed.get(name, value),
        required=required,
        hint=words.t("ui.address.example", text=hint) if hint else "",
    )


def _changes(plan: AddressPlan, words: Words) -> Iterator[tuple[str, str]]:
    t = words.t
    if plan.address_after is not None:
        yield t("ui.address.before"), _line(plan.address_before, words)
        yield t("ui.address.after"), _line(plan.address_after, words)
    if plan.email_after is not None:
        yield t("ui.address.contact_email"), f"{plan.email_before or '—'} → {plan.email_after}"
    if plan.phone_after is not None:
        yield t("ui.address.contact_phone"), f"{plan.phone_before or '—'} → {plan.phone_after}"


def _line(address: Address | None, words: Words) -> str:
    return ", ".join(address_lines(address, words.locale)) or "—"


def _sums(plan: AddressPlan, words: Words) -> Iterator[tuple[str, str]]:
    t = words.t
    if plan.total_after is None:
        yield t("ui.address.total"), t("ui.address.total_unknown")
    elif plan.difference:
        yield t("ui.address.total_before"), words.money(plan.total_before)
        yield t("ui.address.total_after"), words.money(plan.total_after)
        yield t("ui.address.difference"), words.money(plan.difference)
    else:
        yield (
            t("ui.address.total"),
            t("ui.address.total_same", amount=words.money(plan.total_before)),
        )
