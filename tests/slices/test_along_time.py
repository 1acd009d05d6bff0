"""What is shown of a value along time: to date, rolling, a year earlier, for each value its own."""

from fractions import Fraction

import pytest

from server.indicators.absence import Absence
from server.runtime import Runtime
from server.slices import moves
from server.slices.question import read_question, write_question
from tests.slices.asking import answer


def _row(flights: Runtime, text: str, place: int = -1) -> tuple[object, ...]:
    return answer(flights, text).rows[place].cells


def test_a_value_to_date_stands_beside_it(flights: Runtime) -> None:
    months = answer(flights, "rows=time:month&value=flights&cut=time:2013")
    each = [cell for row in months.rows for cell in row.cells if isinstance(cell, Fraction)]

    december = _row(flights, "rows=time:month&value=flights:value,qtd,ytd,rolling_3&cut=time:2013")
    assert december == (each[-1], sum(each[-3:]), sum(each), sum(each[-3:]))


def test_an_indicator_is_worked_out_over_those_days(flights: Runtime) -> None:
    shown = _row(flights, "value=indicator.on_time_arrival:value,ytd&cut=time:2013,4,12")
    year = _row(flights, "value=indicator.on_time_arrival&cut=time:2013")
    december = _row(flights, "value=indicator.on_time_arrival&cut=time:2013,4,12")
    assert shown == (december[0], year[0])


def test_a_year_that_is_not_loaded_is_told(flights: Runtime) -> None:
    cells = _row(
        flights, "value=flights:value,last_year,year_change,year_growth,ytd_growth&cut=time:2013,4"
    )
    assert cells[1:] == (Absence.NOT_LOADED,) * 4


def test_a_member_that_is_only_in_earlier_days_has_a_row(flights: Runtime) -> None:
    plain = answer(flights, "rows=organisation:carrier&value=flights&cut=time:2013,4,12,31")
    more = answer(
        flights, "rows=organisation:carrier&value=flights:value,ytd&cut=time:2013,4,12,31"
    )

    assert len(plain.rows) < len(more.rows) == 16
    missing = {row.labels for row in more.rows} - {row.labels for row in plain.rows}
    assert {row.cells[0] for row in more.rows if row.labels in missing} == {Fraction(0)}


@pytest.mark.parametrize("totals", ["", "&totals=1"])
def test_columns_and_totals_have_them_too(flights: Runtime, totals: str) -> None:
    found = answer(
        flights,
        "rows=organisation:group&columns=time:month&value=flights:value,ytd&cut=time:2013,1"
        + totals,
    )
    row = [cell for cell in found.rows[0].cells if isinstance(cell, Fraction)]
    assert row[1] == row[0]
    assert row[5] == row[0] + row[2] + row[4]


def test_each_value_has_its_own(flights: Runtime) -> None:
    cube = flights.cubes.model.cube("departures")
    question = read_question(
        [("value", "flights:value,ytd"), ("value", "cancelled"), ("rows", "time:month")], cube
    )
    moved = moves.with_show_of(question, "cancelled", "year_growth")
    assert [one.show for one in moved.values] == [("value", "ytd"), ("value", "year_growth")]
    assert read_question(write_question(moved), cube) == moved
    assert moves.with_show_of(moved, "cancelled", "year_growth") == question


def test_totals_along_time_have_no_last_three_periods(flights: Runtime) -> None:
    found = answer(
        flights, "rows=time:month&value=flights:value,ytd,rolling_3&cut=time:2013&totals=1"
    )
    total = found.rows[-1].cells
    assert total[1:] == (total[0], Absence.NOT_APPLICABLE)


def test_totals_over_several_runs_of_days_are_plain(flights: Runtime) -> None:
    found = answer(
        flights, "rows=time:month&value=flights:value,ytd&cut=time:2013,1,1;2013,4,12&totals=1"
    )
    january, december, total = (row.cells for row in found.rows)
    assert total == (january[0] + december[0], Absence.NOT_APPLICABLE)  # type: ignore[operator]
