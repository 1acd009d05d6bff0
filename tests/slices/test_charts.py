"""The chart of a slice shows what weighs most where not everything fits."""

import pytest

from server.runtime import Runtime
from server.slices.charts import slice_chart
from server.slices.result import Window
from tests.slices.asking import answer

# Departures of 2013: UA 58,665, B6 54,635, EV 54,173, DL 48,110, AA 32,729; OO 32 are the fewest.
GREATEST = {
    "United Air Lines Inc.",
    "JetBlue Airways",
    "ExpressJet Airlines Inc.",
    "Delta Air Lines Inc.",
    "American Airlines Inc.",
}


def _names(runtime: Runtime, text: str) -> list[str]:
    chart = slice_chart(answer(runtime, text))
    assert chart is not None
    assert chart["is_cut_short"]
    return [str(one["name"]) for one in chart["series"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("totals", ["", "&totals=1"])
def test_the_greatest_members_are_drawn_in_the_order_of_the_table(
    flights: Runtime, totals: str
) -> None:
    text = f"rows=organisation:carrier&columns=time:month&value=flights{totals}"
    table = [row.labels[0] for row in answer(flights, text).rows if row.kind == "cell"]
    drawn = _names(flights, text)

    assert set(drawn) == GREATEST
    assert drawn == [name for name in table if name in GREATEST]


def test_the_first_members_are_drawn_where_the_question_sorts_them(flights: Runtime) -> None:
    text = "rows=organisation:carrier&columns=time:month&value=flights&order=flights"

    assert _names(flights, text)[0] == "SkyWest Airlines Inc."
    assert not GREATEST & set(_names(flights, text))


def test_of_columns_too_the_greatest_are_drawn(flights: Runtime) -> None:
    drawn = _names(flights, "rows=origin&columns=organisation:carrier&value=flights&chart=bar")

    assert len(drawn) == 5
    assert {"United Air Lines Inc.", "JetBlue Airways", "ExpressJet Airlines Inc."} <= set(drawn)


def test_lines_never_join_different_members(flights: Runtime) -> None:
    """Month below carrier: one line for each carrier over the months, not one through all."""
    chart = slice_chart(answer(flights, "rows=organisation:carrier&rows=time:month&value=flights"))
    assert chart is not None
    series = {str(one["name"]): one["values"] for one in chart["series"]}  # type: ignore[attr-defined]

    assert chart["kind"] == "line"
    assert len(chart["categories"]) == 12  # type: ignore[arg-type]
    assert set(series) == GREATEST
    assert sum(series["United Air Lines Inc."]) == 58_665


def test_periods_below_other_columns_are_no_line(flights: Runtime) -> None:
    text = "rows=organisation:group&columns=origin&columns=time:quarter&value=flights"
    chart = slice_chart(answer(flights, f"{text}&chart=line"))

    assert chart is not None
    assert chart["kind"] != "line"


def test_a_window_draws_the_greatest_of_all_rows(flights: Runtime) -> None:
    """The whole table and its first window draw the same members."""
    text = "rows=region:airport&rows=organisation:carrier&columns=origin&value=flights&chart=bar"
    whole = slice_chart(answer(flights, text))
    window = slice_chart(answer(flights, text, page=Window(0, 20)))

    assert whole is not None
    assert window is not None
    assert window["is_cut_short"]
    assert len(window["categories"]) == 40  # type: ignore[arg-type]
    assert "Hartsfield Jackson Atlanta Intl · Delta Air Lines Inc." in window["categories"]  # type: ignore[operator]
    assert len(set(whole["categories"]) & set(window["categories"])) >= 30  # type: ignore[call-overload]


@pytest.mark.parametrize("order", ["", "&order=-flights"])
def test_a_window_draws_whole_lines_in_the_order_of_time(flights: Runtime, order: str) -> None:
    """What a window leaves out is no gap in a line, and sorting does not shuffle months."""
    text = f"rows=organisation:carrier&rows=time:month&value=flights{order}"
    whole = slice_chart(answer(flights, text))
    window = slice_chart(answer(flights, text, page=Window(0, 20)))

    assert whole is not None
    assert window is not None
    assert window["categories"] == whole["categories"] == [f"2013-{n:02}" for n in range(1, 13)]
    named = {str(one["name"]): one["values"] for one in whole["series"]}  # type: ignore[attr-defined]
    assert {str(one["name"]): one["values"] for one in window["series"]} == named  # type: ignore[attr-defined]


def test_a_line_of_days_has_every_day(flights: Runtime) -> None:
    chart = slice_chart(answer(flights, "rows=time:day&value=flights", page=Window(0, 100)))

    assert chart is not None
    assert [sum(one["values"]) for one in chart["series"]] == [336_776]  # type: ignore[attr-defined]
