"""Files of any size: bounded in rate and time, checked as every address is, and without keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations import download as module
from integrations.http import ApiClient
from integrations.sandbox.serving import in_thread
from plugin.errors import BadAnswer, Unreachable
from plugin.ports.courtesy import GaveWay, giving_way
from plugin.ports.transaction import marked_writing

LINE = b"x" * 1000 + b"\n"
COUNT = 200
TIMEOUT = (2.0, 5.0)


def peer(environ: Any, start: Callable[..., Any]) -> list[bytes]:
    path = environ["PATH_INFO"]
    moves = {"/moved": "/file", "/inside": "http://10.0.0.1/file", "/round": "/round"}
    if path in moves:
        start("302 Found", [("Location", moves[path])])
        return [b""]
    if path == "/missing":
        start("404 Not Found", [])
        return [b"no"]
    keys = [name for name in environ if name in ("HTTP_AUTHORIZATION", "HTTP_COOKIE")]
    start("200 OK", [])
    return [b"keys" if keys else LINE * COUNT]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with in_thread(peer) as url:
        yield url


@pytest.fixture
def http() -> Iterator[ApiClient]:
    client = ApiClient(allow_loopback=True, attempts=1)
    yield client
    client.close()


@pytest.mark.parametrize("path", ["/file", "/moved"])
def test_a_file_comes_in_pieces(base: str, http: ApiClient, path: str) -> None:
    with http.download(base + path, timeout=TIMEOUT) as found:
        assert found.status == 200
        pieces = list(found.pieces)

    assert b"".join(pieces) == LINE * COUNT
    assert max(map(len, pieces)) <= module.PIECE


def test_a_status_is_the_callers_to_judge(base: str, http: ApiClient) -> None:
    with http.download(base + "/missing", timeout=TIMEOUT) as found:
        assert found.status == 404


def test_it_may_be_left_in_the_middle(base: str, http: ApiClient) -> None:
    for _ in range(3):
        with http.download(base + "/file", timeout=TIMEOUT) as found:
            next(found.pieces)


def test_addresses_are_guarded(base: str, http: ApiClient) -> None:
    with pytest.raises(Unreachable) as raised, http.download(base + "/inside", timeout=TIMEOUT):
        pass
    assert raised.value.code == "address_forbidden"
    strict = ApiClient(attempts=1)
    with pytest.raises(Unreachable) as raised, strict.download(base, timeout=TIMEOUT):
        pass
    assert raised.value.code == "address_forbidden"


def test_redirects_end(base: str, http: ApiClient) -> None:
    with pytest.raises(BadAnswer), http.download(base + "/round", timeout=TIMEOUT):
        pass


def test_a_dripping_sender_is_left(
    base: str, http: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WINDOW", 0.0)
    monkeypatch.setattr(module, "LEAST_RATE", 1e18)

    with http.download(base + "/file", timeout=TIMEOUT) as found, pytest.raises(Unreachable) as e:
        list(found.pieces)

    assert e.value.parameters == {"cause": "too_slow"}


def test_a_sender_that_breaks_off_is_named(http: ApiClient) -> None:
    def broken(environ: Any, start: Callable[..., Any]) -> list[bytes]:
        environ["sandbox.silent"] = True
        start("200 OK", [])
        return [b""]

    with (
        in_thread(broken) as url,
        pytest.raises(Unreachable) as raised,
        http.download(url, timeout=TIMEOUT),
    ):
        pass
    assert raised.value.code == "shop_unreachable"


def test_no_download_inside_a_transaction(base: str, http: ApiClient) -> None:
    with marked_writing(), pytest.raises(RuntimeError), http.download(base, timeout=TIMEOUT):
        pass


def test_calls_stand_back_when_asked_to(base: str, http: ApiClient) -> None:
    asked: list[int] = []

    def stop() -> None:
        asked.append(1)
        raise GaveWay

    with giving_way(stop), pytest.raises(GaveWay):
        http.send("GET", base + "/file", timeout=TIMEOUT, write=False)
    assert http.send("GET", base + "/file", timeout=TIMEOUT, write=False).status == 200
    assert asked == [1]
