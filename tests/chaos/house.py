"""A house to do things to: a runtime over the small fair, and what it shows."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import loaders.lines
import loaders.stream
from loaders.context import LoadContext, context_of
from loaders.load import LoadOutcome, run_load
from server.errors import IndicubeError
from server.ledger.publish import restore, withdraw
from server.ledger.receive import Arrival, new_batch, receive
from server.ledger.recover import recover
from server.ledger.verify import verify
from server.metadata.loads import change_load, find_load
from server.runtime import Runtime, open_runtime
from server.settings import Settings
from tests.chaos.exporting import export_of_step, scheduled_export_of_step
from tests.chaos.oracle import UNKNOWN, Figures, Oracle, Sent
from tests.chaos.story import Step, broken_text_of, text_of

MODEL = Path(__file__).parent / "model"
NOBODY = "somewhere-that-is-gone:1:1"


class WrongError(Exception):
    """What the house shows is not what it must show."""


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

    @property
    def context(self) -> LoadContext:
        return context_of(self.runtime)

    def figures(self, at: int | None = None) -> Figures:
        """What the cube shows, month by month and region by region."""
        snapshot = self.runtime.snapshot(at)
        answer = self.runtime.cubes.browser("takings", snapshot).aggregate(
            drilldown="time:month|stall:region"
        )
        found = {
            (
                "takings",
                f"{cell['time.year']}-{cell['time.month']:02}",
                str(cell["stall.region"] or UNKNOWN),
            ): (cell["takings"], cell["pieces_sum"], Fraction(cell["amount_sum"]))
            for cell in answer.cells
        }
        _check_summary(found, answer.summary)
        return found

    def recover(self) -> None:
        """What every start does."""
        recover(self.runtime.metadata, self.runtime.store, self.runtime.clock())

    def check(self, oracle: Oracle, at: int | None = None) -> None:
        """Raise unless the cube shows what the oracle says."""
        shown, wanted = self.figures(at), oracle.figures(at)
        if shown != wanted:
            lost = {place: row for place, row in wanted.items() if shown.get(place) != row}
            more = {place: row for place, row in shown.items() if wanted.get(place) != row}
            raise WrongError(f"at {at}: lacks {lost}, shows {more} instead")

    def verify(self) -> None:
        """Raise unless the store holds exactly what the ledger says."""
        tables = self.runtime.cubes.model
        names = (*tables.fact_tables, *tables.dimension_tables)
        wrong = verify(self.runtime.metadata, self.runtime.store, names)
        if wrong:
            raise WrongError("; ".join(str(each) for each in wrong))

    def do(self, step: Step, oracle: Oracle) -> Oracle:
        """Do a step, or what is left of it; what the oracle knows afterwards."""
        if step.kind in ("withdraw", "restore"):
            assert step.load is not None
            return self._change(step.load, oracle, is_shown=step.kind == "restore")
        assert step.sent is not None
        match step.kind:
            case "broken":
                self._refuse(step.sent)
            case "orphans":
                for _ in range(2):
                    self._leave_behind(step.sent)
                self.recover()
            case "export":
                export_of_step(self.runtime, step.number, oracle)
            case "schedule":
                scheduled_export_of_step(self.runtime, step.number, oracle)
            case _:
                return self.send(step.sent, oracle)
        return oracle

    def send(self, sent: Sent, oracle: Oracle) -> Oracle:
        """Load a file; one that stands whole already must be answered with its load."""
        known = oracle.twin_of(sent)
        outcome = self._load(sent.source, text_of(sent))
        if known is not None:
            if not outcome.is_known or outcome.load != known:
                raise WrongError(f"the file of load {known} was loaded again: {outcome}")
            return oracle
        # A redo after a kill may find its own load published already.
        return oracle.published(outcome.load, sent, outcome.snapshot)

    def _load(self, source: str, text: str) -> LoadOutcome:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"{source}.csv")
            path.write_text(text, encoding="utf-8")
            return run_load(self.context, source, path)

    def _refuse(self, sent: Sent) -> None:
        try:
            self._load(sent.source, broken_text_of(sent))
        except IndicubeError:
            return
        raise WrongError("a file of bad rows was taken")

    def _leave_behind(self, sent: Sent) -> None:
        """A load of a process that is gone, as a power cut leaves it."""
        metadata, now = self.runtime.metadata, self.runtime.clock()
        specification = self.context.specification(sent.source)
        arrival = Arrival(
            pack=specification.pack,
            specification=specification.name,
            specification_hash=specification.hash,
            table_name=specification.table,
            kind="fact",
            source="left.csv",
            member=None,
            by="nobody",
        )
        with tempfile.TemporaryFile() as file:
            file.write(text_of(sent).encode())
            file.seek(0)
            received = receive(
                metadata, self.runtime.settings.spool, file, arrival, self.runtime.clock()
            )
        new_batch(metadata, received.load)
        with metadata.write() as session:
            change_load(session, received.load.id, ("received",), owner=NOBODY, lease_until=now)

    def _change(self, load: int, oracle: Oracle, *, is_shown: bool) -> Oracle:
        metadata, now = self.runtime.metadata, self.runtime.clock()
        with metadata.read() as session:
            is_done = find_load(session, load).state == ("published" if is_shown else "withdrawn")
        if is_done:  # by a process that was killed before it could say so
            number = self.runtime.snapshot().number
        else:
            change = restore if is_shown else withdraw
            number = change(metadata, load, "ann", "a story", now)
        return oracle.changed(load, number, is_shown=is_shown)


def _check_summary(figures: Figures, summary: dict[str, object]) -> None:
    """The page's total, asked on its own, is the sum of its cells."""
    total = tuple(sum(column) for column in zip(*figures.values(), strict=True)) or (0, 0, 0)
    shown = (
        summary["takings"],
        summary["pieces_sum"] or 0,
        Fraction(str(summary["amount_sum"] or 0)),
    )
    if shown != total:
        raise WrongError(f"the cells add up to {total}, the total says {shown}")
