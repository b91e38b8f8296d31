"""Shopify's search syntax as far as our operations use it: `field:value`, `field:"a phrase"`,
comparators, bare words, AND, OR, a leading minus or NOT, a trailing wildcard.

Text fields are tokenised and matched by the beginnings of tokens, so a search finds near names
too. An unknown field is ignored, as Shopify does (with a warning nobody sees).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_TERM = re.compile(
    r"""\s*(?P<minus>-)?(?:(?P<field>[a-z_]+):)?\s*(?P<sign>>=|<=|>|<)?\s*
    (?:"(?P<quoted>(?:\\.|[^"\\])*)"|'(?P<single>(?:\\.|[^'\\])*)'|(?P<bare>[^\s()]+))""",
    re.VERBOSE,
)

Value = str | int | datetime | None
Fields = Mapping[str, Callable[[Any], Value | tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class _Term:
    field: str
    sign: str
    value: str
    phrase: bool
    negated: bool


def matcher(query: str | None, fields: Fields) -> Callable[[Any], bool]:
    """Whether an item is found by `query`; `fields[""]` gives the texts bare words look in."""
    choices = [[item for item in terms if item.field in fields] for terms in _parsed(query or "")]

    def found(item: Any) -> bool:
        return any(all(_holds(term, fields, item) for term in terms) for terms in choices)

    return found


def _parsed(query: str) -> list[list[_Term]]:
    """Alternatives (OR) of terms that must all hold."""
    alternatives: list[list[_Term]] = [[]]
    negate_next = False
    for match in _TERM.finditer(query.replace("(", " ").replace(")", " ")):
        word = match["bare"]
        if word in ("AND", "OR", "NOT") and not match["field"]:
            negate_next = word == "NOT"
            if word == "OR":
                alternatives.append([])
            continue
        alternatives[-1].append(_term(match, negate_next))
        negate_next = False
    return alternatives


def _term(match: re.Match[str], negated: bool) -> _Term:
    quoted = match["quoted"] if match["quoted"] is not None else match["single"]
    value = match["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    return _Term(
        field=match["field"] or "",
        sign=match["sign"] or "",
        value=value,
        phrase=quoted is not None,
        negated=negated or bool(match["minus"]),
    )


def _holds(term: _Term, fields: Fields, item: Any) -> bool:
    return _matches(term, fields[term.field](item)) is not term.negated


def _matches(term: _Term, value: Value | tuple[str, ...]) -> bool:
    if value is None:
        return False
    if isinstance(value, datetime):
        return _compared(term.sign, value, _moment(term.value))
    if isinstance(value, int):
        return term.value.isdigit() and _compared(term.sign, value, int(term.value))
    texts = (value,) if isinstance(value, str) else value
    return any(_text_matches(term, text) for text in texts)


def _text_matches(term: _Term, text: str) -> bool:
    if "@" in text and term.phrase:
        return text.casefold() == term.value.casefold()
    if term.value.strip("*") == "":
        return bool(text) and "*" in term.value
    wanted, present = _tokens(term.value), _tokens(text)
    if not wanted:
        # a bare sign ("·") is no word to the index and asks for nothing
        return not term.field
    return all(any(t.startswith(word) for t in present) for word in wanted)


def _tokens(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.findall(r"[a-z0-9]+", plain.casefold())


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _compared(sign: str, value: Any, other: Any) -> bool:
    if sign in ("", ":"):
        return bool(value == other)
    if sign.startswith(">"):
        return bool(value > other or (sign == ">=" and value == other))
    return bool(value < other or (sign == "<=" and value == other))
