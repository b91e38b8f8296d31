"""The load generator: a process of its own with plain sockets, steered by lines of JSON.

A job is {port, requests: [text, …], connections, seconds, skip, tolerant}; the answer {done,
failed, rps, p50, p99, bytes} with times in milliseconds. A request is asked again and again in the
given order from `skip` on, `@@@@@@@@@@` in it is its number; an answer other than 200 or 304 ends
the run with an error, or is counted where the job is tolerant."""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from typing import Any, TextIO

_CHUNK = 1 << 18
_NUMBER = b"@" * 10


def main(jobs: TextIO, answers: TextIO) -> None:
    for line in jobs:
        print(json.dumps(run(json.loads(line))), file=answers, flush=True)


def run(job: dict[str, Any]) -> dict[str, Any]:
    """One slice; the clock starts when every connection stands."""
    requests = [text.encode() for text in job["requests"]]
    sockets = [_connect(job["port"]) for _ in range(job["connections"])]
    selector = selectors.DefaultSelector()
    for each in sockets:
        selector.register(each, selectors.EVENT_READ)
    times: list[float] = []
    size, turn, failed = 0, job.get("skip", 0), 0
    sent: dict[socket.socket, float] = {}
    began = time.perf_counter()
    until = began + job["seconds"]
    for each in sockets:
        sent[each] = _send(each, requests[turn % len(requests)], turn)
        turn += 1
    while sent:
        for key, _ in selector.select():
            ready: Any = key.fileobj
            good, size = _receive(ready, tolerant=job.get("tolerant", False))
            failed += not good
            now = time.perf_counter()
            times.append(now - sent.pop(ready))
            if now < until:
                sent[ready] = _send(ready, requests[turn % len(requests)], turn)
                turn += 1
    took = time.perf_counter() - began
    for each in sockets:
        each.close()
    times.sort()
    return {
        "done": len(times), "failed": failed, "rps": len(times) / took, "bytes": size, "turn": turn,
        "p50": _at(times, 0.50), "p99": _at(times, 0.99),
    }  # fmt: skip


def _connect(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=30)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _send(to: socket.socket, request: bytes, turn: int) -> float:
    began = time.perf_counter()
    to.sendall(request.replace(_NUMBER, b"%010d" % turn, 1))
    return began


def _receive(of: socket.socket, *, tolerant: bool) -> tuple[bool, int]:
    """One whole answer: whether it is a good one, and the length of its body."""
    data = of.recv(_CHUNK)
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _more(of)
    head = data[:end].lower()
    good = head.startswith((b"http/1.1 200", b"http/1.1 304"))
    if not good and not tolerant:
        raise RuntimeError(data[:2000].decode(errors="replace"))
    marker = head.find(b"content-length:")
    length = int(head[marker + 15 :].split(b"\r\n", 1)[0]) if marker >= 0 else 0
    missing = end + 4 + length - len(data)
    while missing > 0:
        missing -= len(_more(of))
    return good, length


def _more(of: socket.socket) -> bytes:
    data = of.recv(_CHUNK)
    if not data:
        raise RuntimeError("the server closed the connection")
    return data


def _at(times: list[float], part: float) -> float:
    return times[min(len(times) - 1, int(len(times) * part))] * 1000


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
