"""Readers: every page works its total out three ways, and must be the page of one snapshot.

A page is a slice of regions by months with all totals. Its grand total, the sum of its row totals,
the sum of its column totals and the sum of its cells are asked as figures of their own; a page that
mixed two loads would not add up. What it says at its snapshot is compared with the oracle later.
"""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Any, Self

from tests.chaos.oracle import Oracle

QUESTION = {
    "cube": "takings",
    "rows": ["stall:region"],
    "columns": ["time:month"],
    "value": ["takings", "amount_sum"],
    "totals": True,
}


@dataclass(frozen=True)
class Page:
    """What one page said: how many takings and how much, at a snapshot."""

    snapshot: int
    takings: Fraction
    amount: Fraction


class MixedError(AssertionError):
    """A page that does not add up."""


class Readers:
    """Threads that read pages until the block ends."""

    def __init__(self, port: int, token: str, threads: int = 3) -> None:
        self._port = port
        self._token = token
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._read_on, name=f"reader-{number}", daemon=True)
            for number in range(threads)
        ]
        self.pages: list[Page] = []
        self.mixed: list[MixedError] = []
        self.unanswered = 0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def judge(self, oracle: Oracle) -> None:
        """Raise when a page was mixed, or said something else than the oracle."""
        assert not self.mixed, self.mixed[:3]
        shown = {page.snapshot for page in self.pages}  # each is added up once, however often read
        wanted = {snapshot: _total(oracle, snapshot) for snapshot in shown}
        wrong = [
            (page, wanted[page.snapshot])
            for page in self.pages
            if (page.takings, page.amount) != wanted[page.snapshot]
        ]
        assert not wrong, f"{len(wrong)} of {len(self.pages)} pages, first: {wrong[0]}"

    def _read_on(self) -> None:
        while not self._stop.is_set():
            try:
                self.pages.append(read_page(self._port, self._token))
            except MixedError as mixed:
                self.mixed.append(mixed)
            except (OSError, urllib.error.URLError, json.JSONDecodeError):
                self.unanswered += 1
                self._stop.wait(0.05)


def read_page(port: int, token: str, since: int | None = None) -> Page:
    """One page, checked within itself; `since` a year, for one that nobody has asked for."""
    question = QUESTION if since is None else {**QUESTION, "cut": [f"time:{since}-2026"]}
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/slices",
        json.dumps(question).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return checked_page(json.load(answer))


def checked_page(answer: Mapping[str, Any]) -> Page:
    """The page of an answer whose totals agree; else it is mixed."""
    columns = [column["kind"] for column in answer["columns"]]
    found = []
    for place in (0, 1):  # takings, amount
        table = [
            (row["kind"], [_figure(cell) for cell in row["cells"][place::2]])
            for row in answer["rows"]
        ]
        found.append(_agreed(table, columns, answer))
    return Page(answer["snapshot"], *found)


def _agreed(
    table: list[tuple[str, list[Fraction]]], columns: list[str], answer: Mapping[str, Any]
) -> Fraction:
    cells = [row for kind, row in table if kind == "cell"]
    totals = next((row for kind, row in table if kind == "total"), [Fraction(0)] * len(columns))
    inner = [place for place, kind in enumerate(columns) if kind == "cell"]
    outer = next((place for place, kind in enumerate(columns) if kind == "total"), None)
    ways = {
        sum((row[place] for row in cells for place in inner), Fraction(0)),
        sum((totals[place] for place in inner), Fraction(0)),
    }
    if outer is not None:
        ways |= {sum((row[outer] for row in cells), Fraction(0)), totals[outer]}
    if len(ways) != 1:
        raise MixedError(f"the totals {sorted(ways)} differ at snapshot {answer['snapshot']}")
    return ways.pop()


def _figure(cell: Mapping[str, str]) -> Fraction:
    return Fraction(cell["exact"]) if "exact" in cell else Fraction(0)


def _total(oracle: Oracle, snapshot: int) -> tuple[Fraction, Fraction]:
    shown = oracle.figures(snapshot)
    figures = [row for (cube, *_), row in shown.items() if cube == QUESTION["cube"]]
    counted = sum(count for count, _, _ in figures)
    return Fraction(counted), sum((amount for _, _, amount in figures), Fraction(0))
