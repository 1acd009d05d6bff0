"""Which cells an answer needs, and the asking of them: each grain once, in as few as it takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from server.cube.cuts import path_text, text_of
from server.cube.marks import top_places
from server.errors import NotFound
from server.periods import Period
from server.slices.grains import MOST_PATHS, Cell, too_many
from server.slices.known import Depths, Known, Spot
from server.slices.question import Axis
from server.slices.result import Path, Paths
from server.slices.times import Days, cut_to, is_time


@dataclass
class Gathering:
    """Fills a `Known`."""

    known: Known
    top_cut: str | None = None  # leaves the members of the top in
    is_empty: bool = False  # there is a top, and no member has a number to be in it
    _columns: list[Paths] = field(default_factory=list)

    def choose_top(self) -> None:
        """Find the members of the top, if there is one."""
        top, rows = self.known.question.top, self.known.question.rows
        if top is None:
            return
        value = next(one for one in self.known.values if one.value.reference == top.by)
        self._refuse_many(rows[:1], self._cuts(), "rows", self.known.grains.limits.rows)
        ranked = self._need((1, 0))
        keys = list(ranked)
        figures = [self.known.value(value, Spot(key, ())) for key in keys]
        best = [keys[place] for place in top_places(figures, top.number)]
        self.is_empty = not best
        if not best:
            return
        axis = rows[0]
        self.top_cut = self.known.grains.members_cut(axis, [key[0] for key in best])
        kept = set(best)
        self.known.cells[1, 0] = {key: ranked[key] for key in ranked if key in kept}

    def row_keys(self) -> list[Paths]:
        """The members on the rows, in the model's own order."""
        depth = len(self.known.question.rows)
        if not depth or self.is_empty:
            return []
        cuts = self._cuts(self.top_cut)
        if depth > 1 or self._is_high(self.known.question.rows):
            self._refuse_many(self.known.question.rows, cuts, "rows", self.known.grains.limits.rows)
        return list(self._need((depth, 0)))

    def column_keys(self) -> list[Paths]:
        """The members on the columns, in the model's own order."""
        columns = self.known.question.columns
        if not self._columns and columns:
            self._refuse_many(columns, self._cuts(), "columns", self.known.grains.limits.columns)
            self._columns = list(self._need((0, len(columns))))
        return self._columns

    def column_named(self, text: str) -> Paths:
        """The column that an order names; `NotFound` when it is not in the table."""
        if not text:
            return ()
        for key in self.column_keys():
            for depth in range(1, len(key) + 1):
                if column_text(key[:depth]) == text:
                    return key[:depth]
        raise NotFound(f"There is no column {text!r} to sort by.", field="order")

    def need_for_order(self, depth: int, column: Paths) -> None:
        """Ask for the figures of all rows of a depth, in one column or in all."""
        if not column:
            self._need((depth, 0))
            return
        depths = (depth, len(column))
        wanted = self.known.cells.setdefault(depths, {})
        mark = (depths, column)
        if mark in self._ordered:
            return
        self._ordered.add(mark)
        axes = self.known.question.columns
        cuts = [
            self.known.grains.members_cut(axis, [path])
            for axis, path in zip(axes, column, strict=False)
        ]
        wanted.update(self._ask(depths, cuts))

    _ordered: set[tuple[Depths, Paths]] = field(default_factory=set)

    def fill(self, rows: Sequence[Spot], columns: Sequence[Spot]) -> None:
        """Ask for every cell of some rows, and for what their shares and changes need."""
        depths = {len(one.rows) for one in rows if one.kind != "others"}
        if self._shows("share"):
            depths |= {depth - 1 for depth in depths if depth} | {0}
        across = {len(one.columns) for one in columns}
        if self._shows("share") and not self.known.question.rows:
            across |= {width - 1 for width in across if width}
        for depth in sorted(depths):
            keys = [one.rows[:depth] for one in rows if len(one.rows) >= depth]
            for width in sorted(across):
                self._fill((depth, width), keys)
        if any(one.kind == "others" for one in rows):
            for width in sorted(across):
                self._fill_others(width)

    def _fill(self, depths: Depths, keys: Sequence[Paths]) -> None:
        if not depths[0] or not depths[1]:
            self._need(depths)
        else:
            found = self._ask(depths, self._narrow(depths[0], keys))
            self.known.cells.setdefault(depths, {}).update(found)
        if self._shows("change", "growth"):
            self._fill_before(depths, keys)

    def _fill_before(self, depths: Depths, keys: Sequence[Paths]) -> None:
        days = self._days_before(depths, keys)
        if days is None:
            return
        narrow = self._narrow(depths[0], keys, without_time=True) if depths[0] else []
        found = self._ask(depths, narrow, days)
        self.known.before.setdefault(depths, {}).update(found)

    def _fill_others(self, width: int) -> None:
        known, axes = self.known, self.known.question.columns[:width]
        if self.is_empty:  # then everything is other
            self._fill((0, width), ())
            known.others[width] = known.cells[0, width]
            known.others_before[width] = known.before.get((0, width), {})
        if self.top_cut is None or width in known.others:
            return
        asked = known.aggregates, self._cuts(), self.top_cut
        known.others[width] = known.grains.outside(axes, *asked)
        is_timed = is_time(known.cube, known.question.rows[0].dimension)
        days = self._days_before((0, width), ()) if self._shows("change", "growth") else None
        if days is not None and not is_timed:
            cuts = self._moved_cuts(days)
            known.others_before[width] = known.grains.outside(
                axes, known.aggregates, cuts, self.top_cut
            )

    def _need(self, depths: Depths) -> dict[Paths, Cell]:
        """The whole of a grain, asked once."""
        if depths not in self.known.cells:
            self.known.cells[depths] = self._ask(depths, ())
        return self.known.cells[depths]

    def _ask(
        self, depths: Depths, narrow: Iterable[str], days: Days | None = None
    ) -> dict[Paths, Cell]:
        top = self.top_cut if depths[0] else None
        if (
            days is not None
            and top
            and is_time(self.known.cube, self.known.question.rows[0].dimension)
        ):
            top = None  # the periods before those of the top are not of the top
        base = (
            self._cuts(top) if days is None else [*self._moved_cuts(days), *([top] if top else [])]
        )
        known = self.known
        return known.grains.cells(known.axes(depths), known.aggregates, [*base, *narrow])

    def _cuts(self, more: str | None = None) -> list[str]:
        return [*self.known.question.cuts, *([more] if more else [])]

    def _moved_cuts(self, days: Days) -> list[str]:
        """The cuts with those of time replaced by a run of days."""
        cube = self.known.cube
        kept = [
            text_of(cube, [cut])
            for cut in self.known.cuts
            if cut.attribute or not is_time(cube, cut.dimension)
        ]
        time = cube.time
        return [*kept, cut_to(time, days)] if time else kept

    def _days_before(self, depths: Depths, keys: Sequence[Paths]) -> Days | None:
        """The days of all periods before those of a grain."""
        periods = [one for one in self._periods(depths, keys) if one is not None]
        if not periods:
            return None
        earlier = [one.previous() for one in periods]
        return Days(min(e.first_day for e in earlier), max(e.last_day for e in earlier))

    def _periods(self, depths: Depths, keys: Sequence[Paths]) -> list[Period | None]:
        """The periods of all spots of some rows, of those without facts too."""
        rows = self._told_apart(keys, self.known.question.rows) if depths[0] else [()]
        columns = self._told_apart(
            [key[: depths[1]] for key in self.column_keys()], self.known.question.columns
        )
        spots = (Spot(row, column) for row in rows for column in columns or [()])
        return list({self.known.period(spot) for spot in spots})

    def _told_apart(self, keys: Iterable[Paths], axes: Sequence[Axis]) -> list[Paths]:
        """One key for each combination of members of time."""
        timed = [n for n, axis in enumerate(axes) if is_time(self.known.cube, axis.dimension)]
        found = {tuple(key[n] for n in timed if n < len(key)): key for key in keys}
        return list(found.values())

    def _narrow(
        self, depth: int, keys: Sequence[Paths], *, without_time: bool = False
    ) -> list[str]:
        """Cuts that leave in little more than some rows."""
        cuts = []
        for index, axis in enumerate(self.known.question.rows[:depth]):
            if without_time and is_time(self.known.cube, axis.dimension):
                continue
            paths: list[Path] = list(dict.fromkeys(key[index] for key in keys))
            if len(paths) <= MOST_PATHS:
                cuts.append(self.known.grains.members_cut(axis, paths))
        return cuts

    def _shows(self, *wanted: str) -> bool:
        return any(show in wanted for one in self.known.values for show in one.value.show)

    def _is_high(self, axes: Sequence[Axis]) -> bool:
        return any(self.known.grains.levels(axis)[-1].is_high for axis in axes)

    def _refuse_many(self, axes: Sequence[Axis], cuts: Sequence[str], noun: str, most: int) -> None:
        count = self.known.grains.count(axes, cuts)
        if count > most:
            raise too_many(count, noun, most)


def column_text(paths: Paths) -> str:
    """A column as an order names it."""
    return ";".join(path_text(path) for path in paths)
