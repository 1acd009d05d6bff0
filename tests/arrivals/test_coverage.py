"""What has arrived of what is expected, counted by hand."""

from datetime import date
from fractions import Fraction

import pytest

from server.arrivals.contract import Contract, read_contract, values_of
from server.arrivals.coverage import Arrival, Arrivals
from server.periods import Period

SHOPS = tuple(f"shop {number:02}" for number in range(1, 21))
JANUARY, FEBRUARY, MARCH = (Period("month", 2026, month) for month in (1, 2, 3))
TODAY = date(2026, 3, 6)  # February was due on the 5th of March


def contract(**changes: object) -> Contract:
    said = {"every": "month", "by": "shop", "expected": list(SHOPS), "due": "5 days", **changes}
    found, mistakes = read_contract(said, "sales", "sales", ["month(day)", "shop"], "sales.toml")
    assert not mistakes
    assert found is not None
    return found


def arrivals(today: date = TODAY, **changes: object) -> Arrivals:
    """All sent January; 17 of 20 sent February; two sent March already."""
    return Arrivals(
        contract(**changes),
        {
            JANUARY: frozenset(SHOPS),
            FEBRUARY: frozenset(SHOPS[:17]),
            MARCH: frozenset(SHOPS[:2]),
        },
        today,
        "organisation",
        lambda: {shop: ("north" if shop < "shop 11" else "south", shop) for shop in SHOPS},
    )


def test_seventeen_of_twenty_have_sent() -> None:
    found = arrivals().coverage(FEBRUARY.first_day, FEBRUARY.last_day)

    assert (found.arrived, found.expected, found.state) == (17, 20, Arrival.PART)
    assert found.missing == ("shop 18", "shop 19", "shop 20")
    assert found.share == Fraction(17, 20)


def test_of_a_parent_its_own_children_are_counted() -> None:
    """The ten of the north have sent February, of the south seven of ten."""
    known = arrivals()
    counts = {
        place: known.coverage(FEBRUARY.first_day, FEBRUARY.last_day, known.units_within((place,)))
        for place in ("north", "south")
    }

    assert (counts["north"].state, counts["north"].arrived) == (Arrival.WHOLE, 10)
    assert (counts["south"].arrived, counts["south"].expected) == (7, 10)


def test_of_a_quarter_every_month_of_everybody_is_counted() -> None:
    """20 + 17 + 2 of 60; whole are those two who have sent all three months."""
    found = arrivals().coverage(date(2026, 1, 1), date(2026, 3, 31))

    assert (found.arrived, found.expected) == (39, 60)
    assert found.whole == frozenset(SHOPS[:2])
    assert found.some == frozenset(SHOPS)


@pytest.mark.parametrize(
    ("today", "state"),
    [(date(2026, 3, 5), Arrival.NONE), (date(2026, 3, 6), Arrival.LATE)],
)
def test_what_has_not_arrived_is_late_from_the_day_after_it_was_due(
    today: date, state: Arrival
) -> None:
    late = frozenset({"shop 20"})

    found = arrivals(today).coverage(FEBRUARY.first_day, FEBRUARY.last_day, late)

    assert found.state is state


def test_a_day_has_arrived_with_its_month() -> None:
    known = arrivals()

    assert known.coverage(date(2026, 1, 7), date(2026, 1, 7)).state is Arrival.WHOLE
    assert known.coverage(date(2026, 2, 7), date(2026, 2, 7)).state is Arrival.PART


def test_before_the_contract_nothing_is_expected() -> None:
    found = arrivals().coverage(date(2025, 12, 1), date(2025, 12, 31))

    assert (found.arrived, found.expected, found.state) == (0, 0, Arrival.NONE)


def test_a_contract_since_a_month_expects_that_month() -> None:
    """Nobody ever sent December: it is late, not unknown."""
    found = arrivals(since="2025-12").coverage(date(2025, 12, 1), date(2025, 12, 31))

    assert (found.expected, found.due, found.state) == (20, 20, Arrival.LATE)


def test_a_contract_that_has_ended_expects_nothing_afterwards() -> None:
    """Of a quarter that goes beyond the last promised month, the promised ones are counted."""
    known = arrivals(until="2026-02")

    quarter = known.coverage(date(2026, 1, 1), date(2026, 3, 31))
    march = known.coverage(date(2026, 3, 1), date(2026, 3, 31))
    assert (quarter.arrived, quarter.expected) == (37, 40)
    assert (march.expected, march.state) == (0, Arrival.NONE)


def test_what_has_ended_is_judged_alike_on_every_later_day() -> None:
    """February was due on the 5th of March: from the 6th on no day makes a difference."""
    dates = (date(2026, 3, 5), date(2026, 3, 6), date(2026, 9, 1))

    ended = [arrivals(day, until="2026-02").judged_on for day in dates]
    assert ended == [date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 6)]
    assert arrivals(dates[2]).judged_on == dates[2]


def test_a_contract_ends_after_it_begins() -> None:
    written = {"every": "month", "by": "shop", "since": "2026-03", "until": "2026-02"}

    _, mistakes = read_contract(written, "sales", "sales", ["month(day)", "shop"], "s.toml")

    assert [str(one) for one in mistakes] == ["s.toml: arrival.until: 2026-02 is before 2026-03"]


def test_the_watermark_of_all_is_that_of_the_last_one() -> None:
    known = arrivals()

    assert known.watermark("shop 01") == date(2026, 3, 31)
    assert known.watermark("shop 17") == date(2026, 2, 28)
    assert known.watermark() == known.watermark("shop 20") == date(2026, 1, 31)


def test_as_long_as_somebody_never_sent_anything_there_is_no_watermark() -> None:
    assert arrivals(expected=[*SHOPS, "shop 21"]).watermark() is None


def test_without_a_list_the_members_of_the_dimension_are_expected() -> None:
    assert arrivals(expected="members").units == frozenset(SHOPS)


def test_a_source_without_units_is_whole_or_it_is_not_there() -> None:
    written = {"every": "month", "due": "1 day"}
    found, mistakes = read_contract(written, "rates", "rates", ["month(day)"], "rates.toml")
    assert found is not None
    assert not mistakes

    known = Arrivals(found, {JANUARY: frozenset({""})}, date(2026, 3, 2))

    assert known.coverage(date(2026, 1, 1), date(2026, 1, 31)).state is Arrival.WHOLE
    assert known.coverage(date(2026, 2, 1), date(2026, 2, 28)).state is Arrival.LATE


def test_every_mistake_of_a_contract_is_told_at_once() -> None:
    written = {"every": "week", "by": "town", "expected": [], "due": "soon", "if": 1}

    found, mistakes = read_contract(written, "sales", "sales", ["month(day)", "shop"], "s.toml")

    assert found is None
    told = " | ".join(str(one) for one in mistakes)
    for word in ("arrival.every", "arrival.by", "arrival.expected", "arrival.due", "arrival.if"):
        assert word in told


def test_a_scope_key_is_read_with_its_escapes() -> None:
    assert values_of(r"month=2026-01,shop=A\,B\=C\\D") == {"month": "2026-01", "shop": r"A,B=C\D"}
