"""Rules about the repository itself: what may lie in it, and what may stand in its files."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
PRODUCT = ("plugin", "integrations", "ui", "webhooks", "migrations")
CODE = {".py", ".js", ".mjs", ".css", ".html"}
LOCALES = ("en", "es")

TOP = {
    "plugin", "integrations", "ui", "webhooks", "tests", "migrations", "docs",
    "README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "Makefile", "Procfile", "Dockerfile",
    "pyproject.toml", "alembic.ini", "package.json", "package-lock.json",
    "requirements.in", "requirements-dev.in", "requirements-build.in",
    "requirements.txt", "requirements-dev.txt", "requirements-build.txt",
}  # fmt: skip

# In halves, so that this file does not break its own rule.
REGISTRIES = [
    f"{name}.{ending}"
    for name, ending in (
        ("npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com"), ("pypi", "org"),
        ("pythonhosted", "org"), ("deb.debian", "org"), ("security.debian", "org"),
    )
]  # fmt: skip
INDEX_OPTIONS = re.compile(
    r"--(?:extra-)?index-url|--find-links|--trusted-host|^registry\s*=", re.MULTILINE
)

VENDORS = re.compile(
    r"shopify|woo_?commerce|zendesk|freshdesk|gorgias|freescout|help_?scout|intercom|chatwoot|"
    r"kustomer|hubspot|zammad|osticket|re:?amaze",
    re.IGNORECASE,
)


@cache
def files() -> tuple[Path, ...]:
    """What a commit of this tree would hold, relative to its top."""
    listed = subprocess.run(
        ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = sorted({name for name in listed.split("\0") if name})
    return tuple(Path(name) for name in names if (ROOT / name).is_file())


def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def product_files(*endings: str) -> list[Path]:
    return [path for path in files() if path.parts[0] in PRODUCT and path.suffix in endings]


def written_files(*endings: str) -> list[Path]:
    """Without migrations, which list tables and are never edited again."""
    return [path for path in product_files(*endings) if path.parts[0] != "migrations"]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(text(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(text(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module)


# What lies where ---------------------------------------------------------------------------------


def test_the_top_of_the_tree_holds_only_what_belongs_there() -> None:
    tops = {path.parts[0] for path in files() if not path.parts[0].startswith(".")}

    assert tops - TOP == set()


def test_nothing_built_is_committed() -> None:
    built = [path for path in files() if "dist" in path.parts or path.suffix in (".mo", ".pyc")]

    assert built == []


def test_the_procfile_names_release_web_and_worker() -> None:
    assert [line.split(":")[0] for line in text(Path("Procfile")).splitlines()] == [
        "release",
        "web",
        "worker",
    ]


def test_the_image_is_made_of_what_is_there_and_runs_as_nobody_in_particular() -> None:
    lines = text(Path("Dockerfile")).splitlines()
    copied = [name for line in lines if line.startswith("COPY ") and "--from" not in line
              for name in line.split()[1:-1]]  # fmt: skip

    assert [name for name in copied if not (ROOT / name).exists()] == []
    last = [line.split()[0] for line in lines if line.startswith(("USER", "HEALTHCHECK", "CMD"))]
    assert last == ["USER", "HEALTHCHECK", "CMD"]
    assert lines[-1] == 'CMD ["mostrador", "serve", "--all"]'


def test_the_installation_copies_files_that_are_there() -> None:
    guide = text(Path("docs/operate.md"))
    copied = re.findall(r"/opt/mostrador/(docs/[\w./]+\w)", guide)

    assert len(copied) == 4
    assert [name for name in copied if not (ROOT / name).exists()] == []
    (commands,) = re.findall(r"Twelve commands.*?```sh\n(.*?)```", guide, re.DOTALL)
    assert len(commands.splitlines()) == 12


# Where dependencies come from --------------------------------------------------------------------


def test_no_file_names_a_package_registry() -> None:
    found = [(str(path), host) for path in files() for host in REGISTRIES if host in text(path)]

    assert found == []


def test_no_index_is_chosen() -> None:
    settings = (
        ".npmrc",
        "package.json",
        "requirements",
        "Makefile",
        "Dockerfile",
        "pyproject.toml",
    )
    chosen = [path for path in files() if path.name.startswith(settings)
              and INDEX_OPTIONS.search(text(path))]  # fmt: skip

    assert chosen == []


def test_the_npm_lock_holds_hashes_and_no_addresses() -> None:
    packages = json.loads(text(Path("package-lock.json")))["packages"]

    del packages[""]

    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


def test_npm_packages_are_pinned_exactly() -> None:
    package = json.loads(text(Path("package.json")))

    wanted = {**package["dependencies"], **package["devDependencies"]}

    assert [version for version in wanted.values() if not re.fullmatch(r"[\d.]+", version)] == []


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-build"])
def test_every_python_package_is_locked_with_hashes(name: str) -> None:
    lock = text(Path(f"{name}.txt")).replace("\\\n", "")
    entries = [line for line in lock.splitlines() if line and not line.lstrip().startswith("#")]

    assert entries
    assert [line for line in entries if "==" not in line or "--hash=sha256:" not in line] == []


# What stands in the code -------------------------------------------------------------------------


def test_vendors_are_named_only_in_integrations() -> None:
    found = [
        (str(path), match.group())
        for path in product_files(*CODE)
        if path.parts[0] != "integrations"
        for match in VENDORS.finditer(text(path) + path.as_posix())
    ]

    assert found == []


def test_no_file_holds_a_path_of_somebodys_machine() -> None:
    pattern = re.compile(r"(?<![\w./-])/(?:root|work|Users)/\w")

    assert [str(path) for path in files() if pattern.search(text(path))] == []


def test_the_domain_needs_only_the_standard_library_and_two_more() -> None:
    allowed = {*sys.stdlib_module_names, "plugin", "phonenumbers", "idna"}
    domain = [path for path in product_files(".py") if path.parts[:2] == ("plugin", "domain")]

    found = {(str(path), name) for path in domain for name in imports(path)
             if name.split(".")[0] not in allowed}  # fmt: skip

    assert found == set()


def test_settings_are_read_in_one_place() -> None:
    pattern = re.compile(r"os\.(?:environ|getenv)")
    entrances = {"plugin/app.py", "plugin/dev.py", "plugin/serve.py", "plugin/commands/shell.py",
                 "plugin/commands/shops.py", "plugin/worker.py", "migrations/env.py"}  # fmt: skip

    found = {path.as_posix() for path in product_files(".py") if pattern.search(text(path))}

    assert found - entrances == set()


def test_the_example_environment_lists_every_setting() -> None:
    from integrations.registry import stores
    from plugin.settings import SETTINGS

    listed = re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", text(Path(".env.example")), re.MULTILINE)
    known = [entry.name for entry in SETTINGS]
    of_platforms = [entry.name for platform in stores().values() for entry in platform.settings]

    assert sorted(listed) == sorted([*known, *of_platforms])


def test_templates_escape_everything_and_run_nothing_inline() -> None:
    pattern = re.compile(
        r"\|\s*safe\b|autoescape\s+false|\bMarkup\(|<[^>{]*\son\w+\s*=|javascript:"
    )

    assert [
        (str(path), match.group())
        for path in product_files(".html")
        for match in pattern.finditer(text(path))
    ] == []


def test_nothing_minified_is_committed() -> None:
    long = [
        str(path)
        for path in files()
        if path.suffix in CODE - {".html"}
        and max(map(len, text(path).splitlines()), default=0) > 200
    ]

    assert long == []


def test_no_module_is_longer_than_350_lines() -> None:
    lengths = {str(path): len(text(path).splitlines()) for path in written_files(*CODE)}

    assert {path: length for path, length in lengths.items() if length > 350} == {}


def test_no_function_is_longer_than_50_lines() -> None:
    assert [
        f"{path}:{function.name}"
        for path in written_files(".py")
        for function in functions(path)
        if function.end_lineno and function.end_lineno - function.lineno >= 50
    ] == []


# Both languages ----------------------------------------------------------------------------------


@cache
def catalogue(locale: str) -> Catalog:
    folder = ROOT / "plugin" / "locales" / locale / "LC_MESSAGES"
    whole = Catalog(locale=locale)
    for file in sorted(folder.glob("*.po")):
        with file.open("rb") as source:
            for message in read_po(source, locale=locale):
                assert not message.id or message.id not in whole, f"{file.name}: {message.id}"
                whole[message.id] = message
    return whole


def written(locale: str) -> dict[str, tuple[str, ...]]:
    """Key -> its forms (one, or one for each plural)."""
    return {
        _key(message.id): (message.string,) if isinstance(message.string, str) else message.string
        for message in catalogue(locale)
        if message.id
    }


def test_both_languages_have_the_same_keys() -> None:
    assert written("es").keys() ^ written("en").keys() == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_no_sentence_is_empty_or_doubtful(locale: str) -> None:
    fuzzy = [message.id for message in catalogue(locale) if message.id and message.fuzzy]
    empty = [key for key, forms in written(locale).items() if not all(forms)]

    assert (fuzzy, empty) == ([], [])


def test_both_languages_use_the_same_parameters() -> None:
    spanish, english = ({key: _parameters(forms) for key, forms in written(locale).items()}
                        for locale in ("es", "en"))  # fmt: skip

    assert {key for key in spanish if spanish[key] != english.get(key)} == set()


def _key(message_id: str | tuple[str, ...]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def _parameters(forms: tuple[str, ...]) -> set[str]:
    return {name for form in forms for name in re.findall(r"{(\w+)", form)}
