"""What `make run` starts and connects: which process on which port, and with which keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .helpdesk.launching import AGENTS
from .helpdesk.launching import OWNER as OWNER
from .keys import CLIENT_SECRET, TOKEN

HOST = "127.0.0.1"
WORKSPACE = "Tienda Azul y Casa Oliva"
OWN_DOMAINS = ("tiendaazul.example", "casaoliva.example")
HELPDESK = "generic"
HELPDESK_OFFSET = 1
GATEWAY_OFFSET = 4
# host id of the agent -> name and role
PEOPLE: Mapping[str, tuple[str, str]] = {
    agent.id: (agent.name, agent.role) for agent in AGENTS.values()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A pretend shop at PORT + `offset`, how it is started and how it is connected."""

    app: str
    offset: int
    platform: str
    label: str
    credentials: Mapping[str, str]
    options: tuple[str, ...] = ()


SHOPS = (
    Shop(
        app="shopify", offset=2, platform="shopify", label="Tienda Azul",
        credentials={"access_token": TOKEN, "webhook_secret": CLIENT_SECRET},
        # the limits of the largest plan, so that a newcomer does not wait for the backfill
        options=("--maximum", "20000", "--restore", "1000"),
    ),
    Shop(
        app="woocommerce", offset=3, platform="woocommerce", label="Casa Oliva",
        credentials={
            "consumer_key": "ck_sandbox" + "5a" * 20, "consumer_secret": "cs_sandbox" + "5a" * 20,
        },
        options=("--plain-callbacks",),
    ),
)  # fmt: skip


def url(port: int, offset: int) -> str:
    return f"http://{HOST}:{port + offset}"


def shop_arguments(shop: Shop, port: int, state: str) -> tuple[str, ...]:
    """The command line after `python -m`."""
    return (
        "integrations.sandbox", shop.app, "--port", str(port + shop.offset), "--state", state,
        "--gateway", url(port, GATEWAY_OFFSET), *shop.options, *_hooks(shop, port),
    )  # fmt: skip


def _hooks(shop: Shop, port: int) -> tuple[str, ...]:
    """Of the shop whose webhooks belong to the app; the other is told by its API."""
    if "webhook_secret" not in shop.credentials:
        return ()
    address = f"{url(port, 0)}/webhooks/{shop.platform}"
    app = f"http://localhost:{port}"
    secret = shop.credentials["webhook_secret"]
    return ("--hooks", address, "--secret", secret, "--app-url", app)


def environment(port: int) -> dict[str, str]:
    """What every process of Mostrador gets beside: which pretend shop stands for any."""
    return {"SHOPIFY_SANDBOX_URL": url(port, SHOPS[0].offset)}


def gateway_arguments(port: int, state: str) -> tuple[str, ...]:
    return (
        "integrations.sandbox", "gateway", "--port", str(port + GATEWAY_OFFSET), "--state", state,
    )  # fmt: skip


def helpdesk_arguments(port: int, panel: str, install: str, secret: str) -> tuple[str, ...]:
    """`panel` is the address browsers use: another site than the inbox."""
    first, second = SHOPS
    return (
        "integrations.sandbox", "helpdesk", "--port", str(port + HELPDESK_OFFSET),
        "--panel", panel, "--install", install,
        f"--secret={secret}",  # it may begin with a dash
        "--shopify", url(port, first.offset), "--woocommerce", url(port, second.offset),
    )  # fmt: skip
