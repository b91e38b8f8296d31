"""The key ring: sealed stays sealed, rotation loses nothing, one file has one key."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from plugin.errors import SetupError
from plugin.keys import KeyRing, load_key_ring

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_what_an_old_key_sealed_opens_after_rotation() -> None:
    sealed, mac = KeyRing((OLD,)).seal(b"x"), KeyRing((OLD,)).mac("p", b"data")
    rotated = KeyRing((NEW, OLD))

    assert rotated.open(sealed) == b"x"
    assert rotated.checks("p", b"data", mac)


def test_the_newest_key_seals_and_signs() -> None:
    rotated, newest = KeyRing((NEW, OLD)), KeyRing((NEW,))

    assert newest.open(rotated.seal(b"x")) == b"x"
    assert newest.checks("p", b"data", rotated.mac("p", b"data"))


def test_a_wrong_key_says_that_it_is_missing() -> None:
    with pytest.raises(SetupError, match="key_missing"):
        KeyRing((NEW,)).open(KeyRing((OLD,)).seal(b"x"))


def test_a_mac_of_one_purpose_is_none_of_another() -> None:
    ring = KeyRing((NEW,))

    assert not ring.checks("launch", b"data", ring.mac("journal", b"data"))


def test_no_key_shows_itself() -> None:
    assert NEW not in repr(KeyRing((NEW,)))


@pytest.mark.parametrize(
    ("text", "code"), [("abc", "key_ring_invalid"), (" , ", "key_ring_missing")]
)
def test_a_ring_that_cannot_be_used_is_refused(text: str, code: str) -> None:
    with pytest.raises(SetupError, match=code):
        load_key_ring(text, None)


def test_without_setting_and_disk_there_is_no_ring() -> None:
    with pytest.raises(SetupError, match="key_ring_missing"):
        load_key_ring("", None)


def test_the_setting_wins_over_the_file_and_the_newest_comes_first(tmp_path: Path) -> None:
    assert load_key_ring(f"{NEW}, {OLD}", tmp_path / "keyring").keys == (NEW, OLD)
    assert not (tmp_path / "keyring").exists()


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    file = tmp_path / "data" / "keyring"
    code = (
        "import sys; from pathlib import Path; from plugin.keys import load_key_ring;"
        "print(load_key_ring('', Path(sys.argv[1])).keys)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(file)], stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]

    said = {process.communicate()[0] for process in started}

    assert len(said) == 1
    assert list(file.parent.iterdir()) == [file]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
