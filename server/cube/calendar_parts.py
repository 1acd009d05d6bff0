"""Parts of a date that a calendar decides, as levels of time."""

from datetime import date

from server.calendars.calendar import Calendar
from server.calendars.period import CalendarPeriod, Grain
from server.errors import InvalidInput


class CalendarPart(str):
    """A grain of a calendar where otherwise a part such as `month` stands: number or label."""

    __slots__ = ("calendar", "grain", "is_label")

    calendar: Calendar
    grain: Grain
    is_label: bool

    def __new__(cls, calendar: Calendar, grain: Grain, is_label: bool = False) -> "CalendarPart":
        part = super().__new__(cls, f"{calendar.name}_{grain}{'_label' if is_label else ''}")
        part.calendar, part.grain, part.is_label = calendar, grain, is_label
        return part


def calendar_of(parts: tuple[str, ...]) -> Calendar | None:
    """The calendar whose grains the parts of a hierarchy are; none of parts of a date."""
    first = parts[0] if parts else ""
    return first.calendar if isinstance(first, CalendarPart) else None


def grains_of(parts: tuple[str, ...]) -> tuple[Grain, ...]:
    """The grains of the parts of one calendar."""
    return tuple(part.grain for part in parts if isinstance(part, CalendarPart))


def period_of(
    calendar: Calendar, parts: tuple[str, ...], path: tuple[object, ...]
) -> CalendarPeriod:
    """The period that a path names; `InvalidInput` when there is none."""
    numbers = tuple(value for value in path if isinstance(value, int))
    if len(numbers) != len(path):
        raise InvalidInput(f"Paths of calendar {calendar.name} are numbers.", code="invalid_value")
    return calendar.at(grains_of(parts), numbers)


def path_in(calendar: Calendar, parts: tuple[str, ...], day: date) -> tuple[int, ...]:
    """The full path of a day; `InvalidInput` outside the calendar."""
    found = calendar.containing(day, "day")
    if found is None:
        raise InvalidInput(
            f"Calendar {calendar.name} does not reach {day.isoformat()}.", code="invalid_value"
        )
    return tuple(found.path[calendar.grains.index(grain)] for grain in grains_of(parts))
