"""What every command of the operator has: settings, services, and a way to answer."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import click
import msgspec

from plugin import log
from plugin.db import connections as installed
from plugin.db.migrate import is_current, upgrade
from plugin.db.session import Scope
from plugin.errors import SetupError
from plugin.services import Services
from plugin.settings import Settings
from plugin.wiring import build_services

LINE = 160


class State:
    """Settings and services, made when a command first needs them."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.settings = Settings.from_env(os.environ)
        # who types a command is told by it; what calls went through is for who looks for it
        log.set_up("debug" if self.settings.log_level == "debug" else "error")
        self._services: Services | None = None

    @property
    def services(self) -> Services:
        """Raises SetupError("migrations_missing") before a command meets missing tables."""
        if self._services is None:
            self._services = build_services(self.settings, frugal=True)
            if not is_current(self._services.database):
                raise SetupError("migrations_missing")
        return self._services

    def migrate(self) -> None:
        if self.settings.data_dir is not None:
            self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        upgrade(self.settings.database_url)

    def scope(self) -> Scope:
        """The only workspace. Raises SetupError("workspace_missing" | "workspace_ambiguous")."""
        scopes = self.scopes()
        if len(scopes) != 1:
            raise SetupError("workspace_ambiguous" if scopes else "workspace_missing")
        return scopes[0]

    def scopes(self) -> list[Scope]:
        with self.services.database.reading() as connection:
            return installed.all_scopes(connection)

    def say(self, value: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
        plain = msgspec.to_builtins(value, str_keys=True)
        if self.as_json:
            click.echo(json.dumps(plain, ensure_ascii=False))
            return
        items = plain if isinstance(plain, list) else [plain]
        click.echo("\n".join(map(_for_people, items)))

    def complain(self, value: Mapping[str, Any]) -> NoReturn:
        """In JSON where everything is looked for, else where errors go; exit code 1."""
        if self.as_json:
            self.say(value)
        else:
            click.echo("\n\n".join(str(text) for text in value.values()), err=True)
        sys.exit(1)


def _for_people(item: Mapping[str, Any]) -> str:
    """What is known of one thing: on a line where it fits on one, else a line each."""
    fields = [f"{name}: {text}" for name, text in item.items()]
    whole = "  ".join(fields)
    if len(whole) <= LINE:
        return whole
    known = [name for name, text in item.items() if text not in (None, "", {}, [])]
    return "\n  ".join(f"{name}: {item[name]}" for name in known)


json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


def command(function: Callable[..., None]) -> Callable[..., None]:
    """A command that gets State first and knows --json."""

    def run(as_json: bool, **arguments: Any) -> None:
        function(State(as_json=as_json), **arguments)

    run.__doc__ = function.__doc__
    run.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
    return json_option(run)
