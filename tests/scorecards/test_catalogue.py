"""The definitions in force, in the order that people expect them in."""

from server.runtime import Runtime
from server.scorecards.catalogue import read_catalogue


def test_the_heaviest_indicators_of_any_scorecard_come_first(flights: Runtime) -> None:
    """Alone in its scorecard 1; on time 0.35 × 0.7 × 0.6 = 0.147; seat-miles 0.25 × 0.5 = 0.125."""
    catalogue = read_catalogue(flights.metadata)

    in_order = [one.code for one in catalogue.by_weight()]

    assert in_order[:3] == ["cancellations_in_low_visibility", "on_time_arrival", "seat_miles"]
    assert sorted(in_order) == sorted(catalogue.indicators)
