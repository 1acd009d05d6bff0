"""PURE: the state of the published facts that every statement of one answer carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Literal, TypeVar

from server.arrivals.coverage import Arrivals
from server.errors import InvalidInput

K = TypeVar("K")
V = TypeVar("V")


AsOf = int | datetime  # the number of a snapshot, or an instant: the last one at or before it
Then = Literal["then"]
THEN: Then = "then"
# The same clock for definitions, targets and weights: the number of a change to them, an instant,
# or those that were in force at the moment of the facts.
AsOfModel = AsOf | Then


def parse_as_of(text: str) -> AsOf:
    """What `as_of` says: a number, an instant, or a day, which means its end in UTC.

    Raises:
        InvalidInput: it is none of them.
    """
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return int(text)
    try:
        if text[4:5] != "-":
            raise ValueError(text)
        if len(text) == 10:
            following = date.fromisoformat(text) + timedelta(days=1)
            return datetime.combine(following, time(), UTC) - timedelta(microseconds=1)
        # A plus sign that was not encoded in an address arrives as a space.
        found = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(
            f"{text[:60]!r} is no moment; write the number of a publication, a day or an instant.",
            field="as_of",
            allowed=("12", "2026-11-21", "2026-11-21T17:30:00Z"),
        ) from None


def parse_as_of_model(text: str) -> AsOfModel:
    """What `as_of_model` says: `then`, the number of a change, an instant, or the end of a day.

    Raises:
        InvalidInput: it is none of them.
    """
    if text == THEN:
        return THEN
    try:
        return parse_as_of(text)
    except InvalidInput:
        raise InvalidInput(
            f"{text[:60]!r} is no moment of definitions; write then, the number of a change of "
            "them, a day or an instant.",
            field="as_of_model",
            allowed=(THEN, "3", "2026-11-21", "2026-11-21T17:30:00Z"),
        ) from None


_MAPPINGS = (
    "hidden",
    "versions",
    "watermarks",
    "first_dates",
    "arrivals",
    "rollups",
    "changed",
)


def _frozen(mapping: Mapping[K, V]) -> Mapping[K, V]:
    return MappingProxyType(dict(mapping))


@dataclass(frozen=True)
class Snapshot:
    """What is visible at one snapshot number; all parts depend on the number alone."""

    number: int  # 0: nothing was published yet
    top: int  # highest batch id handed out when the snapshot was published
    hidden: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # table -> ids <= top
    versions: Mapping[str, int] = field(default_factory=dict)  # dimension table -> batch id
    published_at: datetime | None = None  # UTC
    watermarks: Mapping[str, date] = field(default_factory=dict)  # fact table -> last event date
    first_dates: Mapping[str, date] = field(default_factory=dict)  # fact table -> first event date
    definitions: int = 0  # number of the last change to definitions, targets or weights
    closed: frozenset[str] = frozenset()  # tables whose rows are being put back from the spool
    # The roll-ups that may serve questions, each by its table and projection, and their rows.
    rollups: Mapping[str, int] = field(default_factory=dict)
    is_mirrored: bool = False  # whether the store itself can tell the hidden batches, from a mirror
    arrivals: Mapping[str, tuple[Arrivals, ...]] = field(default_factory=dict)  # by fact table
    # Table -> which publication changed last what it shows, with its moment: after an older copy of
    # the ledger was put back, the same number can be another publication.
    changed: Mapping[str, str] = field(default_factory=dict)
    mended: int = 0  # how often rows or roll-ups that told something else were put right

    def __post_init__(self) -> None:
        for name in _MAPPINGS:
            object.__setattr__(self, name, _frozen(getattr(self, name)))

    def hidden_in(self, table: str) -> tuple[int, ...]:
        """The batches of a fact table that this snapshot does not show."""
        return self.hidden.get(table, ())

    def hides(self, table: str) -> bool:
        """Whether some batch of a fact table may be hidden; the mirror is not asked."""
        return self.is_mirrored or bool(self.hidden_in(table))

    def version_of(self, table: str) -> int:
        """The batch that holds a dimension table's visible version; 0 when there is none."""
        return self.versions.get(table, 0)

    def changed_in(self, table: str) -> str:
        """What tells the table's visible rows from those that another snapshot shows of it."""
        return self.changed.get(table, "")

    def arrivals_of(self, table: str) -> tuple[Arrivals, ...]:
        """What the sources of a fact table that have a contract have sent."""
        return self.arrivals.get(table, ())

    def today(self, table: str) -> date | None:
        """The day up to which a table can be judged: of screens and of relative dates.

        The earliest watermark of its required sources; without a contract, or while one of them
        never sent anything, the greatest event date.
        """
        required = [one for one in self.arrivals_of(table) if one.contract.is_required]
        days = [one.watermark() for one in required]
        known = [day for day in days if day is not None]
        if not known or len(known) < len(days):
            return self.watermarks.get(table)
        return min(known)

    def known_to(self, table: str) -> date | None:
        """The last day of which something is known: of a fact, or of a contract that is met.

        A day without a fact counts as known where its source has sent the whole period.
        """
        days = (self.watermarks.get(table), self.today(table))
        return max((day for day in days if day is not None), default=None)

    @property
    def arrival_state(self) -> tuple[str, ...]:
        """What is expected, and by which day it is judged: an answer depends on it too."""
        each = (one for known in self.arrivals.values() for one in known)
        return tuple(sorted(f"{one.contract!r} {one.judged_on}" for one in each))
