"""Ten carriers who send their departures month by month, by a contract; three hold one back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from server.access import Person, Role
from server.periods import Period
from server.runtime import Runtime
from tests.few_flights import few_flights, load_departures, rows_of

CARRIERS = ("9E", "AA", "B6", "DL", "EV", "FL", "MQ", "UA", "US", "WN")
HELD_BACK = ("FL", "US", "WN")
SENT = tuple(one for one in CARRIERS if one not in HELD_BACK)
JANUARY, FEBRUARY = Period.parse("2013-01"), Period.parse("2013-02")
VIEWER = Person("viewer", Role.VIEWER)
CONTRACT = f"""
[arrival]
every = "month"
by = "carrier"
expected = [{", ".join(f'"{one}"' for one in CARRIERS)}]
due = "5 days"

[format]
kind ="""


def by_month_and_carrier(text: str) -> str:
    """Each carrier sends its own month, by a contract."""
    text = text.replace('scope = ["month(day)"]', 'scope = ["month(day)", "carrier"]')
    begin, end = text.index("[cover]"), text.index("[format]")
    return (text[:begin] + text[end:]).replace("[format]\nkind =", CONTRACT)


def days_of(month: int, *carriers: str) -> list[str]:
    """Their departures on the first three days of a month."""
    return [
        row
        for day in (1, 2, 3)
        for row in rows_of(month, day, lambda fields: fields[9] in carriers)
    ]


@contextmanager
def waiting_for_three(home: Path) -> Iterator[Runtime]:
    """All sent January, seven of ten sent February; it is the tenth of March."""
    with few_flights(home, by_month_and_carrier) as opened:
        load_departures(opened, "january.csv", days_of(1, *CARRIERS))
        load_departures(opened, "february.csv", days_of(2, *SENT))
        yield on_the_tenth_of_march(opened)


def on_the_tenth_of_march(runtime: Runtime) -> Runtime:
    """The same runtime, by another clock."""
    return replace(runtime, clock=lambda: datetime(2013, 3, 10, tzinfo=UTC))


def cancelled(month: int, *carriers: str) -> Fraction:
    """The share of departures without a departure time, counted from the lines of the source."""
    rows = [row.split(",") for row in days_of(month, *carriers)]
    return Fraction(sum(fields[3] == "NA" for fields in rows), len(rows))
