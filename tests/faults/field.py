"""Cells one after the other, on grounds that are renewed when their orders are used up."""

from __future__ import annotations

import tempfile
import traceback
from contextlib import ExitStack
from pathlib import Path

from tests.faults.ground import Exhausted, Ground, a_ground
from tests.faults.kinds import Case, lacking
from tests.faults.mishaps import Mishap, Play, wrong

RIGHT, NONE, WRONG = "ok", "-", "WRONG"


class Field:
    """Grounds of one platform, a fresh one whenever its orders are used up."""

    def __init__(self, platform: str, template: Path) -> None:
        self._platform, self._template = platform, template
        self._stack = ExitStack()
        self.ground = self._fresh()

    def play(self, case: Case, mishap: Mishap) -> tuple[str, str]:
        """How it ended, and why it is not right."""
        ground = self.ground
        reason = lacking(ground, case) or mishap.offered(ground, case)
        if reason:
            return NONE, f"not offered: {reason}"
        try:
            told = wrong(self._cell(case), mishap)
        except Exception as error:
            traceback.print_exc()
            told = f"{type(error).__name__}: {error}"
        return (WRONG, told) if told else (RIGHT, "")

    def _cell(self, case: Case) -> Play:
        for _ in range(2):
            ground = self.ground
            try:
                order = ground.take(case.fits)
            except Exhausted:
                self.close()
                self.ground = self._fresh()
                continue
            ground.woken.clear()
            return Play(ground=ground, case=case, order=order)
        raise Exhausted(case.name)

    def close(self) -> None:
        self._stack.close()

    def _fresh(self) -> Ground:
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="mostrador-faults-"))
        return self._stack.enter_context(a_ground(self._platform, self._template, Path(folder)))
