"""The table a person reads and the lines a machine reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.bench.measure import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One goal: `ratio` against `floor`, both from the same rounds."""

    name: str
    ratio: float
    goal: float
    better: Literal["higher", "lower"]
    floor: str
    rounds: int

    @property
    def met(self) -> bool:
        return self.ratio >= self.goal if self.better == "higher" else self.ratio <= self.goal


def figures(targets: Iterable[Target]) -> str:
    rows = [("", "requests/s", "p50 ms", "p99 ms", "bytes")]
    for one in targets:
        rps, p50, p99 = (one.middle(what) for what in ("rps", "p50", "p99"))
        rows.append((one.name, f"{rps:.0f}", f"{p50:.2f}", f"{p99:.2f}", f"{one.bytes}"))
    return _table(rows)


def goals(verdicts: Iterable[Verdict]) -> str:
    rows = [("", "ratio", "goal", "", "floor")]
    for one in verdicts:
        sign = ">=" if one.better == "higher" else "<="
        answer = "met" if one.met else "MISSED"
        rows.append((one.name, f"{one.ratio:.4f}", f"{sign} {one.goal:.4f}", answer, one.floor))
    return _table(rows)


def write(file: Path, verdicts: Iterable[Verdict]) -> None:
    """One JSON object a line; the file holds the newest run."""
    file.parent.mkdir(parents=True, exist_ok=True)
    names = ("name", "ratio", "goal", "better", "floor", "rounds")
    lines = [
        json.dumps({name: getattr(one, name) for name in names}, ensure_ascii=False)
        for one in verdicts
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, 4) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
