"""Connecting: the typed address is found, the pasted keys are tried, nothing is changed.

What a key may do is asked by a POST to a route that does not exist (`WooClient.ask_to_write`). The
shop looks at the key's permission before it looks for the route: 401 says that the key only reads,
404 that it may write, and in neither case does any code run that could change something. Any real
route would have to be trusted to refuse what we send.
"""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime

from plugin.errors import (
    BadAnswer,
    GrantRevoked,
    MostradorError,
    OutcomeUnknown,
    SetupError,
    Unreachable,
)
from plugin.ports.clock import utc_now
from plugin.ports.http import Answer, Http
from plugin.ports.store import Capability, Connection, Proven, ShopInfo

from .abilities import ABILITIES
from .client import PREFIX, WooClient, is_page, problem_code
from .discovery import Site, check_served, find
from .store import WooStore
from .witness import Witness

_API = "wc/v3"
_REFUSED = "woocommerce_rest_authentication_error"
_CLOCK_TOLERANCE = timedelta(minutes=14)
_ACTIONS = ("refund", *ABILITIES)


def prove(connection: Connection, http: Http) -> Proven:
    """See plugin.ports.store. Raises what `discovery.find` raises, SetupError (keys_malformed,
    shop_plugin_off, clock_wrong) and GrantRevoked (key_unknown, secret_wrong, key_refused,
    key_write_only, key_user_forbidden)."""
    witness = Witness(http)
    try:
        return _proven(connection, witness)
    except MostradorError as error:
        error.parameters = {
            "address": connection.address,
            **witness.account(),
            **error.parameters,
        }
        raise


def found_at(typed: str, http: Http | None) -> str:
    """The base URL of the shop behind a typed address, before there are keys; nothing is tried but
    what anybody may ask. Raises as `prove` does, also with the account of the last call."""
    assert http is not None
    witness = Witness(http)
    try:
        site = find(witness, typed)
        if _API not in site.namespaces:
            raise SetupError("shop_plugin_off")
    except MostradorError as error:
        error.parameters = {"address": typed, **witness.account(), **error.parameters}
        raise
    return site.address


def _proven(connection: Connection, http: Http) -> Proven:
    key, secret = _pair(connection)
    site = find(http, connection.address)
    if _API not in site.namespaces:
        raise SetupError("shop_plugin_off")
    client, in_query = _logged_in(http, site, key, secret)
    missing = _missing(client)
    plain = site.address.startswith("http:")
    notices = {"plain_http": plain, "keys_in_query": in_query}
    return Proven(
        address=site.address,
        shop=_shop(client, connection),
        options={
            "auth": "query" if in_query else "",
            "prefix": "" if site.prefix == PREFIX else site.prefix,
        },
        missing=missing,
        notices=tuple(code for code, applies in notices.items() if applies),
    )


def _pair(connection: Connection) -> tuple[str, str]:
    key = connection.credentials.get("consumer_key", "").strip()
    secret = connection.credentials.get("consumer_secret", "").strip()
    if not key.startswith("ck_") or not secret.startswith("cs_"):
        raise SetupError("keys_malformed")
    return key, secret


def _logged_in(http: Http, site: Site, key: str, secret: str) -> tuple[WooClient, bool]:
    """A client whose keys the shop takes, and whether they have to go in the query."""

    def client(*, in_query: bool) -> WooClient:
        return WooClient(
            http, address=site.address, key=key, secret=secret, query_auth=in_query,
            prefix=site.prefix,
        )  # fmt: skip

    usual = client(in_query=False)
    answer = _first_read(usual)
    anonymous = answer.status == 401 and problem_code(answer) != _REFUSED
    if anonymous and site.address.startswith("https:"):
        # either the key is unknown or the server dropped the header: the query tells
        other = client(in_query=True)
        answer = _first_read(other)
        _check_login(other, answer)
        return other, True
    _check_login(usual, answer)
    return usual, False


def _first_read(client: WooClient) -> Answer:
    """One id of the list that matters most. Keys that were taken along no redirect come back here
    as a strange address."""
    answer = client.ask("orders", {"per_page": "1", "_fields": "id"})
    if not answer.url.startswith(client.base):
        raise SetupError("address_elsewhere", elsewhere=answer.url.partition("/wp-")[0])
    return answer


def _check_login(client: WooClient, answer: Answer) -> None:
    status, code = answer.status, problem_code(answer)
    if status == 200 and not is_page(answer.body):
        return
    ours = code.startswith("woocommerce_")
    if status == 403 and ours:
        raise GrantRevoked("key_user_forbidden")
    if status == 401 and code == _REFUSED:
        _explain_refusal(client, answer)
    if status == 401 and ours:
        raise GrantRevoked("key_unknown")
    if status == 404 and code == "rest_no_route":
        raise SetupError("shop_plugin_off")
    check_served(answer)
    raise BadAnswer("shop_blocked" if is_page(answer.body) else "bad_answer", status=status)


def _explain_refusal(client: WooClient, answer: Answer) -> None:
    """The shop says the same for a wrong secret, a wrong signature and a key that only writes."""
    signed = client.base.startswith("http:")
    if signed and _clock_differs(answer):
        raise SetupError("clock_wrong")
    if _may_write(client) == "":
        raise GrantRevoked("key_write_only")
    raise GrantRevoked("key_refused") if signed else GrantRevoked("secret_wrong")


def _clock_differs(answer: Answer) -> bool:
    try:
        theirs = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return False
    return theirs.tzinfo is not None and abs(theirs - utc_now()) > _CLOCK_TOLERANCE


def _missing(client: WooClient) -> tuple[Capability, ...]:
    reason = _may_write(client)
    if not reason:
        return ()
    return tuple(Capability(name=name, available=False, reason=reason) for name in _ACTIONS)


def _may_write(client: WooClient) -> str:
    """ "" if the key may write, else why nothing can be written."""
    try:
        answer = client.ask_to_write()
    except OutcomeUnknown as error:
        raise Unreachable("shop_unreachable") from error  # nothing could have happened
    code = problem_code(answer)
    if answer.status == 404 and code == "rest_no_route":
        return ""
    if answer.status == 401 and code == _REFUSED:
        return "key_read_only"
    if answer.status >= 500:
        check_served(answer)
    return "writes_blocked"


def _shop(client: WooClient, connection: Connection) -> ShopInfo:
    try:
        return WooStore(client, connection, settle=timedelta()).shop()
    except GrantRevoked as error:
        raise GrantRevoked("key_user_forbidden") from error
