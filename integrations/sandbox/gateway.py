"""The pretend payment gateway: where tests of money look, because it is nobody's own book-keeping.

    POST /refunds {"shop", "order", "payment", "amount", "currency"}
         -> 200 {"id", "status": "succeeded"} | 402 {"error": text}
    POST /captures (same fields) -> 200 {"id", "status": "succeeded"}
    GET  /log      -> every entry in order
    POST|GET|DELETE /_control/faults {"fault", "times", "seconds"}

It has no idempotency at all: a repeated call pays twice.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, request

from .serving import hang_up

FAULTS = ("decline", "slow", "slow_decline", "drop_before", "drop_after")
_DECLINED = "The issuer declined the refund (R05)."
_FIELDS = ("shop", "order", "payment", "amount", "currency")

Entry = dict[str, Any]


class Log:
    """Append-only; with a file each entry is one line, on the disk before the answer leaves."""

    def __init__(self, state: Path | None) -> None:
        self._lock = threading.Lock()
        self._path = state / "gateway.jsonl" if state else None
        self.entries: list[Entry] = []
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
            lines = self._path.read_text(encoding="utf-8").splitlines()
            self.entries = [json.loads(line) for line in lines if line.endswith("}")]

    def add(self, kind: str, asked: dict[str, str]) -> Entry:
        with self._lock:
            entry = {
                "kind": kind,
                "id": f"{'re' if kind == 'refund' else 'ch'}_{len(self.entries) + 1:06d}",
                **asked,
                "at": datetime.now(UTC).isoformat(),
            }
            self._write(entry)
            self.entries.append(entry)
            return entry

    def _write(self, entry: Entry) -> None:
        if self._path is None:
            return
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())


@dataclass(slots=True)
class Fault:
    """`left` 0 = until cleared."""

    name: str
    left: int
    seconds: float


class Faults:
    """The next fault first; each is used up after its times."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: list[Fault] = []

    def set(self, fault: Fault) -> None:
        with self._lock:
            self._set.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._set.clear()

    def shown(self) -> list[dict[str, Any]]:
        with self._lock:
            return [{"fault": f.name, "times": f.left, "seconds": f.seconds} for f in self._set]

    def take(self) -> Fault | None:
        with self._lock:
            if not self._set:
                return None
            fault = self._set[0]
            if fault.left == 1:
                self._set.pop(0)
            elif fault.left > 1:
                fault.left -= 1
            return fault


def create_app(*, state: Path | None = None) -> Flask:
    """One gateway with its own log."""
    app = Flask(__name__, static_folder=None)
    log, faults = Log(state), Faults()
    _money_routes(app, log, faults)
    _control_routes(app, faults)
    return app


def _money_routes(app: Flask, log: Log, faults: Faults) -> None:
    @app.post("/refunds")
    def refund() -> tuple[Response, int]:
        return _refund(faults.take(), lambda asked: log.add("refund", asked))

    @app.post("/captures")
    def capture() -> tuple[Response, int]:
        return _succeeded(log.add("capture", _asked()))

    @app.get("/log")
    def entries() -> Response:
        return jsonify(log.entries)

    @app.get("/health")
    def health() -> Response:
        return jsonify(ok=True)


def _refund(fault: Fault | None, pay: Callable[[dict[str, str]], Entry]) -> tuple[Response, int]:
    asked = _asked()
    name = fault.name if fault else ""
    if fault and name.startswith("slow"):
        time.sleep(fault.seconds)
    if name in ("decline", "slow_decline"):
        return jsonify(error=_DECLINED), 402
    if name == "drop_before":
        hang_up(request.environ)
        return jsonify(), 200
    answer = _succeeded(pay(asked))
    if name == "drop_after":
        hang_up(request.environ)
    return answer


def _succeeded(entry: Entry) -> tuple[Response, int]:
    return jsonify(id=entry["id"], status="succeeded"), 200


def _asked() -> dict[str, str]:
    """The five fields as text; 400 for anything a real gateway would not book."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not all(isinstance(body.get(k), str) for k in _FIELDS):
        abort(400)
    try:
        amount = Decimal(body["amount"])
    except InvalidOperation:
        abort(400)
    if not amount.is_finite() or amount <= 0:
        abort(400)
    return {key: body[key] for key in _FIELDS}


def _control_routes(app: Flask, faults: Faults) -> None:
    @app.post("/_control/faults")
    def set_fault() -> tuple[Response, int]:
        body = request.get_json()
        if body.get("fault") not in FAULTS:
            return jsonify(error=f"fault is one of {', '.join(FAULTS)}"), 400
        faults.set(Fault(body["fault"], int(body.get("times", 1)), float(body.get("seconds", 1))))
        return jsonify(faults.shown()), 200

    @app.get("/_control/faults")
    def show_faults() -> Response:
        return jsonify(faults.shown())

    @app.delete("/_control/faults")
    def clear_faults() -> tuple[str, int]:
        faults.clear()
        return "", 204
