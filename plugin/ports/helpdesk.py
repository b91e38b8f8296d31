"""What a helpdesk folder must offer: how its wire says who works there and who writes.

A folder configures one or more of five contracts, and the code behind each is written once:

  A  `verify`    the first request for our page is signed: install and agent are proven
  B  `claimed`   an unsigned frame; its bridge.js tells in the browser who writes
  C  `fragment`  the helpdesk's server asks for HTML and puts it into its own page
  D  `lookup`    the helpdesk's server asks for JSON and draws it itself
  E  `link`      no place for us: a link to a tab of our own

All functions are pure: of headers, ordered query and raw body; no network, no clock of their own,
no framework. How far each wire proves anything is `LaunchProof`, and what follows from it is the
core's business alone (plugin.domain.policy).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

LaunchProof = Literal["signed", "replayable", "secret", "claimed"]
"""signed: a fresh signature names the agent. replayable: the same without a time. secret: the
install is proven, the agent is not. claimed: everything is said in the browser."""

Proof = Literal["signed", "replayable", "paired", "login", "secret"]
Source = Literal["signed", "server_fetched", "claimed", "typed"]
Ability = Literal["insert", "open", "resize", "note"]
Value = Literal["", "url", "fragment", "lookup", "secret", "id", "origin"]
Texts = Mapping[str, str]
"""A text by language: es and en."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAgent:
    """The agent as the host names them; `id` is stable within the install."""

    id: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who writes, as the host says: raw texts, nothing normalised yet. `reply_to` and addresses
    in the text of the launch count as weak."""

    name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    external_id: str = ""
    reply_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What a wire said. `source` is how far `writer` can be trusted, `proof` how far `agent` can;
    `nonce` is to be used once until `expires_at` ("" = the host has none); where frames that load
    together may be given one signed text, `shared` names that text, and other nonces with it are
    taken for a minute only. `text` is subject and last messages, `place` the
    host's own name of the part of it that called, such as a mailbox."""

    agent: HostAgent = HostAgent(id="")
    writer: Writer
    source: Source
    proof: LaunchProof = "signed"
    conversation: str = ""
    text: str = ""
    locale: str = ""
    channel: str = ""
    link: str = ""
    place: str = ""
    nonce: str = ""
    shared: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallSecrets:
    """What verification may use; `fields` are the values of the platform's InstallFields."""

    id: str
    secret: bytes = field(repr=False)
    origins: tuple[str, ...]
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The raw request, no framework."""

    headers: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server that called us gets."""

    body: bytes
    content_type: str
    status: int = 200


Verify = Callable[[Request, InstallSecrets, datetime], Launch]
"""The launch a genuine request describes. Raises LaunchRefused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Contract B. The document carries no data; bridge.js hands over the host's context, and only
    a paired agent gets an answer to it. `check` compares a secret of the address (None = there is
    none). `knows_agent`: the context names the agent, to be compared with the paired one."""

    check: Callable[[Request, InstallSecrets], bool] | None = None
    knows_agent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How an owner finds out whether the host's server gets through: `body` is a call as it makes
    them, with a wrong secret, which must be refused with `launch_secret_wrong` at our own public
    address. `label` names what is tried, in the host's words."""

    label: Texts
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """Contract C. `read` checks the call; `wrap` sends our HTML (which holds no personal data but
    a frame of `height` pixels) as the host wants it. A refusal is HTML too, sent with `refusal`
    as its status, for hosts that show nothing readable otherwise."""

    read: Verify
    wrap: Callable[[str], Answer]
    height: int
    refusal: int = 200
    trial: Trial | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupOrder:
    """One order as a host may draw it. Amounts are ready to show; `total` of a masked order is
    empty."""

    number: str
    placed_on: str
    state: str
    total: str
    shop: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupCustomer:
    """Who writes, as far as an exact address or number proves it; what was asked with otherwise.
    `since` is a day in ISO 8601, `spent` ready to show; "" for what nobody knows."""

    name: str
    email: str
    phone: str
    since: str
    spent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupResult:
    """What the mirror knows of a writer, in the language of the install. `notes` are sentences:
    why there are no orders or may be more. `as_of` names day and hour of the data, as the host may
    keep it. `open_url` leads to a tab where the agent logs in."""

    orders: tuple[LookupOrder, ...]
    order_count: int
    notes: tuple[str, ...]
    as_of: str
    open_url: str
    labels: Mapping[str, str]
    customer: LookupCustomer


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Contract D. `read` checks the key of the call; `answer` gives the host's own shape, and
    `refuse` a sentence in it. A host that asks at several addresses has `parts`: other answers, by
    the word that its address has as `part`."""

    read: Verify
    answer: Callable[[LookupResult], Answer]
    refuse: Callable[[str, int], Answer]
    parts: Mapping[str, Callable[[LookupResult], Answer]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallField:
    """One value the owner brings from the helpdesk, such as a public key or a subdomain."""

    name: str
    label: Texts
    help: Texts = field(default_factory=dict)
    secret: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One numbered step of the set-up, with the value to copy in it; `suffix` follows the value,
    such as a query with the host's own placeholders."""

    text: Texts
    value: Value = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFacts:
    """What package files may be filled with."""

    install_id: str
    url: str
    origins: tuple[str, ...]
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpdeskPlatform:
    """A folder of integrations/helpdesks/. `by_query`: a signed launch comes as GET query, else
    as form POST or message. `origins` are suggested for framing. `bridge`: there is a bridge.js,
    which may do what `abilities` name. `package` makes files by their names; `package_name` is
    the archive's. `about` is for owners to whom the label says nothing."""

    key: str
    label: str
    about: Texts = field(default_factory=dict)
    verify: Verify | None = None
    by_query: bool = False
    claimed: Claimed | None = None
    fragment: Fragment | None = None
    lookup: Lookup | None = None
    link: bool = False
    origins: tuple[str, ...] = ()
    bridge: bool = False
    abilities: frozenset[Ability] = frozenset()
    fields: tuple[InstallField, ...] = ()
    steps: tuple[Step, ...] = ()
    package: Callable[[PackageFacts], Mapping[str, bytes]] | None = None
    package_name: str = ""


__all__ = [
    "Ability",
    "Answer",
    "Claimed",
    "Fragment",
    "HelpdeskPlatform",
    "HostAgent",
    "InstallField",
    "InstallSecrets",
    "Launch",
    "LaunchProof",
    "Lookup",
    "LookupCustomer",
    "LookupOrder",
    "LookupResult",
    "PackageFacts",
    "Proof",
    "Request",
    "Source",
    "Step",
    "Texts",
    "Trial",
    "Value",
    "Verify",
    "Writer",
]
