"""The times of repeated exports: what people choose, as an expression and back in words."""

import re

from server.errors import InvalidInput
from web.phrases import gettext

DAYS = {"daily": "* * *", "weekdays": "* * 1-5", "mondays": "* * 1", "monthly": "1 * *"}
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_CRON = re.compile(r"([0-9]+) ([0-9]+) (.+)", re.ASCII)


def cron_of(days: str, time: str) -> str:
    """The expression for days and a time; InvalidInput says what is allowed."""
    if days not in DAYS:
        raise InvalidInput(
            f"{days[:40]!r} are no days; there are {', '.join(DAYS)}.", field="days", allowed=DAYS
        )
    found = _TIME.fullmatch(time)
    if found is None:
        raise InvalidInput(
            f"{time[:20]!r} is no time; write hours and minutes, as in 07:30.", field="time"
        )
    return f"{int(found[2])} {int(found[1])} {DAYS[days]}"


def days_words(days: str) -> str:
    """Days in words."""
    return {
        "daily": gettext("every day"),
        "weekdays": gettext("Monday to Friday"),
        "mondays": gettext("every Monday"),
        "monthly": gettext("on the first of each month"),
    }[days]


def times_words(cron: str, zone: str) -> str:
    """An expression in words; one that no choice makes stays as it is."""
    found = _CRON.fullmatch(cron)
    days = next((name for name, rest in DAYS.items() if found and rest == found[3]), None)
    if found is None or days is None:
        return f"{cron} ({zone})"
    return gettext(
        "%(days)s at %(time)s (%(zone)s)",
        days=days_words(days),
        time=f"{int(found[2]):02}:{int(found[1]):02}",
        zone=zone,
    )
