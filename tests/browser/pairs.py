"""Agents of helpdesks that prove nobody: invited, logged in on our own page, paired there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.house import House

PASSWORD = "cuatro palabras bien sueltas"
COMMAND = "from plugin.cli import main; main()"


def mostrador(house: House, *arguments: str) -> Any:
    """The operator's command, on this house."""
    folder = str(Path(house.database_url.removeprefix("sqlite:///")).parent)
    settings = {"MOSTRADOR_ENV": "development", "PUBLIC_URL": house.panel, "DATA_DIR": folder}
    done = subprocess.run(
        (sys.executable, "-c", COMMAND, *arguments, "--json"),
        env={**os.environ, **settings}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def invited(page: Page, house: House, email: str, role: str = "agent") -> None:
    """Somebody new: the link is opened, a password chosen; this browser is logged in then."""
    link = mostrador(house, "agents", "invite", email, "--role", role)["link"]
    page.goto(link)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page).to_have_url(re.compile("/console/|/desk$"))


def pair(page: Page, frame: FrameLocator) -> None:
    """The frame's link is followed and allowed in the tab that opens."""
    code = frame.locator(".pairing .code")
    expect(code).to_have_text(re.compile(r"^\d\d-\d\d$"))
    shown = code.inner_text()
    with page.expect_popup() as opening:
        frame.locator("[data-pair-link]").click()
    tab = opening.value
    expect(tab.locator(".code")).to_have_text(shown)
    tab.locator("button[value=allow]").click()
    expect(tab.locator("[data-state=paired]")).to_be_visible()
    tab.close()
