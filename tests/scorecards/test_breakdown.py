"""A breakdown shows every member that holds facts, and its total comes from the facts."""

from server.access import Person, Role, Scope, ScopeRule
from server.indicators.absence import Absence
from server.periods import Period
from server.runtime import Runtime
from server.scorecards.asking import Asked
from server.scorecards.indicator import indicator_view
from server.scorecards.slicing import Cuts
from server.scorecards.views import Breakdown

VIEWER = Person("viewer", Role.VIEWER)
NETWORK = Person("confined", Role.ANALYST, Scope((ScopeRule("organisation", ("network",)),)))


def _breakdown(
    flights: Runtime, dimension: str, person: Person = VIEWER, **paths: tuple[str, ...]
) -> Breakdown:
    asked = Asked(person, Cuts.of(dict(paths)), Period.parse("2013-12"))
    view = indicator_view(flights, asked, "cancellations")
    return next(one for one in view.breakdowns if one.dimension == dimension)


def test_the_first_level_is_the_groups_of_carriers(flights: Runtime) -> None:
    """Three groups, the largest first; their flights are all flights of December."""
    shown = _breakdown(flights, "organisation")

    assert shown.level == "group"
    assert [row.member.path for row in shown.rows] == [("network",), ("regional",), ("low_cost",)]
    assert sum(row.volume for row in shown.rows) == shown.total.volume == 28_135


def test_one_level_deeper_are_the_carriers_of_the_group(flights: Runtime) -> None:
    """The six network carriers and no other."""
    shown = _breakdown(flights, "organisation", organisation=("network",))

    assert shown.level == "carrier"
    assert {row.member.path[-1] for row in shown.rows} == {"AA", "AS", "DL", "HA", "UA", "US"}


def test_a_carrier_has_no_level_below(flights: Runtime) -> None:
    """At the leaf the breakdown by organisation is gone, the one by region stays."""
    asked = Asked(VIEWER, Cuts.of({"organisation": ("network", "UA")}), Period.parse("2013-12"))
    view = indicator_view(flights, asked, "cancellations")

    assert [one.dimension for one in view.breakdowns] == ["region"]


def test_destinations_without_an_airport_row_are_a_region_of_their_own(flights: Runtime) -> None:
    """Unknown is a member: its flights are not lost from the breakdown."""
    shown = _breakdown(flights, "region")

    unknown = next(row for row in shown.rows if row.member.path == ("unknown",))
    assert unknown.volume > 0
    assert unknown.member.label == "Unknown region"


def test_a_confined_person_sees_members_and_totals_of_the_scope_alone(flights: Runtime) -> None:
    """The total of a person who may see one group is that group's total."""
    everything = _breakdown(flights, "organisation", organisation=("network",))
    confined = _breakdown(flights, "organisation", NETWORK)

    assert [row.member.path for row in confined.rows] == [("network",)]
    assert confined.total.volume == everything.total.volume
    assert confined.total.standing.value == everything.total.standing.value
    assert confined.total.standing.year_earlier is Absence.NOT_LOADED
