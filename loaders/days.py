"""Days and moments from texts and numbers, vectorised; a day that no calendar has is marked."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def days_of(year: Any, month: Any, day: Any) -> tuple[Any, Any]:
    """The dates of three columns of whole numbers, and a mask of those that exist.

    A date is null where a number is missing or the day does not exist.
    """
    given = _mask(pc.is_valid(year)) & _mask(pc.is_valid(month)) & _mask(pc.is_valid(day))
    years, months, days = (_numbers(part) for part in (year, month, day))
    in_year = given & (years >= 1) & (years <= 9999) & (months >= 1) & (months <= 12)
    start = (np.where(in_year, years, 1970) - 1970) * 12 + np.where(in_year, months, 1) - 1
    first = start.astype("datetime64[M]").astype("datetime64[D]")
    length = ((start + 1).astype("datetime64[M]").astype("datetime64[D]") - first).astype(np.int64)
    known = in_year & (days >= 1) & (days <= length)
    dates = first + np.where(known, days - 1, 0).astype("timedelta64[D]")
    numbers = dates.astype(np.int64).astype(np.int32)
    return pa.array(numbers, pa.int32(), mask=~known).cast(pa.date32()), known


def parse_dates(texts: Any) -> tuple[Any, Any]:
    """The dates of texts that all have the shape 2013-12-31 or are null."""
    taken = _taken_whole(texts, pa.date32())
    if taken is not None:
        return taken
    year, month, day = (_part(texts, start, end) for start, end in ((0, 4), (5, 7), (8, 10)))
    return days_of(year, month, day)


def parse_moments(texts: Any) -> tuple[Any, Any]:
    """The UTC moments of texts that all have the shape 2013-12-31T23:59:00[.000]Z or are null."""
    taken = _taken_whole(texts, pa.timestamp("ms", tz="UTC"))
    if taken is not None:
        return taken
    dates, known = parse_dates(texts)
    hour, minute, second = (
        _numbers(_part(texts, start, end)) for start, end in ((11, 13), (14, 16), (17, 19))
    )
    thousandths = _numbers(_part(pc.replace_substring_regex(texts, r"Z$", "000"), 20, 23))
    known = known & (hour <= 23) & (minute <= 59) & (second <= 59)
    milliseconds = ((hour * 60 + minute) * 60 + second) * 1000 + thousandths
    total = _numbers(dates.cast(pa.int32())) * 86_400_000 + milliseconds
    return pa.array(total, pa.int64(), mask=~known).cast(pa.timestamp("ms", tz="UTC")), known


def _taken_whole(texts: Any, kind: Any) -> tuple[Any, Any] | None:
    """The values of texts that are all right, and that they are; None when each must be looked at.

    A year 0000 is none of the calendar, though the reader takes it.
    """
    if pc.any(pc.starts_with(texts, "0000")).as_py():
        return None
    try:
        return pc.cast(texts, kind), _mask(pc.is_valid(texts))
    except pa.ArrowInvalid:
        return None


def _part(texts: Any, start: int, end: int) -> Any:
    return pc.cast(pc.utf8_slice_codeunits(texts, start, end), pa.int64())


def _numbers(values: Any) -> Any:
    return pc.fill_null(pc.cast(values, pa.int64()), 0).to_numpy(zero_copy_only=False)


def _mask(values: Any) -> Any:
    return values.to_numpy(zero_copy_only=False)
