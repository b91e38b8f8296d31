from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from plugin.dev import PORTS, CannotRun, environment


def free_block() -> int:
    """The first of PORTS neighbouring free ports, below those that the system hands out: what is
    free here is not taken a moment later by a server of another test."""
    for start in range(21000 + os.getpid() % 1000 * 10, 32700, 10):
        if all(is_free(port) for port in range(start, start + PORTS)):
            return start
    raise AssertionError("no free ports")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def make_run(port: int, data: Path) -> subprocess.Popen[str]:
    environ = {**os.environ, "PORT": str(port), "DATA_DIR": str(data)}
    return subprocess.Popen(
        [sys.executable, "-m", "plugin.dev"], env=environ, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


class TestEnvironment:
    def test_puts_panel_and_inbox_on_two_sites(self) -> None:
        environ = environment({"PORT": "9000"})

        assert environ["PUBLIC_URL"] == "http://localhost:9000"
        assert environ["DEMO_URL"] == "http://127.0.0.1:9001"

    def test_is_development_on_port_8000(self) -> None:
        environ = environment({})

        assert (environ["MOSTRADOR_ENV"], environ["PORT"]) == ("development", "8000")
        assert Path(environ["DATA_DIR"]).name == "var"

    @pytest.mark.parametrize("port", ["x", "-1", "80", "65535", "8000.0", " "])
    def test_refuses_what_is_no_port(self, port: str) -> None:
        with pytest.raises(CannotRun, match="PORT must be a number"):
            environment({"PORT": port})


def test_a_taken_port_gives_one_sentence(tmp_path: Path) -> None:
    port = free_block()
    with socket.create_server(("127.0.0.1", port + 3)):
        run = make_run(port, tmp_path)
        said, complaint = run.communicate(timeout=60)

    assert (run.returncode, said) == (1, "")
    assert complaint.count("\n") == 1
    assert f"Port {port + 3} is taken" in complaint


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    port, data = free_block(), tmp_path_factory.mktemp("var")
    with make_run(port, data) as run:
        assert run.stdout
        line = run.stdout.readline()
        try:
            if line == f"Mostrador is ready: http://127.0.0.1:{port}/demo\n":
                yield port, data
        finally:
            run.send_signal(signal.SIGTERM)
            said, complaint = run.communicate(timeout=60)
    assert line, complaint
    assert (run.returncode, said, complaint) == (0, "", "")
    assert all(is_free(port + offset) for offset in range(PORTS))


class TestRun:
    def test_demo_leads_to_the_inbox(self, running: tuple[int, Path]) -> None:
        port, _ = running

        answer = requests.get(f"http://127.0.0.1:{port}/demo", timeout=10)

        assert answer.url.rstrip("/") == f"http://127.0.0.1:{port + 1}"
        assert "Falta un paquete" in answer.text

    def test_launch_of_the_inbox_opens_the_panel(self, running: tuple[int, Path]) -> None:
        port, _ = running
        inbox = f"http://127.0.0.1:{port + 1}"
        asked = {"ticket": 1, "agent": "ana", "lang": "es"}
        token = requests.post(f"{inbox}/launch", json=asked, timeout=10).json()["launch"]
        html = requests.get(inbox, timeout=10).text
        target = html.split('action="')[1].split('"')[0]

        panel = requests.post(target, data={"launch": token}, timeout=10)

        assert panel.status_code == 200
        assert f"frame-ancestors {inbox}" in panel.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in panel.headers

    def test_a_viewer_and_an_agent_have_their_roles(self, running: tuple[int, Path]) -> None:
        _, data = running

        with closing(sqlite3.connect(data / "mostrador.sqlite3")) as database:
            rows = database.execute("SELECT host_id, role FROM agents").fetchall()

        assert set(rows) == {
            ("ana", "agent"), ("diego", "agent"), ("marta", "supervisor"), ("vicente", "viewer"),
        }  # fmt: skip

    def test_state_is_kept_in_one_folder(self, running: tuple[int, Path]) -> None:
        _, data = running

        assert {"keyring", "mostrador.sqlite3", "log", "sandbox"} <= {
            path.name for path in data.iterdir()
        }


def test_a_process_that_dies_stops_everything(tmp_path: Path) -> None:
    port = free_block()
    with make_run(port, tmp_path) as run:
        assert run.stdout
        assert run.stdout.readline().startswith("Mostrador is ready")
        gateway = next(pid for pid in children_of(run.pid) if "gateway" in command_of(pid))
        os.kill(gateway, signal.SIGKILL)
        _, complaint = run.communicate(timeout=60)

    assert run.returncode == 1
    assert complaint.startswith("The process gateway ended (-9), so everything was stopped")
    assert all(is_free(port + offset) for offset in range(PORTS))


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
