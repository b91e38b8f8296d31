"""Bulk operations as fields of the API, as files, and as switches."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from flask import Flask, Response, abort, jsonify, request

from .bulk import Bulk, Operation, everything
from .ids import number
from .reads import Reads
from .scene import View


class BulkFields:
    """`bulkOperation`, `bulkOperations` and `bulkOperationRunQuery` of one request."""

    def __init__(self, bulk: Bulk, reads: Reads, base: str) -> None:
        self._bulk, self._reads, self._base = bulk, reads, base

    def fields(self) -> View:
        return {
            "bulkOperation": self.one,
            "bulkOperations": self.many,
            "bulkOperationRunQuery": self.run,
        }

    def one(self, _info: Any, **given: Any) -> View | None:
        found = self._bulk.find(number(given["id"], "BulkOperation"))
        return None if found is None else self._view(found)

    def many(self, _info: Any, **_wanted: Any) -> View:
        """Only the running ones are ever asked for."""
        newest = sorted(self._bulk.running(), key=lambda item: -item.id)
        return {"nodes": [self._view(item) for item in newest]}

    def run(self, _info: Any, **given: Any) -> View:
        made, errors = self._bulk.start(
            lambda document: everything(document, self._reads.fields()), given["query"]
        )
        return {"bulkOperation": made and self._view(made), "userErrors": errors}

    def _view(self, item: Operation) -> View:
        return self._bulk.view(item, self._base)


def add_files(app: Flask, bulk: Bulk) -> None:
    """Storage is another service: it knows no tokens and refuses requests that bring some."""

    @app.get("/bulk/<int:operation>.jsonl")
    def bulk_file(operation: int) -> Response:
        bulk.downloads.append(dict(request.headers))
        if "X-Shopify-Access-Token" in request.headers or "Authorization" in request.headers:
            abort(400)
        lines = bulk.file(operation, request.args.get("key", ""))
        if lines is None:
            abort(403)
        return Response(b"".join(lines), mimetype="application/jsonl")

    @app.get("/_control/bulk")
    def bulk_mood() -> Response:
        return jsonify({**asdict(bulk.mood), "downloads": bulk.downloads})

    @app.post("/_control/bulk")
    def set_bulk_mood() -> tuple[Response, int]:
        try:
            bulk.mood = replace(bulk.mood, **request.get_json())
        except TypeError as error:
            return jsonify(error=str(error)), 400
        return jsonify(asdict(bulk.mood)), 200
