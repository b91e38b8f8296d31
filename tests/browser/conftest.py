"""A real browser. A page that logs an error fails its test, whatever else the test asserts."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, sync_playwright

from tests.browser.chromium import FLAGS, ROOT, NoChromium, find_chromium
from tests.browser.desk import Desk
from tests.browser.house import House, running_house
from tests.hosts.secure import Street, https_street

SCREENSHOTS = ROOT / "var" / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
AXE_RUN = "() => axe.run(document, {resultTypes: ['violations']})"
SERIOUS = ("serious", "critical")

_failed = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Every https name of the world, as the browser finds it."""
    with https_street(tmp_path_factory.mktemp("street")) as street:
        yield street


@pytest.fixture(scope="session")
def browser(street: Street) -> Iterator[Browser]:
    try:
        chromium = find_chromium()
    except NoChromium as error:
        pytest.fail(str(error), pytrace=False)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium.path,
            args=[*FLAGS, street.flag],
            env={**os.environ, **chromium.environment},
        )
        yield started
        started.close()


@pytest.fixture
def expected_errors() -> list[str]:
    """Patterns a test adds for console errors that belong to what it shows (a refused request
    is logged by the browser itself). Everything else still fails it."""
    return []


@pytest.fixture
def open_page(
    browser: Browser, request: pytest.FixtureRequest, expected_errors: list[str]
) -> Iterator[Callable[..., Page]]:
    """Opens pages of separate people: each call is a browser profile of its own. Takes the
    options of a Playwright context (`locale`, `viewport`, `timezone_id`, ...)."""
    errors: list[str] = []
    contexts: list[BrowserContext] = []

    def open_one(**options: Any) -> Page:
        context = browser.new_context(**{"locale": "es-ES", **options})
        contexts.append(context)
        context.on("page", lambda page: _watch(page, errors))
        return context.new_page()

    yield open_one
    if request.node.stash.get(_failed, False):
        _keep_pictures(request.node.name, contexts)
    for context in contexts:
        context.close()
    unexpected = [text for text in errors if not _matches(text, expected_errors)]
    assert not unexpected, f"the page logged errors: {unexpected}"


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house"), {}) as house:
        yield house


@pytest.fixture
def house(running: House) -> Iterator[House]:
    """The house with no fault in force, before and after."""
    running.calm()
    yield running
    running.calm()


@pytest.fixture
def desk(house: House, open_page: Callable[..., Page]) -> Desk:
    """Somebody at the inbox, in Spanish."""
    return Desk(open_page(viewport={"width": 1200, "height": 1000}), house)


@pytest.fixture
def english_desk(house: House, open_page: Callable[..., Page]) -> Desk:
    return Desk(open_page(viewport={"width": 1200, "height": 1000}, locale="en-GB"), house, "en")


@pytest.fixture
def axe() -> Callable[[Page | Frame], list[str]]:
    """Serious and critical findings of axe in a page or frame, one line each; [] is what a test
    wants. It is handed in by the debugger, so a strict CSP stays in force."""

    def findings(target: Page | Frame) -> list[str]:
        target.evaluate(AXE.read_text())
        violations = target.evaluate(AXE_RUN)["violations"]
        return [_finding(found) for found in violations if found["impact"] in SERIOUS]

    return findings


@pytest.fixture
def screenshot() -> Callable[..., Path]:
    """Keeps a picture of a page (or an element) in var/screenshots, for people to look at."""

    def keep(target: Any, name: str) -> Path:
        path = SCREENSHOTS / f"{_file_name(name)}.png"
        target.screenshot(path=path)
        return path

    return keep


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report: Any = yield
    if report.when == "call":
        item.stash[_failed] = report.failed
    return report


def _watch(page: Page, errors: list[str]) -> None:
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: errors.append(message.text) if message.type == "error" else None,
    )


def _matches(text: str, patterns: list[str]) -> bool:
    return any(re.search(pattern, text) for pattern in patterns)


def _finding(violation: dict[str, Any]) -> str:
    places = "; ".join(node["html"] for node in violation["nodes"])
    return f"{violation['impact']}: {violation['id']} ({violation['help']}) at {places}"


def _keep_pictures(test: str, contexts: list[BrowserContext]) -> None:
    pages = [page for context in contexts for page in context.pages]
    for number, page in enumerate(pages, 1):
        page.screenshot(path=SCREENSHOTS / "failed" / f"{_file_name(test)}-{number}.png")


def _file_name(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text).strip("-")
