"""The client against real sockets: a tiny server on 127.0.0.1 that misbehaves on request."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stamina
from pytest import LogCaptureFixture, MonkeyPatch

from integrations import pinned
from integrations.http import MOST_BYTES, ApiClient, retry_after
from plugin.errors import BadAnswer, MostradorError, OutcomeUnknown, Unreachable
from plugin.ports.http import Answer
from plugin.ports.transaction import marked_writing

QUICK = (0.5, 0.3)


@dataclass
class Peer:
    """What the server saw. `seen` holds (method, path, headers)."""

    url: str = ""
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    sockets: set[int] = field(default_factory=set)
    release: threading.Event = field(default_factory=threading.Event)


def _handler(peer: Peer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            peer.seen.append((self.command, self.path, dict(self.headers)))
            peer.sockets.add(self.client_address[1])
            name = self.path.split("?")[0].strip("/").replace("-", "_") or "echo"
            getattr(self, f"on_{name}")()

        do_GET = do_POST = do_PUT = _any

        def _send(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def on_echo(self) -> None:
            self._send(200, json.dumps(dict(self.headers)).encode(), Set_Cookie="a=1")

        def on_drop(self) -> None:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

        def on_slow(self) -> None:
            peer.release.wait(5)
            self.close_connection = True

        def on_drip(self) -> None:
            try:
                while not peer.release.wait(0.05):
                    self.wfile.write(b"H")
                    self.wfile.flush()
            except OSError:
                self.close_connection = True

        def on_cut_short(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True

        def on_huge(self) -> None:
            self._send(200, gzip.compress(b"0" * (MOST_BYTES + 1)), Content_Encoding="gzip")

        def on_chunked(self) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")

        def on_moved(self) -> None:
            self._send(302, Location="/echo")

        def on_loop(self) -> None:
            self._send(302, Location="/loop")

        def on_other_host(self) -> None:
            port = peer.url.rpartition(":")[2]
            self._send(302, Location=f"http://localhost:{port}/echo")

        def on_inside(self) -> None:
            self._send(302, Location="http://192.168.0.1/echo")

        def on_busy_twice(self) -> None:
            busy = len(peer.seen) < 3
            self._send(503 if busy else 200, b"", **({"Retry_After": "1"} if busy else {}))

        def on_busy(self) -> None:
            self._send(429, b"", Retry_After="1")

        def on_busy_long(self) -> None:
            self._send(503, b"", Retry_After="600")

    return Handler


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(peer))
    server.daemon_threads = True
    peer.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield peer
    peer.release.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def client() -> Iterator[ApiClient]:
    client = ApiClient(allow_loopback=True)
    with stamina.set_testing(True, attempts=3):
        yield client
    client.close()


def read(client: ApiClient, url: str, **more: object) -> Answer:
    return client.send("GET", url, timeout=QUICK, write=False, **more)  # type: ignore[arg-type]


def write(client: ApiClient, url: str, **more: object) -> Answer:
    return client.send("POST", url, timeout=QUICK, write=True, **more)  # type: ignore[arg-type]


def test_an_answer_is_read_whole(client: ApiClient, peer: Peer) -> None:
    answer = read(client, peer.url + "/chunked")

    assert (answer.status, answer.body) == (200, b"abcde")


def test_our_name_is_sent_and_cookies_are_not_kept(client: ApiClient, peer: Peer) -> None:
    read(client, peer.url + "/echo")
    read(client, peer.url + "/echo")

    headers = peer.seen[1][2]
    assert headers["User-Agent"].startswith("Mostrador/")
    assert "Cookie" not in headers


def test_reads_share_a_connection(client: ApiClient, peer: Peer) -> None:
    read(client, peer.url + "/echo")
    read(client, peer.url + "/echo")

    assert len(peer.sockets) == 1


def test_writes_never_reuse_a_connection(client: ApiClient, peer: Peer) -> None:
    write(client, peer.url + "/echo", json={"a": 1})
    write(client, peer.url + "/echo", json={"a": 1})

    assert len(peer.sockets) == 2


def test_a_write_left_without_an_answer_is_unknown(client: ApiClient, peer: Peer) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        write(client, peer.url + "/drop")

    assert caught.value.code == "answer_lost"
    assert len(peer.seen) == 1


def test_a_write_that_times_out_is_unknown(client: ApiClient, peer: Peer) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        write(client, peer.url + "/slow")

    assert caught.value.code == "answer_lost"


@pytest.mark.parametrize("path", ["/cut-short", "/huge"])
def test_a_write_with_a_broken_answer_is_unknown(client: ApiClient, peer: Peer, path: str) -> None:
    with pytest.raises(OutcomeUnknown):
        write(client, peer.url + path)


def test_a_write_that_found_nobody_did_not_run(client: ApiClient) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable) as caught:
            write(client, f"http://127.0.0.1:{taken.getsockname()[1]}/echo")

    assert caught.value.code == "shop_unreachable"


def test_a_write_to_an_unknown_name_did_not_run(
    client: ApiClient, monkeypatch: MonkeyPatch
) -> None:
    def nothing(host: str, port: int) -> list[str]:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(pinned, "resolve", nothing)

    with pytest.raises(Unreachable) as caught:
        write(client, "https://shop.example/wp-json")

    assert caught.value.code == "shop_unreachable"


def test_a_tls_failure_before_sending_did_not_run(client: ApiClient, peer: Peer) -> None:
    with pytest.raises(Unreachable):
        write(client, peer.url.replace("http:", "https:") + "/echo")


@pytest.mark.parametrize("path", ["/drop", "/slow", "/cut-short"])
def test_a_read_in_trouble_is_unreachable(client: ApiClient, peer: Peer, path: str) -> None:
    with pytest.raises(Unreachable) as caught:
        read(client, peer.url + path)

    assert caught.value.code == "shop_unreachable"


def test_a_dripping_answer_ends(client: ApiClient, peer: Peer) -> None:
    with pytest.raises(Unreachable):
        read(client, peer.url + "/drip")


def test_an_unpacked_answer_has_a_size_limit(client: ApiClient, peer: Peer) -> None:
    with pytest.raises(BadAnswer) as caught:
        read(client, peer.url + "/huge")

    assert caught.value.code == "answer_too_large"


def test_a_redirected_read_is_followed(client: ApiClient, peer: Peer) -> None:
    answer = read(client, peer.url + "/moved", headers={"Authorization": "Basic x"})

    assert answer.status == 200
    assert peer.seen[1][2]["Authorization"] == "Basic x"


def test_a_redirected_write_is_not_followed(client: ApiClient, peer: Peer) -> None:
    answer = write(client, peer.url + "/moved")

    assert answer.status == 302
    assert len(peer.seen) == 1


def test_a_redirected_post_that_reads_is_not_followed(client: ApiClient, peer: Peer) -> None:
    answer = client.send("POST", peer.url + "/moved", timeout=QUICK, write=False, json={})

    assert answer.status == 302


def test_endless_redirects_end(client: ApiClient, peer: Peer) -> None:
    with pytest.raises(BadAnswer) as caught:
        read(client, peer.url + "/loop")

    assert caught.value.code == "too_many_redirects"
    assert len(peer.seen) == 4


def test_keys_do_not_go_to_another_host(client: ApiClient, peer: Peer) -> None:
    read(
        client,
        peer.url + "/other-host",
        headers={"Authorization": "Basic x", "X-Shop-Token": "t", "Accept": "application/json"},
    )

    headers = peer.seen[1][2]
    assert headers["Accept"] == "application/json"
    assert not {"Authorization", "X-Shop-Token"} & set(headers)


def test_a_redirect_inside_is_refused(client: ApiClient, peer: Peer) -> None:
    with pytest.raises(Unreachable) as caught:
        read(client, peer.url + "/inside")

    assert caught.value.code == "address_forbidden"


def test_a_read_is_repeated_if_asked(client: ApiClient, peer: Peer) -> None:
    answer = read(client, peer.url + "/busy-twice", retry=True)

    assert answer.status == 200
    assert len(peer.seen) == 3


def test_a_busy_shop_is_answered_as_busy_in_the_end(client: ApiClient, peer: Peer) -> None:
    answer = read(client, peer.url + "/busy", retry=True)

    assert answer.status == 429
    assert len(peer.seen) == 3


def test_a_long_wait_is_left_to_the_caller(client: ApiClient, peer: Peer) -> None:
    answer = read(client, peer.url + "/busy-long", retry=True)

    assert (answer.status, len(peer.seen)) == (503, 1)


def test_a_dropped_read_is_repeated(client: ApiClient, peer: Peer) -> None:
    with pytest.raises(Unreachable):
        read(client, peer.url + "/drop", retry=True)

    assert len(peer.seen) == 3


def test_a_write_is_never_repeated(client: ApiClient, peer: Peer) -> None:
    write(client, peer.url + "/busy-twice", retry=True)

    assert len(peer.seen) == 1


def test_retries_can_be_turned_off(peer: Peer) -> None:
    answer = read(ApiClient(allow_loopback=True, attempts=1), peer.url + "/busy", retry=True)

    assert (answer.status, len(peer.seen)) == (429, 1)


def test_nothing_is_called_inside_a_writing_transaction(client: ApiClient, peer: Peer) -> None:
    with marked_writing(), pytest.raises(RuntimeError):
        read(client, peer.url + "/echo")

    assert not peer.seen


def test_loopback_needs_the_allowance(peer: Peer) -> None:
    with pytest.raises(Unreachable) as caught:
        read(ApiClient(allow_http=True), "http://127.0.0.1:8080/")

    assert caught.value.code == "address_forbidden"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://shop.example/",
        "http://shop.example/",
        "https://user:word@shop.example/",
        "https://shop.example:22/",
        "https://shop.example:99999/",
        "https:///wp-json",
        "https://[::1/",
        "shop.example",
    ],
)
def test_an_unusual_address_is_refused(url: str) -> None:
    with pytest.raises(Unreachable) as caught:
        read(ApiClient(), url)

    assert caught.value.code == "address_forbidden"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.5.5",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::a00:1",
        "64:ff9b::808:808",
        "2002:a00:1::1",
        "2001:0:4136::1",
        "fec0::1",
    ],
)
def test_addresses_that_lead_inside_are_refused(address: str) -> None:
    assert not pinned.address_allowed(address, allow_loopback=False)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert pinned.address_allowed(address, allow_loopback=False)


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"])
def test_the_allowance_is_for_loopback_alone(address: str) -> None:
    assert not pinned.address_allowed(address, allow_loopback=True)


@pytest.mark.parametrize("spelling", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1"])
def test_odd_spellings_of_loopback_are_seen_through(spelling: str) -> None:
    with pytest.raises(Unreachable) as caught:
        read(ApiClient(), f"https://{spelling}/")

    assert caught.value.code == "address_forbidden"


def test_a_name_that_points_inside_is_refused(monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(pinned, "resolve", lambda host, port: ["10.1.2.3"])

    with pytest.raises(Unreachable) as caught:
        write(ApiClient(), "https://shop.example/")

    assert caught.value.code == "address_forbidden"


def test_the_checked_address_is_the_one_called(
    client: ApiClient, peer: Peer, monkeypatch: MonkeyPatch
) -> None:
    port = peer.url.rpartition(":")[2]
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    monkeypatch.setattr(pinned, "resolve", lambda host, port: next(answers))

    answer = read(client, f"http://shop.example:{port}/echo")

    assert json.loads(answer.body)["Host"] == f"shop.example:{port}"


def test_of_several_addresses_only_allowed_ones_are_called(
    client: ApiClient, peer: Peer, monkeypatch: MonkeyPatch
) -> None:
    port = peer.url.rpartition(":")[2]
    monkeypatch.setattr(pinned, "resolve", lambda host, port: ["10.0.0.1", "127.0.0.1"])

    assert read(client, f"http://shop.example:{port}/echo").status == 200


def test_proxies_and_netrc_of_the_machine_are_ignored(
    client: ApiClient, peer: Peer, monkeypatch: MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    assert read(client, peer.url + "/echo").status == 200


@pytest.mark.parametrize("path", ["/drop", "/slow"])
def test_keys_never_show_in_errors_or_logs(
    client: ApiClient, peer: Peer, path: str, caplog: LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    with pytest.raises(MostradorError) as caught:
        read(client, peer.url + path, params={"consumer_secret": "cs_hidden"}, retry=True)

    assert "cs_hidden" not in caplog.text + "".join(_chain(caught.value))


def test_keys_never_show_in_a_refused_address() -> None:
    with pytest.raises(Unreachable) as caught:
        read(ApiClient(), "https://" + "a" * 300 + ".example/", params={"k": "cs_hidden"})

    assert "cs_hidden" not in "".join(_chain(caught.value))


def test_an_answer_shows_no_content_when_printed() -> None:
    answer = Answer(status=200, headers={"a": "h"}, body=b"secret", url="https://x/?k=secret")

    assert "secret" not in repr(answer)


@pytest.mark.parametrize(("text", "seconds"), [("7", 7.0), ("-1", 0.0), ("", None), ("x", None)])
def test_retry_after_in_seconds(text: str, seconds: float | None) -> None:
    answer = Answer(status=429, headers={"Retry-After": text}, body=b"", url="")

    assert retry_after(answer) == seconds


def test_retry_after_as_a_past_date_is_now() -> None:
    header = {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}

    assert retry_after(Answer(status=503, headers=header, body=b"", url="")) == 0.0


def test_threads_share_the_client(client: ApiClient, peer: Peer) -> None:
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(read(client, peer.url).status))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 12


def _chain(error: BaseException | None) -> Iterator[str]:
    while error:
        yield f"{error!r} {error} {getattr(error, 'parameters', '')}"
        error = error.__cause__ or error.__context__
