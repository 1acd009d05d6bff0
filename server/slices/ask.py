"""Answer the question of a slice: every figure from the facts at its own grain, at one snapshot."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from server.access import Person
from server.cube.cuts import parse_cuts
from server.cube.marks import greatest_places
from server.indicators.absence import Figure
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.catalogue import Catalogue, read_catalogue
from server.slices.along_time import ALONG, modifiers_of
from server.slices.explained import Explained
from server.slices.gathering import Gathering
from server.slices.grains import SliceLimits, open_grains, too_many
from server.slices.known import Known, Spot
from server.slices.measures import Measured, heads_of, measured_values
from server.slices.ordering import displayed, ordered
from server.slices.question import Axis, Order, Show, SliceQuestion
from server.slices.result import (
    AxisHead,
    Column,
    Path,
    Paths,
    ResultRow,
    SliceResult,
    Window,
    fingerprint_of,
)
from server.slices.times import is_time, period_at
from server.slices.wording import filters_in_words
from server.snapshot import Snapshot
from server.store.asking import still_asked
from server.store.readers import Cancellation

MOST_DRAWN = 40  # rows of a chart
MOST_LINES = 5
_CHUNK = 400  # rows whose cells one statement asks


def ask(
    runtime: Runtime,
    person: Person,
    question: SliceQuestion,
    language: str,
    snapshot: Snapshot | None = None,
    page: Window | None = None,
    cancellation: Cancellation | None = None,
) -> SliceResult:
    """The answer to a question, whole or a window of its rows.

    Raises:
        LimitReached: more rows, columns or cells than can be shown; told before they are asked.
        NotFound, InvalidInput, NotAllowed: what cannot be asked, in a sentence.
    """
    at = snapshot or runtime.snapshot(question.moment, question.model_moment)
    catalogue = read_catalogue(runtime.metadata, at.definitions)
    cube = runtime.cubes.model.cube(question.cube)
    values = measured_values(question, cube, catalogue, language)
    grains = open_grains(
        runtime, person, question.cube, language, at, cancellation, question.membership
    )
    time_axis = next((axis for axis in question.axes if is_time(cube, axis.dimension)), None)
    grains = replace(grains, modifiers=modifiers_of(question), time_axis=time_axis)
    known = Known(question, cube, parse_cuts(cube, question.cuts), at, grains, values)
    return _Answering(runtime, person, known, catalogue, language, page).result()


@dataclass(frozen=True)
class _Answering:
    """One answer in the making."""

    runtime: Runtime
    person: Person
    known: Known
    catalogue: Catalogue
    language: str
    page: Window | None

    @property
    def question(self) -> SliceQuestion:
        return self.known.question

    def result(self) -> SliceResult:
        gathering = Gathering(self.known)
        gathering.choose_top()
        column_spots = self._columns(gathering)
        keys = gathering.row_keys()
        limits = self.known.grains.limits
        _refuse_too_large(len(keys), len(column_spots), self.known.values, limits)
        in_order = ordered(self.question, keys, self._sorting(gathering))
        spots = displayed(self.question, in_order)
        window = self.page or Window(0, len(spots))
        heads = len(column_spots) * len(heads_of(self.known.values))
        shown = spots[window.first : window.first + window.rows_of(heads)]
        rows: list[ResultRow] = []
        for start in range(0, len(shown), _CHUNK):
            chunk = shown[start : start + _CHUNK]
            gathering.fill(chunk, column_spots)
            rows += [self._row(spot, column_spots) for spot in chunk]
        found = self._framed(tuple(rows), len(spots), window.first, column_spots)
        is_cut = found.is_cut_short and not window.first
        drawn = self._drawn(gathering, keys, column_spots) if is_cut else ()
        return replace(found, top_cut=gathering.top_cut, drawn=drawn)

    def _drawn(
        self, gathering: Gathering, keys: Sequence[Paths], columns: Sequence[Spot]
    ) -> tuple[ResultRow, ...]:
        """The rows that a chart draws where a window does not hold them."""
        axes = self.question.rows
        if axes and is_time(self.known.cube, axes[-1].dimension):
            chosen = self._whole_lines(keys)
        elif axes and not self.question.order:
            figures = [self._figure(one) for one in keys]
            chosen = [keys[n] for n in greatest_places(figures, MOST_DRAWN)]
        else:
            return ()
        spots = [Spot(one, ()) for one in chosen[:_CHUNK]]
        gathering.fill(spots, columns)
        return tuple(self._row(spot, columns) for spot in spots)

    def _whole_lines(self, keys: Sequence[Paths]) -> list[Paths]:
        """All periods of the members whose figures reach highest."""
        heights: dict[Paths, Figure] = {}
        for key in keys:
            figure, height = self._figure(key), heights.get(key[:-1])
            if not (isinstance(height, Fraction) and isinstance(figure, Fraction)):
                heights[key[:-1]] = figure if isinstance(figure, Fraction) else height or figure
            elif figure > height:
                heights[key[:-1]] = figure
        members = list(heights)
        best = {members[n] for n in greatest_places(list(heights.values()), MOST_LINES)}
        return [key for key in keys if key[:-1] in best]

    def _figure(self, key: Paths) -> Figure:
        """The first value of a row in all columns together."""
        return self.known.value(self.known.values[0], Spot(key, ()))

    def _columns(self, gathering: Gathering) -> tuple[Spot, ...]:
        """The columns: members, the subtotal after each group, and the total."""
        axes = self.question.columns
        if not axes:
            return (Spot((), ()),)
        keys = gathering.column_keys()
        most = self.known.grains.limits.columns
        if len(keys) > most:
            raise too_many(len(keys), "columns", most)
        flat = replace(self.question, rows=axes, order=(), top=None)
        return tuple(Spot((), one.rows, one.kind) for one in displayed(flat, keys))

    def _sorting(self, gathering: Gathering) -> "_Sorting":
        return _Sorting(self.known, gathering)

    def _row(self, spot: Spot, columns: Sequence[Spot]) -> ResultRow:
        still_asked()
        asked = [
            (measured, show, Spot(spot.rows, column.columns, spot.kind))
            for column in columns
            for measured in self.known.values
            for show in measured.value.show
        ]
        cells = tuple(_shown(self.known, *one) for one in asked)
        carried = tuple(
            self.known.carried(*one) if isinstance(cell, Fraction) else None
            for one, cell in zip(asked if self.known.may_carry else (), cells, strict=False)
        )
        axes = self.question.rows[: len(spot.rows)]
        return ResultRow(
            paths=spot.rows,
            labels=_labels(self.known, axes, spot.rows),
            depth=len(spot.rows),
            kind=spot.kind,
            cells=cells,
            carried=carried if any(carried) else (),
            periods=tuple(_period(self.known, *one) for one in zip(axes, spot.rows, strict=True)),
        )

    def _column(self, spot: Spot) -> Column:
        axes = self.question.columns[: len(spot.columns)]
        return Column(
            paths=spot.columns,
            labels=_labels(self.known, axes, spot.columns),
            kind=spot.kind,
            periods=tuple(
                _period(self.known, *one) for one in zip(axes, spot.columns, strict=True)
            ),
        )

    def _framed(
        self, rows: tuple[ResultRow, ...], count: int, first: int, column_spots: Sequence[Spot]
    ) -> SliceResult:
        known, version = self.known, self.known.cube.model_version
        columns = tuple(self._column(spot) for spot in column_spots)
        is_whole = len(rows) == count
        browser = known.grains.browser
        fingerprint = fingerprint_of(
            self.question,
            known.snapshot.number,
            self.catalogue.number,
            version,
            self.person.scope,
            columns,
            rows,
        )
        return SliceResult(
            question=self.question,
            cube_label=known.cube.labels.in_language(self.language),
            row_heads=self._heads(self.question.rows),
            column_heads=self._heads(self.question.columns),
            values=heads_of(known.values),
            columns=columns,
            rows=rows,
            row_count=count,
            first_row=first,
            filters=filters_in_words(known.grains, known.cuts, self.language),
            snapshot=known.snapshot,
            watermark=known.snapshot.watermarks.get(known.cube.fact.name),
            model_version=version,
            definitions=self.catalogue.number,
            language=self.language,
            fingerprint=fingerprint if is_whole else None,
            served_by=_told_once(known.grains.served),
            coverage=Explained(browser, browser.cell(self.question.cuts)).coverage(),
        )

    def _heads(self, axes: Iterable[Axis]) -> tuple[AxisHead, ...]:
        return tuple(
            AxisHead(
                axis,
                self.known.cube.dimension(axis.dimension).labels.in_language(self.language),
                self.known.grains.levels(axis)[-1].labels.in_language(self.language),
            )
            for axis in axes
        )


@dataclass(frozen=True)
class _Sorting:
    """The figures by which rows are sorted; a column's own are asked when it is named."""

    known: Known
    gathering: Gathering

    def __call__(self, order: Order, rows: Paths) -> Figure:
        measured = _measured(self.known, order.by)
        column = self.gathering.column_named(order.column)
        self.gathering.need_for_order(len(rows), column)
        return self.known.value(measured, Spot(rows, column))


def _measured(known: Known, reference: str) -> Measured:
    return next(one for one in known.values if one.value.reference == reference)


def _shown(known: Known, measured: Measured, show: Show, spot: Spot) -> Figure:
    if show == "value":
        return known.value(measured, spot)
    if show == "share":
        return known.share(measured, spot)
    if show in ALONG:
        return known.along(measured, show, spot)
    told = known.change(measured, spot)
    return told.absolute if show == "change" else told.relative


def _labels(known: Known, axes: Sequence[Axis], paths: Paths) -> tuple[str, ...]:
    return tuple(_label(known, axis, path) for axis, path in zip(axes, paths, strict=True))


def _label(known: Known, axis: Axis, path: Path) -> str:
    period = _period(known, axis, path)
    return str(period) if period else known.grains.label(axis, path)


def _period(known: Known, axis: Axis, path: Path) -> Period | None:
    if not is_time(known.cube, axis.dimension):
        return None
    return period_at(known.grains.hierarchy(axis), path)


def _told_once(served: Iterable[str]) -> str:
    each = (one for told in served for one in told.split(", ") if one)
    return ", ".join(dict.fromkeys(each))


def _refuse_too_large(
    rows: int, columns: int, values: Sequence[Measured], limits: SliceLimits
) -> None:
    if rows > limits.rows:
        raise too_many(rows, "rows", limits.rows)
    heads = sum(len(one.value.show) for one in values)
    if rows * columns * heads > limits.cells:
        raise too_many(rows * columns * heads, "cells", limits.cells)
