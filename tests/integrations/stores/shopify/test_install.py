"""How a shop lets us in: what the browser brings, what the admin signs, what the shop answers."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import jwt
import pytest
import responses

from integrations.http import ApiClient
from integrations.stores.shopify import install
from integrations.stores.shopify.scopes import SCOPES, missing
from plugin.errors import LaunchRefused, MostradorError, OutcomeUnknown
from plugin.ports.store import AppKeys, Connection

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SHOP = "tienda-azul.myshopify.com"
BASE = f"https://{SHOP}"
APP = AppKeys(
    client_id="client-1",
    secrets=("new-secret-of-thirty-two-letters", "old-secret-of-thirty-two-letters"),
)
URL = f"{BASE}/admin/oauth/access_token"
HOST = "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvdGllbmRhLWF6dWw="


def callback(
    secret: str = APP.secrets[0], *, encoded: bool = False, **changed: str
) -> list[tuple[str, str]]:
    query = {
        "code": "c0de", "host": HOST, "shop": SHOP, "state": "st",
        "timestamp": str(int(NOW.timestamp())), **changed,
    }  # fmt: skip
    pairs = sorted((k, v) for k, v in query.items() if k != "hmac")
    text = "&".join(f"{k}={quote(v, safe='') if encoded else v}" for k, v in pairs)
    query.setdefault("hmac", hmac.new(secret.encode(), text.encode(), "sha256").hexdigest())
    return list(query.items())


class TestCallback:
    @pytest.mark.parametrize("secret", APP.secrets)
    @pytest.mark.parametrize("encoded", [False, True])
    def test_both_encodings_and_both_secrets_count(self, secret: str, encoded: bool) -> None:
        query = callback(secret, encoded=encoded)

        assert install.check_callback(query, APP, shop=SHOP, now=NOW) == "c0de"

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            (callback(hmac="0" * 64), "install_unsigned"),
            (callback(hmac=""), "install_unsigned"),
            (callback(hmac="ñ"), "install_unsigned"),
            (callback("another-secret"), "install_unsigned"),
            ([*callback(), ("shop", "evil.myshopify.com")], "install_unsigned"),
            (callback(code=""), "install_unsigned"),
            (callback(timestamp=str(int(NOW.timestamp()) - 91)), "install_stale"),
            (callback(timestamp=str(int(NOW.timestamp()) + 91)), "install_stale"),
            (callback(timestamp="soon"), "install_stale"),
            (callback(timestamp="²"), "install_stale"),
            (callback(shop="other.myshopify.com"), "install_other_shop"),
            (callback(shop="tienda-azul.myshopify.com.evil.example"), "install_other_shop"),
        ],
    )
    def test_anything_else_is_refused(self, query: list[tuple[str, str]], code: str) -> None:
        with pytest.raises(LaunchRefused) as caught:
            install.check_callback(query, APP, shop=SHOP, now=NOW)

        assert caught.value.code == code

    def test_the_owner_is_asked_for_our_scopes_and_sent_back(self) -> None:
        url = install.authorize_url(BASE, APP, back="https://m.example/back?x=1", state="s t")

        assert url.startswith(f"{BASE}/admin/oauth/authorize?")
        assert dict(parse_qsl(urlsplit(url).query)) == {
            "client_id": "client-1", "scope": ",".join(SCOPES),
            "redirect_uri": "https://m.example/back?x=1", "state": "s t",
        }  # fmt: skip


def token(secret: str = APP.secrets[0], *, without: str = "", **changed: Any) -> str:
    now = datetime.now(UTC)
    claims = {
        "iss": f"{BASE}/admin", "dest": BASE, "aud": APP.client_id, "sub": "42",
        "exp": now + timedelta(seconds=60), "nbf": now, "iat": now, "jti": "j", "sid": "s",
        **changed,
    }  # fmt: skip
    claims.pop(without, None)
    return jwt.encode(claims, secret, algorithm="HS256")


class TestSessionToken:
    @pytest.mark.parametrize("secret", APP.secrets)
    def test_the_shop_and_the_person_are_what_was_signed(self, secret: str) -> None:
        made = install.session(token(secret), APP)

        assert (made.shop, made.user, made.client_id) == (SHOP, "42", "client-1")

    @pytest.mark.parametrize(
        "make",
        [
            lambda: "",
            lambda: "a.b.c",
            lambda: token("a-secret-of-somebody-else-entirely"),
            lambda: token(aud="client-2"),
            lambda: token(without="aud"),
            lambda: token(without="exp"),
            lambda: token(without="nbf"),
            lambda: token(exp=datetime.now(UTC) - timedelta(seconds=11)),
            lambda: token(nbf=datetime.now(UTC) + timedelta(seconds=30)),
            lambda: token(iss="https://other.myshopify.com/admin"),
            lambda: token(dest="https://evil.example", iss="https://evil.example/admin"),
            lambda: token(
                dest=f"https://{SHOP}.evil.example", iss=f"https://{SHOP}.evil.example/admin"
            ),
            lambda: jwt.encode({"aud": "client-1", "dest": BASE}, "", algorithm="none"),
            lambda: token().rpartition(".")[0] + ".",
        ],
        ids=range(14),
    )
    def test_anything_else_is_refused(self, make: Callable[[], str]) -> None:
        with pytest.raises(LaunchRefused) as caught:
            install.session(make(), APP)

        assert caught.value.code == "session_token_refused"

    def test_the_app_it_says_it_is_for_is_read_without_trust(self) -> None:
        assert install.claimed_app(token("whatever-secret-of-somebody-else")) == "client-1"
        assert [install.claimed_app(text) for text in ("", "a.b.c", "a.e30.c")] == ["", "", ""]


@pytest.fixture
def http() -> ApiClient:
    return ApiClient(attempts=1)


def answers(wire: responses.RequestsMock, body: Any, status: int = 200) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if isinstance(body, str) else "application/json"
    wire.post(URL, body=text, status=status, content_type=kind)


def sent(wire: responses.RequestsMock, at: int = 0) -> Mapping[str, Any]:
    known: Mapping[str, Any] = json.loads(wire.calls[at].request.body or "")
    return known


PAIR = {
    "access_token": "shpat_1", "scope": "write_orders", "expires_in": 3600,
    "refresh_token": "shprt_1", "refresh_token_expires_in": 7776000,
}  # fmt: skip


class TestGrants:
    def test_a_session_token_is_exchanged_for_a_token_that_ends(
        self, wire: responses.RequestsMock, http: ApiClient
    ) -> None:
        answers(wire, PAIR)

        made = install.exchange(BASE, APP, "a.b.c", http, NOW)

        assert made == {
            "access_token": "shpat_1", "refresh_token": "shprt_1", "scope": "write_orders",
            "client_id": "client-1", "grant": "offline", "granted_at": NOW.isoformat(),
            "expires_at": (NOW + timedelta(hours=1)).isoformat(),
            "renew_by": (NOW + timedelta(days=90)).isoformat(),
        }  # fmt: skip
        assert sent(wire) == {
            "client_id": "client-1", "client_secret": APP.secrets[0],
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": "a.b.c",
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
            "expiring": 1,
        }  # fmt: skip

    def test_a_code_is_redeemed(self, wire: responses.RequestsMock, http: ApiClient) -> None:
        answers(wire, PAIR)

        install.redeem(BASE, APP, "c0de", http, NOW)

        assert (sent(wire)["code"], sent(wire)["expiring"]) == ("c0de", 1)

    def test_a_shop_of_the_same_owner_needs_no_page(
        self, wire: responses.RequestsMock, http: ApiClient
    ) -> None:
        answers(wire, {"access_token": "shpat_2", "scope": "write_orders", "expires_in": 86399})

        made = install.own_shop(BASE, APP, http, NOW)

        assert "refresh_token" not in made
        assert (made["grant"], sent(wire)["grant_type"]) == ("client_credentials",) * 2

    def test_it_is_renewed_in_the_way_it_was_got(
        self, wire: responses.RequestsMock, http: ApiClient
    ) -> None:
        answers(wire, PAIR)
        answers(wire, PAIR)

        install.renew(known(grant="offline", refresh_token="shprt_0"), APP, http, NOW)
        install.renew(known(grant="client_credentials"), APP, http, NOW)

        assert sent(wire, 0)["refresh_token"] == "shprt_0"
        assert sent(wire, 1)["grant_type"] == "client_credentials"

    def test_during_a_rotation_the_secret_that_is_known_counts(
        self, wire: responses.RequestsMock, http: ApiClient
    ) -> None:
        answers(wire, {"error": "invalid_client"}, 401)
        answers(wire, PAIR)

        install.redeem(BASE, APP, "c0de", http, NOW)

        assert sent(wire, 1)["client_secret"] == APP.secrets[1]

    @pytest.mark.parametrize(
        ("status", "body", "code"),
        [
            (400, {"error": "invalid_grant"}, "grant_ended"),
            (400, {"error": "invalid_subject_token"}, "session_token_refused"),
            (400, {"error": "app_not_installed"}, "app_not_installed"),
            (400, {"error": "shop_not_permitted"}, "app_other_owner"),
            (400, {"error": "invalid_request"}, "install_code_refused"),
            (400, "<h1>Oauth error shop_not_permitted: not on this shop</h1>", "app_other_owner"),
            (404, "<h1>Not found</h1>", "shop_gone"),
            (402, "", "shop_frozen"),
            (429, {}, "shop_rate_limited"),
            (503, "", "shop_unreachable"),
            (403, "<h1>Checking</h1>", "bad_answer"),
            (200, {"scope": "x"}, "bad_answer"),
            (200, "<h1>Checking</h1>", "bad_answer"),
        ],
    )
    def test_refusals_are_named(
        self, wire: responses.RequestsMock, http: ApiClient, status: int, body: Any, code: str
    ) -> None:
        answers(wire, body, status)

        with pytest.raises(MostradorError) as caught:
            install.redeem(BASE, APP, "c0de", http, NOW)

        assert caught.value.code == code
        shown = f"{caught.value!r} {caught.value.parameters} {caught.value.__context__!r}"
        assert not any(secret in shown for secret in (*APP.secrets, "c0de"))

    def test_a_lost_answer_is_unknown(self, wire: responses.RequestsMock, http: ApiClient) -> None:
        wire.post(URL, body=ConnectionResetError())

        with pytest.raises(OutcomeUnknown):
            install.redeem(BASE, APP, "c0de", http, NOW)

    def test_keys_show_in_no_repr(self) -> None:
        shown = f"{APP!r} {known(refresh_token='shprt_0')!r}"

        assert not any(text in shown for text in (*APP.secrets, "shprt_0"))


def known(**credentials: str) -> Connection:
    return Connection(
        workspace_id="ws_1", id="co_1", platform="shopify", label="Tienda", address=SHOP,
        credentials={"access_token": "shpat_0", **credentials},
    )  # fmt: skip


def test_writing_includes_reading() -> None:
    assert missing(SCOPES) == ()
    assert missing(["write_products", *(s for s in SCOPES if s != "read_products")]) == ()
    assert missing([s for s in SCOPES if s != "write_orders"] + ["read_orders"]) == (
        "write_orders",
    )
