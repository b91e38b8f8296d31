"""`orderCancel`: a job that runs by and by, in a thread of its own, and once more after a restart
if it was not done. Its `job` and `jobResult` are one thing here."""

from __future__ import annotations

import threading
from typing import Any

from .addresses import user_error
from .amounts import ZERO
from .book import MANUAL, Book
from .gateway import Gateway
from .ids import gid, number
from .refunding import Intent, perform
from .scene import Scene, View
from .suggestion import Refused, everything, refunded_lines, store_credit_obstacle
from .world import World

_DELAY = 0.1
_LONGEST_NOTE = 255


class Runner:
    """Runs the shop's jobs, one an order at a time."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world, self._gateway = world, gateway
        for job in world.kept.all("job"):
            if not job["done"]:
                self.start(job)

    def start(self, job: View) -> None:
        timer = threading.Timer(_DELAY, self._run, [job])
        timer.daemon = True
        timer.start()

    def _run(self, job: View) -> None:
        with self._world.order_lock(job["order"]):
            try:
                self._cancel(job)
            except Refused as error:
                self._end(job, "FAILED", error.message)
            else:
                self._end(job, "SUCCEEDED", "")

    def _end(self, job: View, status: str, error: str) -> None:
        self._world.keep("job", str(job["id"]), {**job, "done": True, "status": status} | {
            "error": error
        })  # fmt: skip

    def _cancel(self, job: View) -> None:
        book = self._world.book(job["order"])
        if book is None:
            raise Refused("Order does not exist", "orderId")
        check(book)
        wanted = job["refund"] or {}
        credit = wanted.get("storeCreditRefund") is not None
        if credit and (obstacle := store_credit_obstacle(self._world, book)):
            raise Refused(obstacle, "refundMethod")
        back = bool(wanted.get("originalPaymentMethodsRefund"))
        intent = self._intent(book, back=back, credit=credit, restock=job["restock"])
        if intent.payouts or intent.lines or intent.credit:
            perform(self._world, self._gateway, intent)
        if job["notify"]:
            self._mail(book)
        at = self._world.now().isoformat()
        cancelled = {"order": book.order.id, "reason": job["reason"], "note": job["note"]}
        self._world.keep("cancel", str(book.order.id), cancelled)
        self._world.change_order(book.order.id, {"cancelled_at": at}, "orders/cancelled")

    def _intent(self, book: Book, *, back: bool, credit: bool, restock: bool) -> Intent:
        """Money by hand is not sent back by a job."""
        payments = [item for item in book.order.payments if item.method not in MANUAL]
        sums = [(item, book.refundable_of(item)) for item in payments if back]
        payouts = tuple((item, amount) for item, amount in sums if amount > 0)
        lines = refunded_lines(self._world, book, everything(book), settle=True)
        return Intent(
            book=book,
            note="",
            lines=tuple(lines) if restock else (),
            shipping=book.shipping_left if payouts or credit else ZERO,
            shipping_tax=book.shipping_tax_left if payouts or credit else ZERO,
            payouts=payouts,
            credit=book.refundable if credit else ZERO,
        )

    def _mail(self, book: Book) -> None:
        mail = {"id": self._world.new_id(), "kind": "cancelled", "to": book.order.email}
        self._world.keep("mail", str(mail["id"]), {**mail, "order": book.order.id})


def check(book: Book) -> None:
    """Raises Refused."""
    if book.order.cancelled_at:
        raise Refused("Order has already been cancelled", "orderId")
    if book.fulfilment_status != "UNFULFILLED":
        raise Refused("Cannot cancel an order with fulfillments", "orderId")


class Cancels:
    """Every field of this kind, of mutations and of queries."""

    def __init__(self, scene: Scene, runner: Runner) -> None:
        self._world, self._runner = scene.world, runner

    def fields(self) -> View:
        return {"orderCancel": self.cancel, "node": self.node}

    def cancel(self, _info: Any, **given: Any) -> View:
        order_id = number(given["orderId"], "Order")
        try:
            self._check(order_id, given)
        except Refused as error:
            return _refused(error)
        job = {
            "id": self._world.new_id(),
            "order": order_id,
            "refund": given.get("refundMethod"),
            "restock": given["restock"],
            "reason": given["reason"],
            "note": given.get("staffNote") or "",
            "notify": bool(given.get("notifyCustomer")),
            "done": False,
            "status": "STARTED",
            "error": "",
        }
        self._world.keep("job", str(job["id"]), job)
        self._runner.start(job)
        return {
            "job": {"id": gid("Job", job["id"]), "done": False},
            "jobResult": _result(job),
            "orderCancelUserErrors": [],
        }

    def _check(self, order_id: int, given: View) -> None:
        book = self._world.book(order_id)
        if book is None:
            raise Refused("Order does not exist", "orderId")
        if len(given.get("staffNote") or "") > _LONGEST_NOTE:
            raise Refused("Staff note is too long", "staffNote")
        check(book)

    def node(self, _info: Any, **given: Any) -> View | None:
        identity = number(given["id"], "OrderCancelJobResult")
        job = self._world.kept.get("job", str(identity))
        return job and _result(job)


def _result(job: View) -> View:
    failed = {"code": "INVALID", "field": None, "message": job["error"]}
    return {
        "__typename": "OrderCancelJobResult",
        "id": gid("OrderCancelJobResult", job["id"]),
        "done": job["done"],
        "status": job["status"],
        "errors": [failed] if job["error"] else [],
    }


def _refused(error: Refused) -> View:
    problem = {**user_error(error), "code": "INVALID"}
    return {"job": None, "jobResult": None, "orderCancelUserErrors": [problem]}
