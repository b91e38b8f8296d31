"""Limits on guessing, for the pages of one blueprint."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState
from flask_limiter import Limiter


def limit(blueprint: Blueprint, limiter: Limiter) -> None:
    """Its hooks run for these pages alone: for a panel or a webhook they would cost more than the
    look-up behind it."""

    def begin(state: BlueprintSetupState) -> None:
        app = cast(Flask, state.app)
        kinds: tuple[dict[Any, list[Any]], ...] = (
            app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs,
        )  # fmt: skip
        before = [len(hooks.setdefault(None, [])) for hooks in kinds]
        limiter.init_app(app)
        for hooks, count in zip(kinds, before, strict=True):
            hooks.setdefault(state.name, []).extend(hooks[None][count:])
            del hooks[None][count:]

    blueprint.record(begin)
