"""`make bench`: loads order lines, measures in turns, prints what was wanted and what was seen."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from bench.aggregates import Price, predicate_costs, prices
from bench.dashboard import Asked, requests_a_second, rolled_statement
from bench.filling import filled, settings_of
from bench.ledger import BATCHES, ROWS, LedgerCosts, ledger_costs, mirror_costs
from bench.loading import Loaded, loaded
from bench.peer import ROWS as PEER_ROWS
from bench.peer import Compared, compared, means
from bench.pushes import CLIENTS as SENDERS
from bench.pushes import ROWS as PUSH_ROWS
from bench.pushes import Pushed, pushed
from bench.rolled import Gains, build_rolled, exponents, gains, rolled_settings, small_gains
from bench.scoped import scope_costs
from bench.servers import prepare, serving
from bench.ssb import MONTHS, SMALL_LOADS
from bench.streaming import Streamed, streamed
from bench.turns import geometric_mean

Line = tuple[str, str, str, str, str]  # goal, what, wanted, floor, seen
GROWTH = 10  # how many times more facts the larger installation of G9 has


def main() -> None:
    """Measure and print."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers end too
    asked = _arguments()
    kept = asked.home
    folder = nullcontext(str(kept)) if kept else tempfile.TemporaryDirectory(prefix="bench-")
    with folder as name:
        parts = asked.only or PARTS
        lines = [line for part in PARTS if part in parts for line in _MEASURED[part](asked, name)]
    _print_lines(lines)


def _queries(asked: argparse.Namespace, name: str) -> Iterator[Line]:
    with filled(settings_of(Path(name) / "home"), asked.rows, told=_told) as runtime:
        measured = prices(runtime, asked.turns)
        _print_prices(measured)
        yield from _of_prices(measured)
        yield from _of_predicate(predicate_costs(runtime, asked.turns))
        yield from _of_mirror(mirror_costs(runtime, asked.turns))


def _http(asked: argparse.Namespace, name: str) -> Iterator[Line]:
    with filled(settings_of(Path(name) / "home"), asked.rows, told=_told) as runtime:
        prepared = prepare(runtime, Path(name) / "copy")
    with serving(prepared) as servers:
        rates = requests_a_second(servers, asked.rounds, asked.seconds)
        yield from _of_rates(rates, "facts", ("≥ 0.70", "≥ 0.50"))
        yield _of_stream(streamed(servers, asked.rounds, asked.export_year or None))
    with serving(prepared, INDICUBE_CACHE_MEGABYTES="64") as servers:
        rates = requests_a_second(servers, asked.rounds, asked.seconds)
        yield from _of_rates(rates, "from the cache", ("≥ 3", ""))


def _rolled_http(asked: argparse.Namespace, name: str) -> Iterator[Line]:
    folder = Path(name) / f"rolled-{asked.rows}"
    with filled(rolled_settings(folder / "home"), asked.rows, told=_told) as runtime:
        build_rolled(runtime)
        prepared = prepare(runtime, folder / "copy", rolled_statement(runtime))
    for what, wanted, more in (
        ("roll-up", ("≥ 0.70", "≥ 0.50"), {}),
        ("from the cache, bare from the roll-up", ("≥ 3", ""), {"INDICUBE_CACHE_MEGABYTES": "64"}),
    ):
        with serving(prepared, **more) as servers:
            rates = requests_a_second(servers, asked.rounds, asked.seconds, is_rolled=True)
        yield from _of_rates(rates, what, wanted)


def _scope(asked: argparse.Namespace, name: str) -> Iterator[Line]:
    with filled(settings_of(Path(name) / "home"), asked.rows, told=_told) as runtime:
        found = scope_costs(runtime, asked.turns)
    yield "G1", "a question under a rule, to the same cut", "≤ 1.05", "", f"{found.as_a_cut:.3f}"
    yield "", "under rules that leave every row, to none", "", "", f"{found.of_everything:.3f}"


def _rollups(asked: argparse.Namespace, name: str) -> Iterator[Line]:
    sizes = (max(asked.rows // GROWTH, 1000), asked.rows)
    small, large = (
        gains(Path(name) / f"rolled-{rows}" / "home", rows, asked.turns, _told) for rows in sizes
    )
    _print_gains(large)
    yield from _of_gains(small, large)


def _small_loads(asked: argparse.Namespace, name: str) -> Iterator[Line]:
    home = Path(name) / f"small-{asked.rows}" / "home"
    found = small_gains(rolled_settings(home), asked.rows, asked.turns, _told_small)
    _print_gains(found)
    what = f"{found.rows:,} in {SMALL_LOADS:,} loads, from {found.roll_up_rows:,} rows"
    yield "G3", what, "", "", f"{found.mean:.1f}"
    folded = geometric_mean(each.ratio for each in found.folded)
    yield "G3", "the same, figures folded from parts of it", "", "", f"{folded:.1f}"


def _peer(asked: argparse.Namespace, name: str) -> Iterator[Line]:
    home = Path(name) / "peer"
    home.mkdir(exist_ok=True)
    found = compared(home, asked.turns)
    _print_compared(found)
    ours, peer = means(found)
    what = f"{PEER_ROWS:,} rows, to SQL by hand there"
    yield "G1", f"ours, {what}", "", "", f"{ours:.2f}"
    yield "", f"Cubes 1.1 on SQLite, {what}", "", "", f"{peer:.2f}"


def _ledger(asked: argparse.Namespace, name: str) -> Iterator[Line]:
    yield from _of_ledger(ledger_costs(Path(name) / "ledger", asked.turns))


def _pushes(asked: argparse.Namespace, name: str) -> Iterator[Line]:
    yield from _of_pushes(pushed(Path(name) / "pushes", asked.seconds))


def _loads(_asked: argparse.Namespace, name: str) -> Iterator[Line]:
    yield from _of_loads(loaded(Path(name) / "loads"))


_MEASURED: Mapping[str, Callable[[argparse.Namespace, str], Iterator[Line]]] = {
    "queries": _queries,
    "http": _http,
    "rolled-http": _rolled_http,
    "rollups": _rollups,
    "small-loads": _small_loads,
    "scope": _scope,
    "peer": _peer,
    "ledger": _ledger,
    "loads": _loads,
    "pushes": _pushes,
}
PARTS = tuple(_MEASURED)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=6_000_000, help="order lines to load")
    parser.add_argument("--turns", type=int, default=15, help="turns of each question")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of requests and exports")
    parser.add_argument("--seconds", type=float, default=4.0, help="of one round of requests")
    parser.add_argument(
        "--export-year", type=int, default=1993, help="whose facts are exported; 0: all of them"
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, help="these parts; all if left out")
    parser.add_argument("--home", type=Path, help="keep the facts there for the next run")
    return parser.parse_args()


def _told(loads: int, of: int = len(MONTHS)) -> None:
    if sys.stderr.isatty() or loads == of:
        print(f"\r{loads} of {of} loads", end="", file=sys.stderr, flush=True)
    if loads == of:
        print(file=sys.stderr)


_told_small = partial(_told, of=SMALL_LOADS)


def _of_prices(measured: list[Price]) -> Iterable[Line]:
    ratios = [each.ratio for each in measured]
    worst = max(measured, key=lambda each: each.ratio)
    yield "G1", "13 questions, geometric mean", "≤ 1.05", "≤ 1.20", f"{geometric_mean(ratios):.3f}"
    yield "G1", f"the worst of them, {worst.name}", "≤ 1.20", "", f"{worst.ratio:.3f}"
    dearest = max(measured, key=lambda each: each.own_cpu)
    seen = f"{dearest.own_cpu:.2f} ms"
    yield "G2", f"own CPU, {dearest.rows} rows ({dearest.name})", "≤ 2 ms", "", seen
    usual = sorted(each.own_cpu for each in measured)[len(measured) // 2]
    yield "G2", "own CPU, median of the questions", "≤ 2 ms", "", f"{usual:.2f} ms"
    hits = sorted(each.hit_cpu for each in measured)
    seen = f"{hits[len(hits) // 2]:.2f} ms, at most {hits[-1]:.2f} ms"
    yield "G2", "own CPU of a hit in the cache, median", "≤ 0.3 ms", "", seen


def _of_gains(small: Gains, large: Gains) -> Iterator[Line]:
    what = f"times faster by {large.roll_up_rows:,} rows for {large.rows:,}"
    yield "G3", what, "≥ 60", "≥ 40", f"{large.mean:.1f}"
    folded = geometric_mean(each.ratio for each in large.folded)
    yield "G3", "the same, figures folded from parts of it", "", "", f"{folded:.1f}"
    rolled, plain, by_hand = exponents(small, large)
    between = f"growth {small.rows:,} to {large.rows:,}"
    yield "G9", f"{between}, roll-ups", "≤ 0.10", "≤ 0.20", f"{rolled:.2f}"
    what = f"{between}, facts (by hand {by_hand:.2f})"
    yield "G9", what, f"≤ {by_hand + 0.05:.2f}", "", f"{plain:.2f}"


def _of_predicate(costs: dict[int, float]) -> Iterable[Line]:
    for hidden, cost in costs.items():
        yield "G1", f"the predicate, {hidden} hidden batches", "", "", f"{cost:.3f}"


def _of_rates(rates: list[Asked], of: str, goals: tuple[str, str]) -> Iterable[Line]:
    for each in rates:
        is_goal = each.clients == 8
        what = f"{of}, {each.clients} clients: {each.ours:.0f}/s against {each.bare:.0f}/s"
        wanted, floor = goals if is_goal else ("", "")
        yield "G4", what, wanted, floor, f"{each.ratio:.2f}"
    failed = [reason for each in rates for reason in each.failed]
    yield "G4", failed[0][:60] if failed else "requests that failed", "0", "0", str(len(failed))


def _of_stream(one: Streamed) -> Line:
    what = f"{one.rows:,} facts as CSV: {one.ours:.2f} s against {one.outfile:.2f} s"
    seen = f"{one.ratio:.2f}, {one.growth:.0f} MB more"
    return "G7", what, "≥ 0.80, ≤ 200 MB", "", seen


def _of_mirror(costs: Mapping[str, float]) -> Iterable[Line]:
    for what, cost in costs.items():
        yield "G1", f"the predicate, {what}", "", "", f"{cost:.3f}"


def _of_ledger(costs: LedgerCosts) -> Iterable[Line]:
    among = f"among {BATCHES:,} batches"
    yield "L1", f"metadata time of publishing {among}", "≤ 50 ms", "", f"{costs.publish:.0f} ms"
    yield "L1", f"metadata time of withdrawing {among}", "≤ 50 ms", "", f"{costs.withdraw:.0f} ms"
    seen = f"{costs.open_next:.0f} ms, the first {costs.open_first:.0f} ms"
    yield "L2", f"opening the next snapshot {among}", "", "", seen
    what = (
        f"restating a month of {ROWS:,} rows: {costs.restate_seconds:.1f} s, "
        f"loading it {costs.load_seconds:.1f} s"
    )
    yield "L3", what, "≤ 1.10", "", f"{costs.restating:.2f}"


def _of_loads(loads: list[Loaded]) -> Iterable[Line]:
    for one in loads:
        wanted = "≥ 0.70" if one.kind == "parquet" else "≥ 1.00"
        what = f"{one.kind}, {one.rows:,} rows: {one.ours:.2f} s against {one.engine:.2f} s"
        yield "G5", what, wanted, "", f"{one.ratio:.2f}"
        again = f"{one.again / one.ours:.2f}"
        yield "", f"the same month restated: {one.again:.2f} s", "≤ 1.10", "", again


def _of_pushes(one: Pushed) -> Iterable[Line]:
    rate, rows = one.pushes / one.seconds, one.rows / one.seconds
    what = f"{SENDERS} clients, {PUSH_ROWS} rows each: {rate:.0f} pushes/s accepted"
    yield "", what, "", "", f"{rows:,.0f} rows/s"
    joined, file = one.rows / one.joined, one.rows / one.file
    yield "", f"loading the {one.rows:,} rows that were pushed", "", "", f"{joined:,.0f} rows/s"
    yield "", "loading one file of as many rows", "", "", f"{file:,.0f} rows/s"
    yield "", "rows accepted to rows of a file loaded, a second", "", "", f"{rows / file:.2f}"
    if one.failed:
        yield "", one.failed[0][:56], "0", "0", str(len(one.failed))


def _print_prices(measured: list[Price]) -> None:
    print(f"{'question':<10}{'rows':>6}{'ours ms':>10}{'SQL ms':>10}{'ratio':>8}{'own CPU ms':>12}")
    for each in measured:
        print(
            f"{each.name:<10}{each.rows:>6}{each.ours:>10.2f}{each.by_hand:>10.2f}"
            f"{each.ratio:>8.3f}{each.own_cpu:>12.2f}"
        )
    print()


def _print_gains(found: Gains) -> None:
    print(f"{'roll-up':<24}{'with ms':>10}{'without ms':>12}{'SQL ms':>10}{'faster':>8}")
    for each in (*found.questions, *found.folded):
        by_hand = "" if each.by_hand is None else f"{each.by_hand:.2f}"
        print(
            f"{each.name:<24}{each.rolled:>10.2f}{each.plain:>12.2f}{by_hand:>10}{each.ratio:>8.1f}"
        )
    print()


def _print_compared(found: list[Compared]) -> None:
    heads = (f"{who + ' ms':>12}{'SQL ms':>10}{'ratio':>8}" for who in ("ours", "peer"))
    print(f"{'':<10}{''.join(heads)}")
    for each in found:
        print(
            f"{each.name:<10}{each.ours:>12.2f}{each.ours_by_hand:>10.2f}{each.ours_ratio:>8.2f}"
            f"{each.peer:>12.2f}{each.peer_by_hand:>10.2f}{each.peer_ratio:>8.2f}"
        )
    print()


def _print_lines(lines: Iterable[Line]) -> None:
    print(f"{'':<4}{'what':<56}{'goal':<18}{'floor':<9}seen")
    for goal, what, wanted, floor, seen in lines:
        print(f"{goal:<4}{what:<56}{wanted:<18}{floor:<9}{seen}")


if __name__ == "__main__":
    main()
