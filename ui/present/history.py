"""What was done with orders, as lines to read: who, what, when, how it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from plugin import messages
from plugin.domain.money import Money
from ui.present.words import Tag, Words

if TYPE_CHECKING:
    from plugin.db.ledger import ActionRow
    from plugin.domain.orders import Order

_TONES = {"done": "good", "refused": "bad", "unknown": "warn", "needs_person": "bad"}
_PAYMENTS = {
    "due": ("ui.chip.owed", "warn"),
    "pending": ("ui.chip.pending", "busy"),
    "failed": ("ui.chip.failed", "bad"),
}
_WRITTEN = ("who", "comment", "reason", "proof")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """`what` with its amount, `order` number and shop, `by` who and when, `reference` as the shop
    has it too."""

    what: str
    state: Tag
    order: str
    by: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """`said` is what people wrote about it; erased texts are said to be."""

    what: str
    when: str
    said: tuple[str, ...]
    hash: str


def entry(row: ActionRow, words: Words, shops: Mapping[str, str] | None = None) -> HistoryEntry:
    amount, what = Money(row.amount, row.currency), words.t(f"ui.act.{row.kind}")
    number = words.t("ui.act.title", number=row.order_number.lstrip("#"))
    shop = (shops or {}).get(row.connection_id, "")
    return HistoryEntry(
        what=f"{what} {words.money(amount)}" if amount else what,
        state=_state(row, words),
        order=f"{number} · {shop}" if shop else number,
        by=words.t("ui.act.by", who=row.agent_name, time=words.moment(row.created_at)),
        reference=row.reference,
    )


def whole_history(
    found: Sequence[ActionRow], order: Order, words: Words
) -> tuple[HistoryEntry, ...]:
    """What was done with an order from here, and what the shop tells beside it: refunds and a
    cancellation that carry no mark of ours. The newest first."""
    ours = {row.reference for row in found} | {row.external_ref for row in found}
    told = [(row.created_at, entry(row, words)) for row in found]
    told += [
        (refund.created_at, _elsewhere("refund", words, refund.created_at, refund.total))
        for refund in order.refunds
        if not {refund.reference, refund.ref} & (ours - {""})
    ]
    ended = any(row.kind == "cancel" and row.state == "done" for row in found)
    if order.cancelled_at and not ended:
        told.append((order.cancelled_at, _elsewhere("cancel", words, order.cancelled_at)))
    return tuple(each for _, each in sorted(told, key=lambda pair: pair[0], reverse=True))


def _elsewhere(what: str, words: Words, at: datetime, amount: Money | None = None) -> HistoryEntry:
    label = words.t(f"activity.elsewhere.{what}")
    return HistoryEntry(
        what=f"{label} {words.money(amount)}" if amount else label,
        state=Tag(words.t("activity.elsewhere"), "calm"),
        order="",
        by=words.moment(at),
        reference="",
    )


def steps(found: Sequence[Mapping[str, Any]], words: Words) -> tuple[StepView, ...]:
    return tuple(_step(each, words) for each in found)


def changed_limit(facts: Mapping[str, Any], words: Words) -> StepView:
    """One change of who may do what: about whom and what, then how it is since."""
    parts = [words.t(f"team.role.{facts['role']}")] if "role" in facts else []
    parts += [words.t(f"ui.act.{facts['kind']}")] if "kind" in facts else []
    event = str(facts["event"]).rpartition(":")[2]
    if event != "limit":
        parts.insert(0, words.t({"fuse": "limits.fuse"}.get(event, "limits.reasons")))
    payload = facts["payload"]
    who = payload.get("who", "") if isinstance(payload, dict) else words.t("activity.erased")
    when = words.moment(datetime.fromisoformat(str(facts["at"])))
    return StepView(
        what=" · ".join(parts),
        when=f"{when} · {who}" if who else when,
        said=tuple(_since(facts, words)),
        hash=str(facts["hash"])[:12],
    )


def _since(facts: Mapping[str, Any], words: Words) -> Iterator[str]:
    currency = str(facts.get("currency", ""))
    for name in ("per_action", "per_day", "per_customer", "per_hour"):
        if name in facts:
            label = words.t(f"limits.{name}", currency=currency)
            label = label if name == "per_hour" else f"{label}, {currency}"
            text = str(facts[name])
            limit = words.money(Money(Decimal(text), currency)) if text else words.t("limits.none")
            yield f"{label}: {limit}"
    for name in ("allowed", "reason_required"):
        if name in facts:
            yield words.t(f"activity.{name}.{'yes' if facts[name] else 'no'}")
    if "reasons" in facts:
        yield str(facts["reasons"])


def _state(row: ActionRow, words: Words) -> Tag:
    """Done is not yet paid."""
    if row.state == "done" and row.payment in _PAYMENTS:
        key, tone = _PAYMENTS[row.payment]
        return Tag(words.t(key), tone)
    return Tag(words.t(f"activity.state.{row.state}"), _TONES.get(row.state, "calm"))


def _step(facts: Mapping[str, Any], words: Words) -> StepView:
    payload, name = facts["payload"], str(facts["event"]).rpartition(":")[2]
    key = f"activity.step.{name}"
    said = payload if isinstance(payload, dict) else {}
    texts = [str(said[part]) for part in _WRITTEN if said.get(part)]
    if facts.get("to") == "store_credit":
        texts.append(words.t("ui.refund_credit"))
    if code := facts.get("code"):
        texts.append(messages.sentence(str(code), words.locale))
    if payload == "erased":
        texts.append(words.t("activity.erased"))
    return StepView(
        what=words.t(key) if messages.is_known(key, words.locale) else name,
        when=words.moment(datetime.fromisoformat(str(facts["at"]))),
        said=tuple(texts),
        hash=str(facts["hash"])[:12],
    )
