"""Whether the facts of a period have arrived, as far as the snapshot knows."""

from enum import Enum

from server.periods import Period
from server.snapshot import Snapshot


class Arrival(Enum):
    """How much of a period the published facts cover."""

    WHOLE = "whole"
    PART = "part"
    NONE = "none"


def arrival(period: Period, snapshot: Snapshot, table: str) -> Arrival:
    """Compare a period with the first and last event date of a fact table."""
    first, last = snapshot.first_dates.get(table), snapshot.watermarks.get(table)
    if first is None or last is None or period.last_day < first or period.first_day > last:
        return Arrival.NONE
    if period.first_day < first or period.last_day > last:
        return Arrival.PART
    return Arrival.WHOLE
