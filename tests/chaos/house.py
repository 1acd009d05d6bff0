"""A house to do things to: a runtime over the small fair, and what it shows."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import loaders.lines
import loaders.stream
from loaders.context import LoadContext, context_of
from loaders.reparsing import SpooledSources
from server.cube.elements import MEMBERSHIPS
from server.errors import Gone
from server.ledger.heal import Healing
from server.ledger.mend import Task, verify_and_mend
from server.ledger.recover import recover
from server.ledger.verify import Depth
from server.runtime import Runtime, open_runtime
from server.settings import Settings
from server.store.arrow import AnyTable
from tests.chaos.forgetting import kept
from tests.chaos.oracle import UNKNOWN, Figures, Membership, Oracle, Place

MODEL = Path(__file__).parent / "model"
CUBES = ("takings", "orders")


class WrongError(Exception):
    """What the house shows is not what it must show."""


class NoRoomError(Exception):
    """What is damaged cannot be healed while the disk is full."""


def settings_of(home: Path, **variables: str) -> Settings:
    """Settings of a house at home, which serves the small fair."""
    return Settings.from_environment(
        {"INDICUBE_HOME": str(home), "INDICUBE_MODELS": str(MODEL), **variables}
    )


def store_in_small_chunks() -> None:
    """Make a file of twenty rows a file of several chunks, as a large one is."""
    loaders.lines.BLOCK = 200
    vars(loaders.stream)["ROWS_IN_CHUNK"] = 8


@contextmanager
def opened(settings: Settings) -> Iterator["House"]:
    """A house, closed at the end."""
    runtime = open_runtime(settings)
    try:
        yield House(runtime)
    finally:
        runtime.close()


@dataclass(frozen=True)
class House:
    """A runtime of the small fair."""

    runtime: Runtime

    @cached_property
    def context(self) -> LoadContext:
        """What loading needs; the specifications are read once, as they stay what they are."""
        return context_of(self.runtime)

    @property
    def tables(self) -> list[AnyTable]:
        model = self.runtime.cubes.model
        return [*model.dimension_tables.values(), *model.fact_tables.values()]

    def figures(self, at: int | None = None, membership: Membership = "as_was") -> Figures:
        """What the cubes show, month by month, region by region and keeper by keeper."""
        snapshot = self.runtime.snapshot(at)
        found: dict[Place, tuple[int, int, Fraction]] = {}
        for cube in CUBES:
            browser = self.runtime.cubes.browser(cube, snapshot, membership=membership)
            answer = browser.aggregate(drilldown="time:month|stall:region|keeper:keeper")
            cells = {_place(cube, cell): _row(cell) for cell in answer.cells}
            _check_summary(cells, answer.summary)
            found |= cells
        return found

    def check(
        self,
        oracle: Oracle,
        at: int | None = None,
        memberships: Iterable[Membership] = MEMBERSHIPS,
    ) -> None:
        """Raise unless the cubes show what the oracle says, or say that it was purged."""
        state = kept(oracle, at)
        if at is not None and state == "whole":
            self._check_instant(at)
        for membership in memberships:
            try:
                shown = self.figures(at, membership)
            except Gone:
                if state == "whole":
                    raise
                continue
            if state == "gone":
                raise WrongError(f"snapshot {at} is answered, which was purged")
            wanted = oracle.figures(at, membership)
            if shown != wanted:
                lost = {place: row for place, row in wanted.items() if shown.get(place) != row}
                more = {place: row for place, row in shown.items() if wanted.get(place) != row}
                raise WrongError(f"{membership} at {at}: lacks {lost}, shows {more} instead")

    def _check_instant(self, at: int) -> None:
        """A snapshot is the answer for the instant at which it was published."""
        found = self.runtime.snapshot(self.runtime.snapshot(at).published_at)
        if found.number != at:
            raise WrongError(f"at the instant of snapshot {at} is snapshot {found.number}")

    def recover(self) -> None:
        """What every start does."""
        recover(self.runtime.metadata, self.runtime.store, self.runtime.clock())

    def verify(self) -> None:
        """Raise unless the store holds exactly what the ledger says."""
        wrong = self._verified("usual", is_healing=False)
        if wrong:
            raise WrongError("; ".join(wrong))

    def mend(self, depth: Depth = "usual") -> None:
        """Verify and heal, once; raise when something is left that is wrong."""
        left = self._verified(depth, is_healing=True)
        wrong = self._verified("usual", is_healing=False)
        if wrong and any("is full" in sentence for sentence in left):
            raise NoRoomError("; ".join(left))
        if wrong:
            raise WrongError("; ".join([*wrong, "said before:", *left]))

    def _verified(self, depth: Depth, *, is_healing: bool) -> list[str]:
        runtime = self.runtime
        healing = Healing(
            metadata=runtime.metadata,
            store=runtime.store,
            spool=runtime.settings.spool,
            sources=SpooledSources(self.context),
            clock=runtime.clock,
            by="a story",
        )
        done = verify_and_mend(healing, self.tables, Task(depth=depth, is_healing=is_healing))
        return [finding.sentence for finding in done.findings if not finding.is_healed]


def _place(cube: str, cell: Mapping[str, object]) -> Place:
    month = f"{cell['time.year']}-{cell['time.month']:02}"
    region, keeper = (str(cell[name] or UNKNOWN) for name in ("stall.region", "keeper.keeper"))
    return cube, month, region, keeper


def _row(cell: Mapping[str, object]) -> tuple[int, int, Fraction]:
    count, pieces, amount = (cell[name] for name in ("takings", "pieces_sum", "amount_sum"))
    return int(str(count)), int(str(pieces or 0)), Fraction(str(amount or 0))


def _check_summary(figures: Figures, summary: Mapping[str, object]) -> None:
    """The page's total is the sum of its cells."""
    total = tuple(sum(column) for column in zip(*figures.values(), strict=True)) or (0, 0, 0)
    if _row(summary) != total:
        raise WrongError(f"the cells add up to {total}, the total says {_row(summary)}")
