"""`make faults`: the matrix of kinds, platforms and mishaps, and how many cells are wrong.
ENGINE=postgres puts PostgreSQL under it."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import stamina

from plugin import log
from plugin.db.migrate import upgrade
from tests.faults.field import WRONG, Databases, Field, copies, on_postgres
from tests.faults.ground import PLATFORMS
from tests.faults.kinds import CASES
from tests.faults.mishaps import MISHAPS


def main() -> int:
    log.set_up("critical")
    stamina.set_testing(True, attempts=1)
    notes: list[str] = []
    count = failed = 0
    print(f"{'':29}{' '.join(mishap.name for mishap in MISHAPS)}")
    with _databases(os.environ.get("ENGINE", "sqlite")) as databases:
        fields = {platform: Field(platform, databases) for platform in PLATFORMS}
        for case, platform in product(CASES, PLATFORMS):
            name = case.title or case.name
            print(f"{name:15}{platform:13}", end="", flush=True)
            for mishap in MISHAPS:
                mark, why = fields[platform].play(case, mishap)
                count, failed = count + 1, failed + (mark == WRONG)
                if why:
                    notes.append(
                        f"{mark:6}{case.title or case.name}, {platform}, {mishap.name}: {why}"
                    )
                print(f" {mark:{len(mishap.name)}}", end="", flush=True)
            print()
        for field in fields.values():
            field.close()
    print("", *notes, sep="\n")
    print(f"{count} cells, {failed} wrong")
    return 1 if failed else 0


@contextmanager
def _databases(engine: str) -> Iterator[Databases]:
    if engine == "postgres":
        with on_postgres() as databases:
            yield databases
    elif engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix="mostrador-faults-") as folder:
            template = Path(folder) / "template.sqlite3"
            upgrade(f"sqlite:///{template}")
            yield copies(template)
    else:
        sys.exit("ENGINE is sqlite or postgres")


if __name__ == "__main__":
    sys.exit(main())
