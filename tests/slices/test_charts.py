"""The chart of a slice shows what weighs most where not everything fits."""

import pytest

from server.runtime import Runtime
from server.slices.charts import slice_chart
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
