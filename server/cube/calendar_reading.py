"""Reads the calendars of a model, and the hierarchies of time that follow them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import cast, get_args

from server.calendars.calendar import Calendar
from server.calendars.months import NamedBy, fiscal, gregorian
from server.calendars.period import Grain, Names
from server.calendars.table import Row, row_mistakes, table
from server.calendars.weeks import WEEKDAYS, Closing, Pattern, iso_weeks, retail
from server.cube.calendar_parts import CalendarPart
from server.cube.document import Section
from server.cube.elements import (
    Attribute,
    Dimension,
    DimensionKind,
    Hierarchy,
    Labels,
    Level,
    ValueType,
)

_GRAINS: dict[str, Labels] = {
    "year": Labels("Year", "年"),
    "quarter": Labels("Quarter", "季度"),
    "month": Labels("Month", "月"),
    "period": Labels("Period", "期间"),
    "week": Labels("Week", "周"),
    "day": Labels("Day", "日"),
}
_DATE = Labels("Date", "日期")


def read_calendars(document: Section) -> dict[str, Calendar]:
    """The calendars of the document, by name."""
    calendars: dict[str, Calendar] = {}
    for section in document.sections("calendars", "calendar"):
        calendar = _read_calendar(section)
        if calendar is None:
            continue
        if calendar.name in calendars:
            section.wrong("there are two calendars of this name.")
        calendars[calendar.name] = calendar
    return calendars


def with_calendars(
    section: Section, dimension: Dimension, calendars: Mapping[str, Calendar]
) -> Dimension:
    """The dimension of time with the hierarchies that follow calendars behind its own."""
    found = [
        hierarchy
        for each in section.sections("hierarchies", "hierarchy")
        if "calendar" in each.values
        and (hierarchy := _calendar_hierarchy(each, dimension, calendars)) is not None
    ]
    taken = {each.name for each in dimension.hierarchies}
    names = {attribute.name for attribute in dimension.attributes}
    for hierarchy in found:
        added = {attribute.name for level in hierarchy.levels for attribute in level.attributes}
        if hierarchy.name in taken or added & names:
            section.wrong(f"hierarchy {hierarchy.name} is there twice, or one of its levels.")
        taken.add(hierarchy.name)
        names |= added
    levels = (level for hierarchy in found for level in hierarchy.levels)
    return replace(
        dimension,
        levels=(*dimension.levels, *levels),
        hierarchies=(*dimension.hierarchies, *found),
    )


def _calendar_hierarchy(
    section: Section, dimension: Dimension, calendars: Mapping[str, Calendar]
) -> Hierarchy | None:
    """A hierarchy whose levels are grains of a calendar, called `<hierarchy>_<grain>`."""
    section.allow("name", "label", "labels", "calendar", "grains")
    name = section.name()
    calendar = calendars.get(section.text("calendar"))
    if dimension.kind is not DimensionKind.TIME:
        section.wrong("only time follows a calendar.")
        return None
    if calendar is None:
        section.wrong(f"unknown calendar {section.text('calendar')!r}.", calendars)
        return None
    grains = section.names("grains") or calendar.grains
    chosen = tuple(grain for grain in calendar.grains if grain in grains)
    if set(grains) - set(chosen):
        section.wrong("its grains are not those of the calendar.", calendar.grains)
    elif chosen[:1] != ("year",):
        section.wrong("the first grain is the year.", calendar.grains)
    elif "day" in chosen and calendar.grains[-2] not in chosen:
        section.wrong(f"days are counted within {calendar.grains[-2]}, which is not a level.")
    if not chosen:
        return None
    levels = tuple(_level(name, dimension.name, calendar, grain) for grain in chosen)
    return Hierarchy(name, section.labels(), levels)


def _level(hierarchy: str, dimension: str, calendar: Calendar, grain: Grain) -> Level:
    name, words = f"{hierarchy}_{grain}", _GRAINS[grain]
    key = Attribute(
        name=name,
        ref=f"{dimension}.{name}",
        labels=words,
        value_type=ValueType.INTEGER,
        part=CalendarPart(calendar, grain),
    )
    if grain == "day":
        label = _attribute(f"{hierarchy}_date", dimension, _DATE, ValueType.DATE, "date")
    else:
        part = CalendarPart(calendar, grain, is_label=True)
        label = _attribute(f"{name}_label", dimension, words, ValueType.TEXT, part)
    return Level(name, words, (key, label), key, label, key, role=_role(grain))


def _attribute(
    name: str, dimension: str, labels: Labels, value_type: ValueType, part: str
) -> Attribute:
    return Attribute(name, f"{dimension}.{name}", labels, value_type, part=part)


def _role(grain: Grain) -> str:
    return "" if grain == "period" else grain


def _read_calendar(section: Section) -> Calendar | None:
    kinds: dict[str, Callable[[Section, str, Names], Calendar | None]] = {
        "gregorian": _read_gregorian,
        "iso": _read_iso,
        "fiscal": _read_fiscal,
        "445": _read_retail,
        "table": _read_table,
    }
    name, labels = section.name(), section.labels()
    read = kinds.get(section.text("kind"))
    if read is None:
        section.wrong(f"unknown kind {section.text('kind')!r}.", kinds)
        return None
    return read(section, name, Names(labels.en, labels.zh))


_SHARED_KEYS = ("name", "label", "labels", "kind")


def _read_gregorian(section: Section, name: str, names: Names) -> Calendar:
    section.allow(*_SHARED_KEYS)
    return gregorian(name, names)


def _read_iso(section: Section, name: str, names: Names) -> Calendar:
    section.allow(*_SHARED_KEYS)
    return iso_weeks(name, names)


def _read_fiscal(section: Section, name: str, names: Names) -> Calendar:
    section.allow(*_SHARED_KEYS, "start_month", "named_by")
    return fiscal(name, names, _whole(section, "start_month", 12), _named_by(section))


def _read_retail(section: Section, name: str, names: Names) -> Calendar:
    section.allow(*_SHARED_KEYS, "pattern", "closing", "weekday", "month", "named_by")
    pattern = cast(Pattern, _choice(section, "pattern", get_args(Pattern)))
    closing = cast(Closing, _choice(section, "closing", get_args(Closing)))
    weekday = WEEKDAYS.index(_choice(section, "weekday", WEEKDAYS))
    month = _whole(section, "month", 12)
    return retail(name, names, pattern, closing, weekday, month, _named_by(section))


def _read_table(section: Section, name: str, names: Names) -> Calendar | None:
    section.allow(*_SHARED_KEYS, "periods")
    rows = [_read_row(each) for each in section.sections("periods", "period")]
    listed = [row for row in rows if row is not None]
    mistakes = row_mistakes(listed) if len(listed) == len(rows) else []
    for mistake in mistakes:
        section.wrong(mistake)
    if not rows:
        section.wrong("there are no periods.")
    return table(name, names, listed) if listed and not mistakes else None


def _read_row(section: Section) -> Row | None:
    section.allow("year", "number", "first", "last", "label", "labels", "compared_with")
    year, number = _whole(section, "year", 9999), _whole(section, "number", 999)
    first, last = _day(section, "first"), _day(section, "last")
    compared = section.values.get("compared_with")
    pair: tuple[int, int] | None = None
    if isinstance(compared, list) and [type(each) for each in compared] == [int, int]:
        pair = (compared[0], compared[1])
    elif compared is not None:
        section.wrong("compared_with is the year and the number of a period, as a list.")
    labels = section.labels()
    if first is None or last is None:
        return None
    return Row(year, number, first, last, Names(labels.en, labels.zh), pair)


def _whole(section: Section, key: str, most: int) -> int:
    value = section.values.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
        return value
    section.wrong(f"{key} must be a whole number from 1 to {most}, it is {value!r}.")
    return 1


def _day(section: Section, key: str) -> date | None:
    try:
        return date.fromisoformat(section.text(key))
    except ValueError:
        section.wrong(f"{key} is {section.text(key)!r}, not a day such as 2014-01-31.")
        return None


def _named_by(section: Section) -> NamedBy:
    return cast(NamedBy, _choice(section, "named_by", get_args(NamedBy)))


def _choice(section: Section, key: str, allowed: tuple[str, ...]) -> str:
    value = section.text(key)
    if value not in allowed:
        section.wrong(f"{key} is {value!r}.", allowed)
        return allowed[0]
    return value
