"""Where an order goes and whom it reaches: what is typed, what must hold, what the worker does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from plugin.actions.kind import Kind
from plugin.actions.launch import Seat
from plugin.actions.places import PlaceRules, countries, rules_of
from plugin.actions.sidebar import OrderRow
from plugin.db.ledger import ActionRow
from plugin.domain.addresses import AddressChoice, AddressPlan, AddressReceipt
from plugin.domain.identity import normal_email, normal_phone
from plugin.domain.money import Money
from plugin.domain.orders import Order
from plugin.domain.people import Address
from plugin.errors import Conflict, InvalidInput
from plugin.ports.store import Capability, Store, StorePlatform
from plugin.services import Services

NAME = "address"
_TEXTS = ("first_name", "last_name", "company", "line1", "line2", "city", "postcode", "phone")
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressForm:
    """What the form asks. `place` says whether the address itself can still change; e-mail and
    phone of the order always can."""

    place: Capability
    rules: PlaceRules | None
    countries: frozenset[str]


def _capability(platform: StorePlatform, order: Order) -> Capability:
    """An order already sent can still get another e-mail: the form says what is closed."""
    known = platform.ability(NAME, order)
    offered = known.reason != "action_not_offered"
    return replace(known, available=True) if offered else known


def _form(services: Services, seat: Seat, row: OrderRow, typed: Mapping[str, str]) -> AddressForm:
    order, shop = row.order(), seat.connection(row.connection_id)
    platform = services.stores[shop.platform] if shop else None
    closed = Capability(name=NAME, available=False, reason="action_not_offered")
    now = order.shipping_address.country if order.shipping_address else seat.country
    return AddressForm(
        place=platform.ability(NAME, order) if platform else closed,
        rules=rules_of(typed.get("country", "") or now or seat.country),
        countries=countries(),
    )


def read_choice(order: Order, typed: Mapping[str, str]) -> AddressChoice:
    """The form as a choice, or InvalidInput naming the field. `typed`: first_name, last_name,
    company, line1, line2, city, province, postcode, country, phone; contact_email,
    contact_phone; default_too. Parts that stay as they are, are not chosen."""
    before = order.shipping_address
    after = read_place(before, typed) if "country" in typed else None
    default_too = bool(typed.get("default_too")) and after is not None
    same = before is not None and after is not None and _same(before, after)
    return AddressChoice(
        order_ref=order.ref,
        address=None if same and not default_too else after,
        email=_email(order, typed),
        phone=_phone(order, typed),
        default_too=default_too,
    )


def read_place(before: Address | None, typed: Mapping[str, str]) -> Address:
    """The address that was typed, `before` itself where it is the same. Raises InvalidInput naming
    the field."""
    country = typed.get("country", "").strip().upper()
    rules = rules_of(country)
    if rules is None:
        raise InvalidInput("country_invalid", field="country")
    texts = {name: _clean(name, typed) for name in _TEXTS}
    code = _province(rules, typed.get("province", ""))
    for name in ("line1", "city", "postcode"):
        if name in rules.required and not texts[name]:
            raise InvalidInput("field_missing", field=name)
    if not texts["first_name"] and not texts["last_name"]:
        raise InvalidInput("field_missing", field="first_name")
    if texts["postcode"] and not rules.postcode_fits(texts["postcode"].upper()):
        raise InvalidInput("postcode_invalid", field="postcode", example=rules.example)
    name = f"{texts['first_name']} {texts['last_name']}".strip()
    wanted = Address(
        name=name,
        country=country,
        province_code=code,
        province=rules.province_name(code) or typed.get("province", "").strip()[:_LONGEST],
        **texts,
    )
    return before if before is not None and _same(before, wanted) else wanted


def _province(rules: PlaceRules, text: str) -> str:
    code = rules.province_code(text)
    if rules.provinces and not code and (text.strip() or "province" in rules.required):
        raise InvalidInput("province_invalid", field="province")
    return code


def _same(before: Address, after: Address) -> bool:
    """Whether a parcel would arrive at the same door, as far as the form asks."""
    texts = all(getattr(before, name) == getattr(after, name) for name in _TEXTS[2:])
    place = before.country == after.country and _area(before) == _area(after)
    return texts and place and before.names == after.names


def _area(address: Address) -> str:
    rules = rules_of(address.country)
    if rules is not None and "province" not in rules.asked:
        return ""
    known = rules.province_code(address.province_code or address.province) if rules else ""
    return known or address.province.casefold()


def _email(order: Order, typed: Mapping[str, str]) -> str | None:
    text = typed.get("contact_email", "").strip()
    if not text or text == order.email:
        return None
    if not normal_email(text):
        raise InvalidInput("email_invalid", field="contact_email")
    return text


def _phone(order: Order, typed: Mapping[str, str]) -> str | None:
    text = _clean("contact_phone", typed)
    if not text or text == order.phone:
        return None
    if not normal_phone(text, order.shipping_address.country if order.shipping_address else ""):
        raise InvalidInput("phone_invalid", field="contact_phone")
    return text


def _clean(name: str, typed: Mapping[str, str]) -> str:
    return " ".join(typed.get(name, "").split())[:_LONGEST]


def _check(plan: AddressPlan, choice: AddressChoice) -> None:
    wanted = (choice.order_ref, choice.email, choice.phone)
    if wanted != (plan.order_ref, plan.email_after, plan.phone_after):
        raise InvalidInput("plan_does_not_add_up")
    if plan.address_after not in (None, choice.address):
        raise InvalidInput("plan_does_not_add_up")


def _recheck(store: Store, row: ActionRow, plan: AddressPlan) -> None:
    """The order as it is now against the frozen preview."""
    order = store.order(row.order_ref)
    if order.total != plan.total_before:
        raise Conflict("order_changed", what="total", amount=order.total)
    if order.state != plan.order_state:
        raise Conflict("order_changed", what="state")
    now = (order.shipping_address, order.email, order.phone)
    if now != (plan.address_before, plan.email_before, plan.phone_before):
        raise Conflict("order_changed", what="address")


def _send(store: Store, row: ActionRow, plan: AddressPlan) -> AddressReceipt:
    return store.change_address(plan, key=row.idempotency_key, reference=row.reference)


def _find(store: Store, row: ActionRow, plan: AddressPlan) -> AddressReceipt | None:
    return store.find_address(plan, row.reference)


def _no_strangers(store: Store, row: ActionRow, plan: AddressPlan) -> bool:
    """Our mark travels with the change itself: what lacks it is not ours."""
    return False


ADDRESS = Kind(
    name=NAME,
    plan_type=AddressPlan,
    money=False,
    capability=_capability,
    form=_form,
    read=read_choice,
    plan=lambda store, choice: store.plan_address(choice),
    check=_check,
    amount=lambda plan: Money.zero(plan.total_before.currency),
    recheck=_recheck,
    send=_send,
    find=_find,
    strangers=_no_strangers,
)
