"""`make faults`: the matrix of kinds, platforms and mishaps, and how many cells are wrong."""

from __future__ import annotations

import sys
import tempfile
from itertools import product
from pathlib import Path

import stamina

from plugin import log
from plugin.db.migrate import upgrade
from tests.faults.field import WRONG, Field
from tests.faults.ground import PLATFORMS
from tests.faults.kinds import CASES
from tests.faults.mishaps import MISHAPS


def main() -> int:
    log.set_up("critical")
    stamina.set_testing(True, attempts=1)
    notes: list[str] = []
    count = failed = 0
    print(f"{'':28}{' '.join(mishap.name for mishap in MISHAPS)}")
    with tempfile.TemporaryDirectory(prefix="mostrador-faults-") as folder:
        template = Path(folder) / "template.sqlite3"
        upgrade(f"sqlite:///{template}")
        fields = {platform: Field(platform, template) for platform in PLATFORMS}
        for case, platform in product(CASES, PLATFORMS):
            print(f"{case.name:14}{platform:13}", end="", flush=True)
            for mishap in MISHAPS:
                mark, why = fields[platform].play(case, mishap)
                count, failed = count + 1, failed + (mark == WRONG)
                if why:
                    notes.append(f"{mark:6}{case.name}, {platform}, {mishap.name}: {why}")
                print(f" {mark:{len(mishap.name)}}", end="", flush=True)
            print()
        for field in fields.values():
            field.close()
    print("", *notes, sep="\n")
    print(f"{count} cells, {failed} wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
