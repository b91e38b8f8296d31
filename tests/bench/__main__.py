"""`make bench`: the panel from mirrors of several sizes, beside a constant view and beside asking
the shop live; webhooks beside an echo and raw sqlite3; the backfill's rate and memory. LARGE=1
adds a million orders, ROUNDS sets how often everything is measured, ARGS=hearing measures that."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from tests.bench import backfill, hearing, measure, report
from tests.bench.measure import Load, Target
from tests.bench.mirrors import Filled, fill
from tests.bench.profile import explain
from tests.bench.report import Verdict
from tests.bench.servers import SHOP_SECONDS, Server

HOT = 300  # writers that agents of one merchant look at in an hour
SECONDS = 0.8
RESULTS = Path("var/bench.jsonl")

Panels = dict[tuple[int, str], Target]


def main() -> int:
    """Exit code 0 whenever everything was measured: a missed goal is a finding, not a crash."""
    sizes = [10_000, 100_000] + ([1_000_000] if os.environ.get("LARGE") == "1" else [])
    count = max(5, int(os.environ.get("ROUNDS", "7")))
    chosen = sys.argv[1:] or ["panel", "hearing"]
    with tempfile.TemporaryDirectory(prefix="mostrador-bench-") as folder:
        heard = list(_hearing(Path(folder), count)) if "hearing" in chosen else []
        if "panel" not in chosen:
            print(report.goals(heard))
            report.write(RESULTS, heard)
            return 0
        print(f"Filling mirrors of {', '.join(f'{size:,}' for size in sizes)} orders", flush=True)
        filled = _filled(Path(folder), sizes)
        with _running(Path(folder), filled) as (load, floor, live, panels):
            everything = [floor, *panels.values(), live]
            print(f"Measuring {len(everything)} servers in {count} rounds\n", flush=True)
            measure.warm_up(load, everything)
            measure.rounds(load, everything, count)
        print(report.figures(everything), end="\n\n")
        verdicts = [
            *_verdicts(floor, live, panels, sizes, count), *heard, *backfill.verdicts(count)
        ]  # fmt: skip
        print(report.goals(verdicts))
        report.write(RESULTS, verdicts)
        _explain_missed(verdicts, filled[-1])
    return 0


def _hearing(folder: Path, count: int) -> Iterator[Verdict]:
    print("Taking webhooks in and working them off", flush=True)
    yield from hearing.intake(folder, count)
    yield from hearing.processing(folder, count)


def _filled(folder: Path, sizes: list[int]) -> list[Filled]:
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as pool:
        started = [pool.submit(fill, folder / str(size), size, HOT) for size in sizes]
        return [each.result() for each in started]


@contextmanager
def _running(folder: Path, filled: list[Filled]) -> Iterator[tuple[Load, Target, Target, Panels]]:
    """The servers share one core and the load generator has the other, where there are two."""
    cpus = sorted(os.sched_getaffinity(0))
    serving = {cpus[0]} if len(cpus) > 1 else set()
    with ExitStack() as stack:
        load = Load()
        stack.callback(load.stop)
        if serving:
            os.sched_setaffinity(load.pid, {cpus[-1]})

        def start(factory: str, **environ: str) -> int:
            server = Server(factory, environ)
            stack.callback(server.stop)
            return server.start(serving).port

        panels = {
            (one.orders, kind): _panel(one, kind, start("product", **one.environ, **cold))
            for one in filled
            for kind, cold in (("warm", {}), ("cold", {"BENCH_COLD": "1"}))
        }
        body = folder / "body.html"
        first = next(iter(panels.values()))
        body.write_bytes(b"x" * int(load.ask(first, 1, 0.1)["bytes"]))
        floor_port = start("floor", BENCH_BODY=str(body))
        shop_port = start("shop")
        live_port = start("live", BENCH_BODY=str(body), BENCH_SHOP=f"http://127.0.0.1:{shop_port}")
        floor = Target("constant view", floor_port, (measure.get("/constant"),), SECONDS)
        live = Target("shop asked live", live_port, (measure.get("/live"),), 1.3)
        yield load, floor, live, panels


def _panel(filled: Filled, kind: str, port: int) -> Target:
    requests = tuple(measure.get(filled.path, token) for token in filled.tokens)
    return Target(f"panel {kind}, {filled.orders:,} orders", port, requests, SECONDS)


def _verdicts(
    floor: Target, live: Target, panels: Panels, sizes: list[int], count: int
) -> Iterator[Verdict]:
    constant = f"constant view of {floor.bytes} bytes, {floor.middle('rps'):.0f} requests/s"
    small, large = sizes[0], sizes[-1]
    for size in sizes:
        for kind, goal in (("warm", 0.50), ("cold", 0.25)):
            yield Verdict(
                name=f"panel_{kind}_rps_{size}", goal=goal, better="higher", rounds=count,
                ratio=_ratio(panels[size, kind], floor, "rps"), floor=constant,
            )  # fmt: skip
    for kind in ("warm", "cold"):
        at = panels[small, kind].middle("p50")
        yield Verdict(
            name=f"panel_{kind}_p50_growth_{small}_to_{large}", goal=1.25, better="lower",
            ratio=_ratio(panels[large, kind], panels[small, kind], "p50"), rounds=count,
            floor=f"the same at {small} orders, p50 {at:.2f} ms",
        )  # fmt: skip
    asked = f"two calls of {SHOP_SECONDS * 1000:.0f} ms in series, p50 {live.middle('p50'):.0f} ms"
    yield Verdict(
        name="panel_warm_p50_to_live", goal=1 / 150, better="lower", rounds=count,
        ratio=_ratio(panels[large, "warm"], live, "p50"), floor=asked,
    )  # fmt: skip


def _ratio(one: Target, other: Target, what: str) -> float:
    """The median of the ratios of each round: both halves saw the same minute."""
    pairs = zip(one.samples[what], other.samples[what], strict=True)
    return median(mine / its for mine, its in pairs)


def _explain_missed(verdicts: list[Verdict], filled: Filled) -> None:
    if any(one.name == "backfill_rate" and not one.met for one in verdicts):
        print(f"\nProfile of the backfill:\n{backfill.explain()}")
    for cold in (False, True):
        kind = "cold" if cold else "warm"
        missed = [one.name for one in verdicts if not one.met and kind in one.name]
        if missed:
            print(f"\nProfile of the {kind} panel, for {', '.join(missed)}:")
            print(explain(filled, cold=cold))


if __name__ == "__main__":
    sys.exit(main())
