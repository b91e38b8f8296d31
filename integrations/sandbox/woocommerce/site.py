"""What the site says about itself: index, currency, settings, payment plugins, system."""

from __future__ import annotations

from datetime import timedelta

from .answers import Answer, Call, many, one, page
from .params import Param, Specs
from .records import SYMBOLS, Gateway, Json
from .routes import Endpoint, Route, route

_NAMESPACES = [
    "oembed/1.0",
    "wc/v3",
    "wc/v1",
    "wc/pos/v1/catalog",
    "jetpack/v4",
    "wc-admin",
    "wc-analytics",
    "wc/store",
    "wc/store/v1",
    "wc/private",
    "wc/v2",
    "wc-admin-email",
    "wc-telemetry",
    "wccom-site/v3",
    "wp-abilities/v1",
    "wp/v2",
    "wp-site-health/v1",
    "wp-block-editor/v1",
]
_PAGES: Specs = {
    "page": Param(kind="integer", minimum=1, default=1),
    "per_page": Param(kind="integer", minimum=1, maximum=100, default=10),
    "offset": Param(kind="integer"),
}
_ENTITIES = {"€": "&euro;", "¥": "&yen;", "$": "&#36;", "£": "&pound;", "R$": "&#82;&#36;"}
_STORAGE = "Automattic\\WooCommerce\\Internal\\DataStores\\Orders\\OrdersTableDataStore"


def index(call: Call) -> Answer:
    """GET /wp-json/: open to everybody."""
    site, home = call.shop.site, call.base
    offset = call.shop.clock().astimezone(call.shop.zone()).utcoffset() or timedelta()
    hours = offset / timedelta(hours=1)
    authorization = f"{home}/wp-admin/authorize-application.php"
    document: Json = {
        "name": site.name,
        "description": "",
        "url": home,
        "home": home,
        "gmt_offset": int(hours) if hours == int(hours) else hours,
        "timezone_string": site.timezone,
        "namespaces": [name for name in _NAMESPACES if site.plugin_on or not name.startswith("wc")],
        "authentication": {
            "application-passwords": {"endpoints": {"authorization": authorization}}
        },
    }
    return one(call, document)


def current_currency(call: Call) -> Answer:
    """GET data/currencies/current."""
    site = call.shop.site
    symbol = SYMBOLS[site.currency]
    currencies = call.link("data/currencies")
    document: Json = {
        "code": site.currency,
        "name": site.currency_name,
        "symbol": _ENTITIES.get(symbol, symbol),
        "_links": {
            "self": [
                {"href": f"{currencies}/{site.currency}", "targetHints": {"allow": ["GET"]}},
            ],
            "collection": [{"href": currencies}],
        },
    }
    return one(call, document)


def general_settings(call: Call) -> Answer:
    """GET settings/general."""
    site = call.shop.site
    values = (
        ("store_address", "text", "", site.address),
        ("store_address_2", "text", "", ""),
        ("store_city", "text", "", site.city),
        ("default_country", "select", "US:CA", site.country),
        ("store_postcode", "text", "", site.postcode),
        ("allowed_countries", "select", "all", "all"),
        ("all_except_countries", "multiselect", "", ""),
        ("specific_allowed_countries", "multiselect", "", ""),
        ("ship_to_countries", "select", "", ""),
        ("specific_ship_to_countries", "multiselect", "", ""),
        ("default_customer_address", "select", "base", "base"),
        ("address_autocomplete_enabled", "checkbox", "no", "no"),
        ("calc_taxes", "checkbox", "no", "yes" if site.taxes else "no"),
        ("enable_coupons", "checkbox", "yes", "yes" if site.coupons else "no"),
        ("calc_discounts_sequentially", "checkbox", "no", "no"),
        ("currency", "select", "USD", site.currency),
        ("currency_pos", "select", "left", "left"),
        ("price_thousand_sep", "text", ",", site.thousand_separator),
        ("price_decimal_sep", "text", ".", site.decimal_separator),
        ("price_num_decimals", "number", "2", str(site.decimals)),
    )
    return many(call, [_setting(*value) for value in values])


def tax_settings(call: Call) -> Answer:
    """GET settings/tax."""
    values = (
        ("prices_include_tax", "radio", "no", "no"),
        ("tax_based_on", "select", "shipping", call.shop.site.tax_based_on),
        ("shipping_tax_class", "select", "inherit", "inherit"),
        ("tax_round_at_subtotal", "checkbox", "no", "no"),
        ("tax_display_shop", "select", "excl", "excl"),
        ("tax_display_cart", "select", "excl", "excl"),
    )
    return many(call, [_setting(*value) for value in values])


def _setting(name: str, kind: str, default: str, value: str) -> Json:
    return {"id": f"woocommerce_{name}", "type": kind, "default": default, "value": value}


def list_taxes(call: Call) -> Answer:
    """GET taxes."""
    return page(call, call.shop.tax_rates, lambda rate: _tax_rate(call, rate))


def _tax_rate(call: Call, rate: Json) -> Json:
    itself = {"href": call.link(f"taxes/{rate['id']}")}
    return {**rate, "_links": {"self": [itself], "collection": [{"href": call.link("taxes")}]}}


def system_status(call: Call) -> Answer:
    """GET system_status, the parts a client asks for."""
    site = call.shop.site
    document: Json = {
        "environment": {
            "home_url": call.base,
            "site_url": call.base,
            "version": site.version,
            "wp_version": site.wordpress,
        },
        "settings": {
            "currency": site.currency,
            "currency_symbol": SYMBOLS[site.currency],
            "number_of_decimals": site.decimals,
            "thousand_separator": site.thousand_separator,
            "decimal_separator": site.decimal_separator,
            "order_datastore": _STORAGE,
            "HPOS_enabled": True,
        },
    }
    return one(call, document)


def list_gateways(call: Call) -> Answer:
    """GET payment_gateways: `method_supports` says who can send money back."""
    found = [_gateway(gateway) for gateway in call.shop.gateways.values()]
    answer = many(call, found)
    headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": "1"}
    return Answer(body=answer.body, headers=headers)


def _gateway(gateway: Gateway) -> Json:
    return {
        "id": gateway.id,
        "title": gateway.title,
        "description": "",
        "enabled": True,
        "method_title": gateway.method_title,
        "method_description": "",
        "method_supports": ["products", "refunds"] if gateway.refunds else ["products"],
    }


ROUTES: tuple[Route, ...] = (
    route("", "GET", {"GET": Endpoint(handler=index)}, public=True),
    route("wc/v3/data/currencies/current", "GET", {"GET": Endpoint(handler=current_currency)}),
    route("wc/v3/settings/general", "GET", {"GET": Endpoint(handler=general_settings)}),
    route("wc/v3/settings/tax", "GET", {"GET": Endpoint(handler=tax_settings)}),
    route("wc/v3/taxes", "GET POST", {"GET": Endpoint(handler=list_taxes, params=_PAGES)}),
    route("wc/v3/system_status", "GET", {"GET": Endpoint(handler=system_status)}),
    route("wc/v3/payment_gateways", "GET", {"GET": Endpoint(handler=list_gateways)}),
)
