"""Finds a Chromium. A machine without one fails the browser's tests; it never skips them."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "node_modules" / "@sparticuz" / "chromium"
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome")

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# The package unpacks its libraries only where it believes to be on the service it was made for.
UNPACK = """
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs20.x";
const { default: chromium } = await import("@sparticuz/chromium");
await chromium.executablePath();
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/fonts-cache</cachedir></fontconfig>
"""


class NoChromium(Exception):
    """There is none, and none could be had."""


@dataclass(frozen=True, slots=True)
class Chromium:
    """A browser to start; `environment` is what it needs besides ours."""

    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def find_chromium(environ: Mapping[str, str] = os.environ) -> Chromium:
    """$CHROMIUM, the system's, the one of the npm package, the distribution's (as root only).

    Raises NoChromium.
    """
    if named := environ.get("CHROMIUM"):
        if not Path(named).exists():
            raise NoChromium(f"CHROMIUM names {named}, which does not exist")
        return Chromium(Path(named))
    return installed() or packaged() or from_distribution()


def installed() -> Chromium | None:
    paths = (shutil.which(name) for name in SYSTEM_NAMES)
    return next((Chromium(Path(path)) for path in paths if path), None)


def packaged() -> Chromium | None:
    """The browser of the npm package with its own libraries and fonts, unpacked into var/."""
    if not PACKAGE.exists():
        return None
    folder = ROOT / "var" / "chromium"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "fonts.conf").exists():
            _unpack(folder)
    found = Chromium(
        folder / "chromium",
        {
            "LD_LIBRARY_PATH": str(folder / "al2023" / "lib"),
            "FONTCONFIG_FILE": str(folder / "fonts.conf"),
        },
    )
    return found if _starts(found) else None


def from_distribution() -> Chromium:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise NoChromium("no Chromium: install one, or name it in CHROMIUM")
    for command in ((apt, "update"), (apt, "install", "-y", "chromium")):
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    found = installed()
    if found is None:
        raise NoChromium("the distribution's package brought no Chromium")
    return found


def _unpack(folder: Path) -> None:
    """fonts.conf is written last: an unpacking that was cut short is begun again."""
    for path in (folder / "chromium", folder / "al2023", folder / "fonts"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    subprocess.run(
        ("node", "--input-type=module", "--eval", UNPACK),
        check=True,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
    )
    (folder / "fonts.conf").write_text(FONTS.format(folder=folder))


def _starts(chromium: Chromium) -> bool:
    """The package is made for one processor and one C library; elsewhere it does not start."""
    try:
        answer = subprocess.run(
            (chromium.path, "--version"),
            env={**os.environ, **chromium.environment},
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return answer.returncode == 0
