"""The values that keys of levels can have: read from text in the key's own type, and checked."""

import re
from datetime import date
from decimal import Decimal

from server.cube.elements import Dimension, DimensionKind, Hierarchy, Level, ValueType
from server.cube.time_paths import span
from server.errors import InvalidInput

Key = str | int | Decimal | float | date | None

_INTEGER = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,16})?", re.ASCII)
_MOST_TEXT = 1_000
_FORMS = {
    ValueType.INTEGER: "a whole number",
    ValueType.DECIMAL: "a number with at most 16 decimals",
    ValueType.FLOAT: "a number",
    ValueType.DATE: "a day such as 2013-12-31",
    ValueType.TEXT: f"a text of at most {_MOST_TEXT:,} characters",
}


def read_key(dimension: Dimension, level: Level, text: str) -> Key:
    """The key of a level that the text names; `InvalidInput` says what the level takes."""
    value_type = level.key.value_type
    key = _read(value_type, text)
    if level.key.is_number and is_whole(key):
        key = str(int(text))  # 010 and +10 name the member 10
    if key is None:
        takes = _FORMS[value_type]
        raise InvalidInput(
            f"{text[:100]!r} is no {level.name} of {dimension.name}: it takes {takes}.",
            code="invalid_value",
            field=dimension.name,
        )
    return key


def is_text(text: str) -> bool:
    """Whether the text can be asked for: not too long, and writable as UTF-8."""
    if len(text) > _MOST_TEXT:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_whole(key: Key) -> bool:
    """Whether a key is a text that names a whole number."""
    return isinstance(key, str) and _INTEGER.fullmatch(key) is not None


def key_text(key: str | int | Decimal | float | date) -> str:
    """The text that `read_key` reads back to the same key."""
    if isinstance(key, date):
        return key.isoformat()
    return f"{key:f}" if isinstance(key, Decimal) else str(key)


def check_path(dimension: Dimension, hierarchy: Hierarchy, path: tuple[Key, ...]) -> None:
    """Raise `InvalidInput` for a path of time that names no day, such as month 12 of quarter 1."""
    if dimension.kind is DimensionKind.TIME and path and None not in path:
        try:
            span(parts_of(hierarchy), path)
        except InvalidInput as error:
            error.field = dimension.name
            raise


def parts_of(hierarchy: Hierarchy) -> tuple[str, ...]:
    """The parts of a date that are the keys of a hierarchy of time."""
    return tuple(level.key.part for level in hierarchy.levels)


def _read(value_type: ValueType, text: str) -> Key:
    if value_type is ValueType.TEXT:
        return text if is_text(text) else None
    if value_type is ValueType.INTEGER:
        number = int(text) if _INTEGER.fullmatch(text) else 2**64
        return number if -(2**63) <= number < 2**64 else None
    if value_type is ValueType.DATE:
        return _read_date(text)
    if not _DECIMAL.fullmatch(text):
        return None
    return Decimal(text) if value_type is ValueType.DECIMAL else float(text)


def _read_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
