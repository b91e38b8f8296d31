"""An owner's trial of an install whose helpdesk calls our server: what a browser and that server
would meet on the way, as far as it can be seen from here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from plugin.actions import installs
from plugin.actions.installs import InstallView
from plugin.actions.last_call import TRIAL
from plugin.db.session import Scope
from plugin.errors import BadAnswer, NotFound, OutcomeUnknown, Unreachable
from plugin.ports.helpdesk import Trial
from plugin.ports.http import Answer
from plugin.services import Services

_TIMES = (3.0, 5.0)  # connecting, reading
_CODE = re.compile(rb'data-code="([a-z_]{1,40})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; its sentence is `helpdesks.test.<name>`."""

    name: str
    level: Literal["good", "warn", "bad"]
    parameters: dict[str, str] = field(default_factory=dict)


def try_install(services: Services, scope: Scope, install_id: str) -> tuple[Finding, ...]:
    """Asks our own public address as the helpdesk's server would, with a wrong secret. Raises
    NotFound("install_unknown" | "page_not_found")."""
    view = installs.one_install(services, scope, install_id)
    trial = view.platform.fragment.trial if view.platform.fragment else None
    if trial is None:
        raise NotFound("page_not_found")
    url = installs.describe(services, scope, install_id).values["fragment"]
    return (
        *_origins(view, services.settings.public_url),
        _reach(services, url, trial),
        *_frame(services, url.removesuffix("/fragment"), view.origins),
    )


def _origins(view: InstallView, own: str) -> Iterator[Finding]:
    ours = urlsplit(own)
    if not view.origins:
        yield Finding(name="origin_missing", level="bad")
    for origin in view.origins:
        theirs = urlsplit(origin)
        if theirs.scheme == "https" and ours.scheme != "https":
            yield Finding(name="origin_mixed", level="bad", parameters={"origin": origin})
        elif theirs.hostname == ours.hostname:
            yield Finding(name="origin_same_host", level="warn", parameters={"origin": origin})
        else:
            yield Finding(name="origin", level="good", parameters={"origin": origin})


def _reach(services: Services, url: str, trial: Trial) -> Finding:
    answer = _asked(services, "POST", url, trial.body)
    if isinstance(answer, Finding):
        return answer
    if answer.url != url:
        target = answer.url.partition("?")[0]
        return Finding(name="reach_redirected", level="bad", parameters={"url": target})
    code = _CODE.search(answer.body)
    if answer.status != 200 or code is None:
        said = {"url": url, "status": str(answer.status)}
        return Finding(name="reach_other", level="bad", parameters=said)
    if code[1] != b"launch_secret_wrong":
        return Finding(name="reach_emptied", level="bad")
    return Finding(name="reach", level="good")


def _frame(services: Services, url: str, origins: tuple[str, ...]) -> Iterator[Finding]:
    """The headers that arrive: a proxy before us may add some."""
    answer = _asked(services, "GET", url, None)
    if isinstance(answer, Finding):
        return  # said already
    headers = {name.lower(): text for name, text in answer.headers.items()}
    if "x-frame-options" in headers:
        yield Finding(name="frame_header", level="bad", parameters={"header": "X-Frame-Options"})
        return
    policy = headers.get("content-security-policy", "")
    allowed = policy.partition("frame-ancestors ")[2].partition(";")[0].split()
    shut = [origin for origin in origins if origin not in allowed]
    for origin in shut:
        yield Finding(name="frame_policy", level="bad", parameters={"origin": origin})
    if not shut:
        yield Finding(name="frame", level="good")


def _asked(services: Services, method: str, url: str, body: bytes | None) -> Answer | Finding:
    assert services.http is not None
    headers = {"Content-Type": "application/json", "Accept": "text/html", TRIAL: "1"}
    try:
        return services.http.send(
            method, url, headers=headers, data=body, timeout=_TIMES, write=False
        )
    except (Unreachable, BadAnswer, OutcomeUnknown) as error:
        private = error.code == "address_forbidden"
        code = "reach_private" if private else "reach_failed"
        return Finding(name=code, level="warn" if private else "bad", parameters={"url": url})
