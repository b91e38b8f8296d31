"""Settings from the environment, read once, all problems named at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from plugin.errors import SetupError


class Secret(str):
    """A text that never shows itself in a repr."""

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True, slots=True)
class Setting:
    """One entry of the table below; .env.example lists exactly these."""

    name: str
    help: str
    secret: bool = False


EVERYWHERE = "0.0.0.0"  # noqa: S104 - a server; behind a proxy on the same machine 127.0.0.1

SETTINGS = (
    Setting(
        "MOSTRADOR_ENV", "production (default) or development; `make run` alone sets the latter"
    ),
    Setting("PUBLIC_URL", "address under which browsers and shops reach this service, https"),
    Setting("DATABASE_URL", "PostgreSQL; empty = SQLite in DATA_DIR"),
    Setting("DATA_DIR", "folder on a persistent disk for SQLite, queue and key ring"),
    Setting(
        "KEY_RING", "Fernet keys, comma-separated, newest first; empty = file in DATA_DIR", True
    ),
    Setting("PROXY_HOPS", "trusted reverse proxies in front (X-Forwarded-*), 0 = none"),
    Setting("PORT", "port of the web process, default 8000"),
    Setting("BIND", "address the web process listens on, default 0.0.0.0 = every one of them"),
    Setting("WEB_THREADS", "threads of the web process, default 8"),
    Setting("LOG_LEVEL", "debug, info (default), warning or error"),
    Setting("SMTP_URL", "smtps://user:password@host, for mails about what waits", True),
    Setting("MAIL_FROM", "address these mails come from"),
    Setting("METRICS_TOKEN", "bearer token that opens /metrics; empty = /metrics is closed", True),
    Setting("DEMO_URL", "development only: where /demo redirects to"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`database_url` is a SQLAlchemy URL; `data_dir` may be None on PostgreSQL."""

    development: bool = False
    public_url: str
    database_url: str = field(repr=False)  # it may hold a password
    data_dir: Path | None
    key_ring: Secret = field(default=Secret(""))
    proxy_hops: int = 0
    port: int = 8000
    bind: str = EVERYWHERE
    web_threads: int = 8
    log_level: str = "info"
    smtp_url: Secret = field(default=Secret(""))
    mail_from: str = ""
    metrics_token: Secret = field(default=Secret(""))
    demo_url: str = ""
    of_platforms: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    """What the environment holds beside; platforms declare which of it is theirs."""

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def host(self) -> str:
        """The name under which others know this server, "" where they do not."""
        parts = urlsplit(self.public_url)
        return parts.hostname or "" if parts.scheme == "https" else ""

    @property
    def key_file(self) -> Path | None:
        return self.data_dir / "keyring" if self.data_dir else None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Raises SetupError("settings_invalid", problems=...) naming every problem."""
        problems: list[str] = []
        development = environ.get("MOSTRADOR_ENV", "production") == "development"
        data_dir = _data_dir(environ, development)
        settings = cls(
            development=development,
            public_url=_public_url(environ, development, problems),
            database_url=_database_url(environ.get("DATABASE_URL", ""), data_dir, problems),
            data_dir=data_dir,
            key_ring=Secret(environ.get("KEY_RING", "")),
            proxy_hops=_whole("PROXY_HOPS", environ, 0, problems),
            port=_whole("PORT", environ, 8000, problems),
            bind=_address("BIND", environ, problems),
            web_threads=_whole("WEB_THREADS", environ, 8, problems),
            log_level=_choice(environ, "LOG_LEVEL", "info", problems),
            smtp_url=_smtp_url(environ, problems),
            mail_from=environ.get("MAIL_FROM", ""),
            metrics_token=Secret(environ.get("METRICS_TOKEN", "")),
            demo_url=environ.get("DEMO_URL", "") if development else "",
            of_platforms=_of_platforms(environ),
        )
        if not settings.key_ring and data_dir is None:
            problems.append("KEY_RING or DATA_DIR must be set: credentials are stored encrypted")
        if environ.get("MOSTRADOR_ENV", "production") not in ("production", "development"):
            problems.append("MOSTRADOR_ENV is production or development")
        if problems:
            raise SetupError("settings_invalid", problems="; ".join(problems))
        return settings


def _of_platforms(environ: Mapping[str, str]) -> Mapping[str, Secret]:
    ours = {entry.name for entry in SETTINGS}
    return {name: Secret(text) for name, text in environ.items() if name not in ours}


def _data_dir(environ: Mapping[str, str], development: bool) -> Path | None:
    text = environ.get("DATA_DIR", "") or ("var" if development else "")
    return Path(text).resolve() if text else None


def _public_url(environ: Mapping[str, str], development: bool, problems: list[str]) -> str:
    url = environ.get("PUBLIC_URL", "").rstrip("/")
    if development:
        return url or f"http://localhost:{environ.get('PORT', '8000')}"
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        problems.append(
            "PUBLIC_URL must be an https address, for example https://panel.example.com"
        )
    return url


def _database_url(text: str, data_dir: Path | None, problems: list[str]) -> str:
    if not text:
        if data_dir is None:
            problems.append("DATABASE_URL or DATA_DIR must be set: nothing would survive a restart")
        return f"sqlite:///{data_dir}/mostrador.sqlite3"
    for scheme in ("postgres://", "postgresql://"):
        if text.startswith(scheme):
            return "postgresql+psycopg://" + text.removeprefix(scheme)
    if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
        problems.append("DATABASE_URL must begin with postgres:// or sqlite:///")
    return text


def _smtp_url(environ: Mapping[str, str], problems: list[str]) -> Secret:
    text = environ.get("SMTP_URL", "")
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if text and not sound:
        problems.append("SMTP_URL must be like smtps://user:password@mail.example.com")
    if text and "@" not in environ.get("MAIL_FROM", ""):
        problems.append("MAIL_FROM must be an address when SMTP_URL is set")
    return Secret(text)


def _whole(name: str, environ: Mapping[str, str], default: int, problems: list[str]) -> int:
    text = environ.get(name, "") or str(default)
    if not text.isdecimal():
        problems.append(f"{name} must be a whole number, not {text!r}")
        return default
    return int(text)


def _address(name: str, environ: Mapping[str, str], problems: list[str]) -> str:
    text = environ.get(name, "") or EVERYWHERE
    try:
        return str(ip_address(text))
    except ValueError:
        problems.append(f"{name} must be an address like 127.0.0.1, not {text!r}")
        return text


def _choice(environ: Mapping[str, str], name: str, default: str, problems: list[str]) -> str:
    text = environ.get(name, "") or default
    if text not in ("debug", "info", "warning", "error"):
        problems.append(f"{name} is debug, info, warning or error")
        return default
    return text
