"""What the model says of the flights of 2013 is what the loaded facts say."""

import pytest

from server.cube.browser import ClickHouseBrowser
from server.runtime import Runtime


@pytest.fixture
def departures(flights: Runtime) -> ClickHouseBrowser:
    return flights.cubes.browser("departures", flights.snapshot())


# The counts were taken from the source files with other tools.
@pytest.mark.parametrize(
    ("cut", "aggregate", "figure"),
    [
        ("", "flights", 336_776),
        ("", "cancelled", 8_255),
        ("", "not_recorded", 1_175),
        ("aircraft:unknown", "flights", 52_606),
        ("aircraft:__null__", "flights", 0),  # unknown members are members
        ("aircraft:unknown,unknown,__null__", "flights", 2_512),
        ("!aircraft:unknown", "known_aircraft_flights", 336_776 - 52_606),
        ("region:unknown", "flights", 7_602),
        ("region:unknown,SJU;unknown,BQN;unknown,STT;unknown,PSE", "flights", 7_602),
        ("departure_delay:__null__", "flights", 8_255),
        ("distance:17", "cancelled", 1),  # EWR to LGA, the shortest, never flown
        ("time:2013,3,9", "flights", 27_574),
    ],
)
def test_the_figures_of_the_model_are_those_of_the_facts(
    departures: ClickHouseBrowser, cut: str, aggregate: str, figure: int
) -> None:
    assert departures.aggregate(cut, aggregates=aggregate).summary == {aggregate: figure}


def test_the_members_are_those_of_the_source(departures: ClickHouseBrowser) -> None:
    carriers = departures.members(dimension="organisation")
    cells = departures.aggregate(aggregates="flights", drilldown="organisation").cells

    assert len(carriers) == 16
    assert len(departures.members(dimension="region", level="airport")) == 105
    assert [cell["organisation.group"] for cell in cells] == ["low_cost", "network", "regional"]
    assert sum(cell["flights"] for cell in cells) == 336_776


def test_weather_is_there_for_every_airport(flights: Runtime) -> None:
    weather = flights.cubes.browser("weather", flights.snapshot(), language="zh")

    answer = weather.aggregate(aggregates="observations,temperature_count", drilldown="origin")

    assert answer.summary == {"observations": 26_115, "temperature_count": 26_114}
    assert [cell["origin.origin"] for cell in answer.cells] == ["EWR", "JFK", "LGA"]


def test_averages_and_medians_are_those_that_are_published_of_these_flights(
    departures: ClickHouseBrowser, flights: Runtime
) -> None:
    """Among the best-known figures of the data set: 12.64 minutes, two minutes early, 55.26 °F."""
    delays = departures.aggregate(aggregates="departure_delay_avg,departure_delay_median").summary
    weather = flights.cubes.browser("weather", flights.snapshot())

    assert round(float(delays["departure_delay_avg"]), 5) == 12.63907
    assert delays["departure_delay_median"] == -2
    assert (
        round(float(weather.aggregate(aggregates="temperature_avg").summary["temperature_avg"]), 2)
        == 55.26
    )
