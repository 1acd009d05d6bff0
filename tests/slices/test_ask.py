"""Answers on the real flights of 2013 equal what DuckDB says of the source file."""

from collections.abc import Iterable
from fractions import Fraction

import duckdb

from server.indicators.absence import Absence, Figure
from server.runtime import Runtime
from server.slices.result import Window
from tests.slices.asking import answer, figures

NETWORK = "('AA','AS','DL','HA','UA','US')"


def _rows(source: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    return source.execute(sql).fetchall()


def _numbers(figures: Iterable[Figure]) -> list[Fraction]:
    return [one for one in figures if isinstance(one, Fraction)]


def _count(source: duckdb.DuckDBPyConnection, where: str) -> Fraction:
    return Fraction(source.execute(f"SELECT count(*) FROM flights WHERE {where}").fetchall()[0][0])


def test_who_lost_most_minutes_where_in_winter(
    flights: Runtime, source: duckdb.DuckDBPyConnection
) -> None:
    """Carriers by destinations over January, February and December, month by month."""
    result = answer(
        flights,
        "rows=organisation:carrier&rows=region:airport&columns=time:month"
        "&value=arrival_delay_minutes&order=-arrival_delay_minutes"
        "&cut=time:2013,1,1;2013,1,2;2013,4,12",
    )
    truth = _rows(
        source,
        "SELECT carrier, dest, sum(arr_delay)::BIGINT AS minutes FROM flights "
        "WHERE month IN (1, 2, 12) AND arr_delay IS NOT NULL GROUP BY ALL "
        "ORDER BY minutes DESC LIMIT 10",
    )
    totals = [
        (row.paths[0][-1], row.paths[1][-1], sum(row.cells, Fraction(0)))
        for row in result.rows[:10]
    ]
    assert [one[2] for one in totals] == [one[2] for one in truth]
    assert totals[0] == truth[0]

    months = _rows(
        source,
        "SELECT month, sum(arr_delay)::BIGINT FROM flights WHERE month IN (1, 2, 12) "
        f"AND carrier = '{truth[0][0]}' AND dest = '{truth[0][1]}' GROUP BY 1 ORDER BY 1",
    )
    assert _numbers(result.rows[0].cells) == [one[1] for one in months]


def test_three_dimensions_by_two_with_five_values(
    flights: Runtime, source: duckdb.DuckDBPyConnection
) -> None:
    """Counts, sums, distinct counts and ratios; every cell, subtotal and total by itself."""
    result = answer(
        flights,
        "rows=organisation:group&rows=organisation:carrier&rows=origin&columns=time:quarter"
        "&columns=region:region&value=flights&value=arrival_delay_minutes&value=aircraft"
        "&value=indicator.on_time_arrival&value=departure_delay_max&totals=1",
    )
    grains = {
        ("cell", "cell"): "carrier, origin, quarter, tz",
        ("subtotal", "subtotal"): "quarter",
        ("total", "total"): "",
        ("total", "cell"): "quarter, tz",
        ("cell", "total"): "carrier, origin",
    }
    for (row_kind, column_kind), by in grains.items():
        truth = {
            tuple(row[:-6]): row[-6:]
            for row in _rows(
                source,
                f"SELECT {by + ',' if by else ''} count(*), coalesce(sum(arr_delay), 0), "
                "count(DISTINCT tailnum), count(*) FILTER (arr_delay < 15), count(*), "
                "max(dep_delay) FROM (SELECT *, (month + 2) // 3 AS quarter, "
                "coalesce(tzone, 'unknown') AS tz FROM joined) " + (f"GROUP BY {by}" if by else ""),
            )
        }
        seen = 0
        for row in result.rows:
            for number, column in enumerate(result.columns):
                if (row.kind, column.kind) != (row_kind, column_kind) or len(row.paths) == 2:
                    continue
                if row_kind == "subtotal":
                    continue
                key = tuple(p[-1] for p in (*row.paths[1:], *column.paths))
                counted = truth.get(key)
                cells = [result.cell(row, number, value) for value in range(5)]
                if counted is None:
                    assert cells[:3] == [0, 0, 0]
                    assert cells[3:] == [Absence.ZERO_DENOMINATOR, Absence.NOT_APPLICABLE]
                    continue
                seen += 1
                flights_, minutes, aircraft, on_time, base, longest = counted
                assert cells[:3] == [flights_, minutes, aircraft], key
                assert cells[3] == Fraction(int(on_time), int(base))  # type: ignore[call-overload]
                assert cells[4] == (Absence.NOT_APPLICABLE if longest is None else longest)
        assert row_kind == "subtotal" or seen == len(truth)


def test_a_subtotal_is_asked_at_its_own_grain(
    flights: Runtime, source: duckdb.DuckDBPyConnection
) -> None:
    """Aircraft of a group are fewer than those of its carriers added up."""
    result = answer(
        flights,
        "rows=organisation:group&rows=organisation:carrier&value=aircraft&value=flights&totals=1",
    )
    ((aircraft, count),) = _rows(
        source, f"SELECT count(DISTINCT tailnum), count(*) FROM flights WHERE carrier IN {NETWORK}"
    )
    subtotal = next(r for r in result.rows if r.kind == "subtotal" and r.paths == (("network",),))
    assert subtotal.cells == (aircraft, count)


def test_others_are_everything_outside_the_top(
    flights: Runtime, source: duckdb.DuckDBPyConnection
) -> None:
    """Flights without a tail number are among the others, and distinct counts are not added up."""
    result = answer(
        flights, "rows=aircraft:tail_number&value=flights&value=aircraft&top=3:flights&totals=1"
    )
    best = _rows(
        source,
        "SELECT tailnum, count(*) n FROM flights GROUP BY 1 ORDER BY n DESC LIMIT 3",
    )
    names = [one[0] for one in best]
    shown = [row for row in result.rows if row.kind == "cell"]
    assert {row.paths[0][-1] for row in shown} == set(names)
    ((rest, aircraft),) = _rows(
        source,
        "SELECT count(*), count(DISTINCT tailnum) FROM flights WHERE coalesce(tailnum, '') NOT IN "
        f"({', '.join(repr(one or '') for one in names)})",
    )
    others = next(row for row in result.rows if row.kind == "others")
    assert others.cells == (rest, aircraft)
    total = result.rows[-1]
    assert total.kind == "total"
    assert total.cells[0] == Fraction(336_776)


def test_a_share_is_of_the_parent_and_only_where_parts_add_up(flights: Runtime) -> None:
    """Shares of the carriers of a group are one together; aircraft have no share."""
    result = answer(
        flights,
        "rows=organisation:group&rows=organisation:carrier&value=flights:share"
        "&value=aircraft:share&value=indicator.on_time_arrival:share",
    )
    network = [row.cells for row in result.rows if row.paths[0] == ("network",)]
    assert sum(_numbers(one[0] for one in network)) == 1
    assert {one[1:] for one in network} == {(Absence.NOT_APPLICABLE, Absence.NOT_APPLICABLE)}


def test_a_change_is_told_on_the_period_before_even_outside_the_cut(
    flights: Runtime, source: duckdb.DuckDBPyConnection
) -> None:
    """February on January although only February is asked; January on a year that is not there."""
    result = answer(
        flights, "rows=time:month&value=flights:value,change,growth&cut=time:2013,1,1;2013,1,2"
    )
    january, february = _count(source, "month = 1"), _count(source, "month = 2")
    first, second = result.rows
    assert first.cells == (january, Absence.NOT_LOADED, Absence.NOT_LOADED)
    grown = (february - january) / january
    assert second.cells == (february, february - january, grown)

    alone = answer(flights, "rows=origin&value=flights:change&cut=time:2013,1,2&totals=1")
    assert alone.rows[-1].cells == (february - january,)


def test_a_fall_to_nothing_is_a_change(flights: Runtime, source: duckdb.DuckDBPyConnection) -> None:
    """SkyWest flew in January, not in February: the window of its row alone knows it too."""
    result = answer(
        flights,
        "rows=organisation:carrier&columns=time:month&value=flights:value,change"
        "&cut=time:2013,1,1;2013,1,2&order=flights",
        page=Window(0, 1),
    )
    january = _count(source, "carrier = 'OO' AND month = 1")
    assert result.rows[0].paths == (("regional", "OO"),)
    assert january > 0
    assert result.rows[0].cells[-2:] == (Fraction(0), -january)


def test_others_of_a_top_of_months_have_no_month_before(flights: Runtime) -> None:
    """The months outside the top are not one period."""
    result = answer(flights, "rows=time:month&value=flights:value,change&top=2:flights")
    assert result.rows[-1].kind == "others"
    assert result.rows[-1].cells[1] is Absence.NOT_APPLICABLE


def test_a_change_of_others_is_of_the_same_members(
    flights: Runtime, source: duckdb.DuckDBPyConnection
) -> None:
    """All but the two largest carriers of February, in January and February."""
    result = answer(
        flights,
        "rows=organisation:carrier&value=flights:value,change&top=2:flights&cut=time:2013,1,2",
    )
    names = tuple(str(row.paths[0][-1]) for row in result.rows[:2])
    january, february = (
        _count(source, f"month = {month} AND carrier NOT IN {names}") for month in (1, 2)
    )
    assert result.rows[-1].cells == (february, february - january)


def test_a_part_of_a_period_is_not_compared(flights: Runtime) -> None:
    """Ten days of February are not held against January."""
    result = answer(flights, "rows=time:month&value=flights:change&cut=time:2013,1,2,1-2013,1,2,10")
    assert result.rows[0].cells == (Absence.PARTIAL,)


def test_what_was_not_loaded_is_said_and_what_did_not_happen_is_zero(flights: Runtime) -> None:
    """SkyWest flew nothing in February; nothing is known of 2014."""
    result = answer(
        flights,
        "rows=organisation:carrier&columns=time:month&value=flights"
        "&value=indicator.cancellations&cut=organisation:regional,OO;regional,EV",
    )
    skywest = next(row for row in result.rows if row.paths[0][-1] == "OO")
    february = next(n for n, one in enumerate(result.columns) if one.paths[0][-1] == 2)
    assert result.cell(skywest, february, 0) == 0
    assert result.cell(skywest, february, 1) is Absence.ZERO_DENOMINATOR

    later = answer(flights, "value=flights&cut=time:2014")
    assert later.rows[0].cells == (Absence.NOT_LOADED,)


def test_a_window_shows_the_same_rows_as_the_whole(flights: Runtime) -> None:
    """Windows are pieces of one answer, cell by cell; only the whole has a fingerprint."""
    text = (
        "rows=origin&rows=region:airport&columns=time:quarter&value=flights:value,share"
        "&order=-flights&totals=1"
    )
    whole = answer(flights, text)
    pieces = [answer(flights, text, page=Window(first, 50)) for first in range(0, 250, 50)]

    assert [row for piece in pieces for row in piece.rows] == list(whole.rows)
    assert whole.fingerprint is not None
    assert {piece.fingerprint for piece in pieces} == {None}


def test_rows_are_sorted_by_a_column_with_absences_last(flights: Runtime) -> None:
    """By the share of punctual flights in February: a carrier that did not fly comes last."""
    result = answer(
        flights,
        "rows=organisation:carrier&columns=time:month&value=indicator.on_time_arrival"
        "&order=indicator.on_time_arrival@2013,1,2",
    )
    shown = [result.cell(row, 1, 0) for row in result.rows]
    numbers = [one for one in shown if isinstance(one, Fraction)]
    assert numbers == sorted(numbers)
    assert all(isinstance(one, Absence) for one in shown[len(numbers) :])
    assert len(numbers) < len(shown)


def test_the_fingerprint_is_of_the_figures_and_of_no_language(flights: Runtime) -> None:
    """Another chart is the same answer, another cut is not."""
    text = "rows=origin&value=flights"
    assert answer(flights, text).fingerprint == answer(flights, f"{text}&chart=none").fingerprint
    assert answer(flights, text).fingerprint != answer(flights, f"{text}&cut=time:2013").fingerprint
    assert len(figures(answer(flights, text))) == 3


def test_averages_and_medians_have_totals_and_others_at_their_own_grain(
    flights: Runtime, source: duckdb.DuckDBPyConnection
) -> None:
    result = answer(
        flights,
        "rows=organisation:carrier&value=departure_delay_avg&value=departure_delay_median"
        "&order=-departure_delay_avg&top=3:departure_delay_avg&totals=1",
    )

    def truth(where: str) -> tuple[Fraction, Fraction]:
        minutes, number, middle = source.execute(
            "SELECT sum(dep_delay)::BIGINT, count(dep_delay), median(dep_delay)::DECIMAL(9, 1) "
            f"FROM flights WHERE {where}"
        ).fetchall()[0]
        return Fraction(minutes, number), Fraction(middle)

    best = [str(row.paths[0][-1]) for row in result.rows if row.kind == "cell"]
    listed = ", ".join(f"'{carrier}'" for carrier in best)
    wheres = {
        **{("cell", carrier): f"carrier = '{carrier}'" for carrier in best},
        ("others", ""): f"carrier NOT IN ({listed})",
        ("total", ""): "true",
    }
    found = {
        (row.kind, str(row.paths[0][-1]) if row.kind == "cell" else ""): row.cells
        for row in result.rows
    }
    assert {key: cells[:2] for key, cells in found.items() if key in wheres} == {
        key: truth(where) for key, where in wheres.items()
    }
    assert [found["cell", carrier][0] for carrier in best] == sorted(
        (found["cell", carrier][0] for carrier in best), reverse=True
    )
