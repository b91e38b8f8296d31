"""Cells one after the other, on grounds that are renewed when their orders are used up."""

from __future__ import annotations

import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from plugin.db.migrate import upgrade
from tests.database import a_database, running_postgres
from tests.faults.ground import Exhausted, Ground, a_ground
from tests.faults.kinds import Case, lacking
from tests.faults.mishaps import Mishap, Play, wrong

RIGHT, NONE, WRONG = "ok", "-", "WRONG"
Databases = Callable[[Path], AbstractContextManager[str]]
"""The URL of a database with every table and not one row, whose files may lie in a folder."""


def copies(template: Path) -> Databases:
    @contextmanager
    def one(folder: Path) -> Iterator[str]:
        yield f"sqlite:///{shutil.copy(template, folder / 'mostrador.sqlite3')}"

    return one


@contextmanager
def on_postgres() -> Iterator[Databases]:
    with running_postgres() as server:

        @contextmanager
        def one(folder: Path) -> Iterator[str]:
            with a_database(server) as (url, _name):
                upgrade(url)
                yield url

        yield one


class Field:
    """Grounds of one platform, a fresh one whenever its orders are used up."""

    def __init__(self, platform: str, databases: Databases) -> None:
        self._platform, self._databases = platform, databases
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
        temporary = tempfile.TemporaryDirectory(prefix="mostrador-faults-")
        folder = Path(self._stack.enter_context(temporary))
        url = self._stack.enter_context(self._databases(folder))
        return self._stack.enter_context(a_ground(self._platform, url, folder))
