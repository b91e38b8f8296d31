"""What the service refuses to start with, and what it never shows."""

from __future__ import annotations

import pytest

from plugin.errors import SetupError
from plugin.settings import Secret, Settings

GOOD = {"PUBLIC_URL": "https://panel.example.com", "DATA_DIR": "/var/lib/mostrador"}


def problems(environ: dict[str, str]) -> str:
    with pytest.raises(SetupError) as refused:
        Settings.from_env(environ)
    assert refused.value.code == "settings_invalid"
    return str(refused.value.parameters["problems"])


def test_an_address_and_a_disk_are_enough() -> None:
    settings = Settings.from_env(GOOD)

    assert not settings.development
    assert settings.database_url == "sqlite:////var/lib/mostrador/mostrador.sqlite3"
    assert str(settings.key_file) == "/var/lib/mostrador/keyring"


@pytest.mark.parametrize("url", ["", "http://panel.example.com", "panel.example.com", "https://"])
def test_without_an_https_address_it_does_not_start(url: str) -> None:
    assert "PUBLIC_URL" in problems({**GOOD, "PUBLIC_URL": url})


def test_with_nothing_that_survives_a_restart_it_does_not_start() -> None:
    named = problems({"PUBLIC_URL": GOOD["PUBLIC_URL"]})

    assert "DATABASE_URL or DATA_DIR" in named
    assert "KEY_RING or DATA_DIR" in named


def test_a_database_alone_needs_a_key_ring() -> None:
    only = {"PUBLIC_URL": GOOD["PUBLIC_URL"], "DATABASE_URL": "postgres://u:p@h/db"}

    assert "KEY_RING" in problems(only)
    assert Settings.from_env({**only, "KEY_RING": "k"}).data_dir is None


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgres_is_understood(scheme: str) -> None:
    settings = Settings.from_env({**GOOD, "DATABASE_URL": f"{scheme}://u:p@h:5432/db?x=1"})

    assert settings.database_url == "postgresql+psycopg://u:p@h:5432/db?x=1"
    assert not settings.sqlite


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "-1"),
        ("PROXY_HOPS", "yes"),
        ("WEB_THREADS", "8.5"),
        ("LOG_LEVEL", "loud"),
        ("MOSTRADOR_ENV", "prod"),
        ("DATABASE_URL", "mysql://h/db"),
    ],
)
def test_a_setting_that_means_nothing_is_named(name: str, text: str) -> None:
    assert name in problems({**GOOD, name: text})


def test_all_problems_are_named_at_once() -> None:
    named = problems({"PORT": "x", "LOG_LEVEL": "y"})

    assert all(name in named for name in ("PORT", "LOG_LEVEL", "PUBLIC_URL", "DATABASE_URL"))


def test_the_demo_is_for_development_only() -> None:
    demo = {"DEMO_URL": "http://127.0.0.1:8001/"}

    assert Settings.from_env({**GOOD, **demo}).demo_url == ""
    assert Settings.from_env({"MOSTRADOR_ENV": "development", **demo}).demo_url


def test_no_secret_shows_itself() -> None:
    secrets = {
        "KEY_RING": "s3cret-ring", "METRICS_TOKEN": "s3cret-token",
        "DATABASE_URL": "postgres://u:s3cret-password@h/db",
    }  # fmt: skip
    settings = Settings.from_env({**GOOD, **secrets})

    assert "s3cret" not in repr(settings)
    assert "s3cret" not in repr(Secret("s3cret"))
