"""What roll-ups can keep, and which runs of days border on their spans: tables by hand."""

from datetime import date

import pytest

from server.cube.rollups import RollUpKey, kept_form


@pytest.mark.parametrize(
    ("part", "first", "last", "is_border"),
    [
        ("month", date(2021, 1, 1), date(2021, 2, 28), True),
        ("month", date(2021, 1, 2), date(2021, 2, 28), False),
        ("month", date(2021, 1, 1), date(2021, 2, 27), False),
        ("month", None, date(2021, 2, 28), True),
        ("quarter", date(2021, 4, 1), date(2021, 6, 30), True),
        ("quarter", date(2021, 5, 1), date(2021, 6, 30), False),
        ("year", date(2021, 1, 1), None, True),
        ("iso_week", date(2021, 1, 4), date(2021, 1, 10), True),
        ("iso_week", date(2021, 1, 1), date(2021, 1, 10), False),
        ("iso_year", date(2021, 1, 4), date(2022, 1, 2), True),
        ("iso_year", date(2021, 1, 1), date(2021, 12, 31), False),
        ("day", date(2021, 1, 2), date(2021, 1, 2), True),
    ],
)
def test_days_border_on_spans(
    part: str, first: date | None, last: date | None, is_border: bool
) -> None:
    assert RollUpKey("time", part).borders(first, last) is is_border


@pytest.mark.parametrize(
    ("figure", "kept"),
    [
        ("count()", "count()"),
        ("ifNull(sum(toInt64(fact.pieces)), 0)", "sum(toInt64(`pieces`))"),
        (
            "uniqExactIf(fact.shop, fact.day, fact.paid = 1)",
            "uniqExactIf(`shop`, `day`, `paid` = 1)",
        ),
        ("quantileExactLowOrNull(0.5)(fact.price)", "quantileExactLowOrNull(0.5)(`price`)"),
        ("countIf(fact.shop = {filter_1:String})", ""),
        ("sum(_shop_floors * fact.pieces)", ""),
        ("sum(dictHas('dict_shops', (1, fact.shop)))", ""),
        ("sum(fact.pieces) + sum(fact.paid)", ""),
        ("arrayElementOrNull(arraySort(groupArray(fact.pieces)), 1)", ""),
    ],
)
def test_what_is_kept_of_a_figure(figure: str, kept: str) -> None:
    assert kept_form(figure) == kept
