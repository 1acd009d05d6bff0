"""The facts behind a figure: a page of rows, each with the load and source line it came from."""

from server.cube.elements import ValueType, value_type_of
from server.cube.model import CubeModel
from server.errors import InvalidInput, NotFound
from server.indicators.definition import Indicator
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.catalogue import read_catalogue
from server.scorecards.figures import count_name, period_cut
from server.scorecards.frame import default_period, frame, tables_of
from server.scorecards.gathering import cuts_of
from server.scorecards.views import FactColumn, FactPage, FactRow
from server.store.tables import LOAD_COLUMN, ROW_COLUMN

_NUMBERS = frozenset({ValueType.INTEGER, ValueType.DECIMAL, ValueType.FLOAT})


def fact_page(
    runtime: Runtime, asked: Asked, code: str, page: int = 0, of: str | None = None
) -> FactPage:
    """The facts of an indicator's cube in the asked slice; the page is counted from 0.

    `of` names another cube of its formula, of which those facts are listed that it is made of.
    """
    if page < 0:
        raise InvalidInput(f"page is {page}; it must be 0 or more.", field="page")
    snapshot = runtime.snapshot(asked.as_of, asked.as_of_model)
    indicator = read_catalogue(runtime.metadata, snapshot.definitions).indicator(code)
    cube = runtime.cubes.model.cube(cube_of(indicator, of))
    leading = runtime.cubes.model.cube(indicator.cube)
    tables = tables_of(runtime, [indicator])
    period = asked.period or default_period(runtime, snapshot, *tables)
    own = cuts_of(runtime.cubes.model, asked.cuts, leading.name, cube.name)
    columns = fact_columns(cube, asked.language)
    page_size = runtime.settings.page_rows
    total = 0
    rows: tuple[FactRow, ...] = ()
    if own is not None:
        browser = runtime.cubes.browser(cube.name, snapshot, asked.person.scope, asked.language)
        cuts = (period_cut(period, period), *own.texts())
        count = count_name(cube)
        total = browser.aggregate(cuts, aggregates=[count]).summary[count]
        rows = tuple(
            _row(fact, columns) for fact in browser.facts(cuts, page=page, page_size=page_size)
        )
    return FactPage(
        frame=frame(
            runtime,
            asked.person,
            leading.name,
            period,
            asked.cuts,
            asked.language,
            snapshot,
            tables,
        ),
        indicator=indicator,
        cube=cube,
        columns=columns,
        rows=rows,
        total=total,
        page=page,
        page_size=page_size,
    )


def cube_of(indicator: Indicator, name: str | None) -> str:
    """The cube of an indicator that is meant; its own one unless another is named.

    Raises:
        NotFound: its formula takes nothing from such a cube.
    """
    if name is None or name in indicator.cubes:
        return name or indicator.cube
    raise NotFound(
        f"{indicator.code} takes nothing from a cube {name[:60]!r}.",
        field="of",
        allowed=indicator.cubes,
    )


def fact_columns(cube: CubeModel, language: str) -> tuple[FactColumn, ...]:
    """The columns of a cube's facts with labels in a language."""
    return tuple(
        FactColumn(
            one.spec.name,
            one.labels.in_language(language),
            value_type_of(one.spec.plain_type) in _NUMBERS,
        )
        for one in cube.fact_columns
    )


def _row(fact: dict[str, object], columns: tuple[FactColumn, ...]) -> FactRow:
    return FactRow(
        load=int(str(fact[LOAD_COLUMN])),
        row=int(str(fact[ROW_COLUMN])),
        values=tuple(fact[column.name] for column in columns),
    )
