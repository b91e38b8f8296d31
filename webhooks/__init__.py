"""The one receiver of what shops tell us by themselves; it knows no platform."""

from __future__ import annotations

from flask import Blueprint

from webhooks.receive import receive


def create_blueprint() -> Blueprint:
    """`POST /webhooks/<platform>[/<connection>]`. No session, no cookie: the body is signed."""
    blueprint = Blueprint("webhooks", __name__)
    for rule in ("/webhooks/<platform>", "/webhooks/<platform>/<connection>"):
        blueprint.add_url_rule(rule, view_func=receive, methods=["POST"])
    return blueprint
