"""`python -m integrations.sandbox <gateway|shopify|woocommerce|helpdesk> --port N …`: one process.

Every app module offers `create_app(**options) -> flask.Flask`; it is given only the options of
its line in `_OPTIONS`.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from .serving import PortTaken, serve

_OPTIONS = {
    "gateway": ("state",),
    "shopify": ("state", "gateway", "maximum", "restore", "hooks", "secret", "app_url"),
    "woocommerce": ("state", "gateway", "plain_callbacks"),
    "helpdesk": ("panel", "shopify", "woocommerce", "install", "secret"),
}


def main(arguments: list[str] | None = None) -> int:
    """0 after a clean stop, 1 with one sentence if the port is taken."""
    chosen = _parser().parse_args(arguments)
    app = build(chosen.app, vars(chosen))
    try:
        serve(app, chosen.port)
    except PortTaken:
        print(f"Port {chosen.port} is taken; choose another with --port.", file=sys.stderr)
        return 1
    return 0


def build(name: str, options: dict[str, Any]) -> Any:
    """The Flask app of one pretend service, given the options it knows."""
    module = import_module(f"integrations.sandbox.{name}")
    return module.create_app(**{key: options[key] for key in _OPTIONS[name]})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m integrations.sandbox")
    parser.add_argument("app", choices=sorted(_OPTIONS))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, default=None, help="folder that outlives a restart")
    parser.add_argument("--gateway", default="", help="base URL of the payment gateway")
    parser.add_argument("--maximum", type=int, default=2000, help="bucket of the shop's plan")
    parser.add_argument("--restore", type=int, default=100, help="points a second of that plan")
    parser.add_argument("--plain-callbacks", action="store_true", help="keys over plain http too")
    parser.add_argument("--hooks", default="", help="where the app hears webhooks")
    parser.add_argument("--app-url", default="", help="base URL of the app in the shop's admin")
    parser.add_argument("--panel", default="", help="base URL of the panel")
    parser.add_argument("--shopify", default="", help="base URL of the first shop")
    parser.add_argument("--woocommerce", default="", help="base URL of the second shop")
    parser.add_argument("--install", default="", help="public id of the panel's install")
    parser.add_argument("--secret", default="", help="secret that signs launches")
    return parser


if __name__ == "__main__":
    sys.exit(main())
