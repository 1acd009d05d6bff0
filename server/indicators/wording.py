"""PURE: text in both languages, and the units in which figures are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from server.indicators.rounding import round_half_even


@dataclass(frozen=True)
class Text:
    """One text in English and in Chinese."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """The text in a language; any Chinese is `zh`, anything else English."""
        is_chinese = language.lower().replace("_", "-").split("-")[0] == "zh"
        return self.zh if is_chinese else self.en


@dataclass(frozen=True)
class Unit:
    """What a figure counts and how it is shown."""

    code: str
    symbol: Text
    is_rate: bool = False  # its changes are shown in points, not in percent
    scale: int = 1  # the figure is multiplied by it before it is shown

    def shown(self, value: Fraction, decimals: int) -> Decimal:
        """The number that people see for a figure in this unit."""
        return round_half_even(value * self.scale, decimals)


def _unit(code: str, en: str, zh: str) -> Unit:
    return Unit(code, Text(en, zh))


UNITS: Mapping[str, Unit] = MappingProxyType(
    {
        unit.code: unit
        for unit in (
            _unit("count", "", ""),
            Unit("percent", Text("%", "%"), is_rate=True, scale=100),
            Unit("ratio", Text("", ""), is_rate=True),
            _unit("points", "points", "分"),
            _unit("minutes", "min", "分钟"),
            _unit("hours", "h", "小时"),
            _unit("days", "days", "天"),
            _unit("years", "years", "年"),
            _unit("flights", "flights", "班"),
            _unit("aircraft", "aircraft", "架"),
            _unit("seats", "seats", "座"),
            _unit("miles", "miles", "英里"),
            _unit("seat_miles", "seat-miles", "座英里"),
            _unit("million_seat_miles", "million seat-miles", "百万座英里"),
            _unit("per_day", "per day", "每日"),
        )
    }
)
