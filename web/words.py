"""Languages: which one an answer is in, and the words for periods, dates and instants.

The order is `?lang=`, then the signed-in user, then Accept-Language, then English. `zh` means
Simplified Chinese; `zh-Hans` and `zh-CN` say the same.
"""

from datetime import UTC, date, datetime

from flask import Flask, Request, has_request_context, request
from flask_babel import (  # type: ignore[import-untyped]
    Babel,
    format_date,
    format_datetime,
    get_locale,
)

from server.errors import InvalidInput
from server.periods import Period
from web.phrases import gettext
from web.visitor import visitor

LANGUAGES = {"en": "English", "zh": "中文"}
HTML_LANGUAGES = {"en": "en", "zh": "zh-Hans"}
_SAME = {"zh-hans": "zh", "zh-cn": "zh", "zh": "zh", "en": "en", "en-us": "en", "en-gb": "en"}


def speak(app: Flask) -> None:
    """Give the application its catalogues."""
    Babel(
        app,
        default_locale="en",
        default_timezone="UTC",
        default_translation_directories="translations",
        locale_selector=language,
    )


def language() -> str:
    """The language of the answer in hand."""
    if not has_request_context():
        return "en"
    asked = _SAME.get(request.args.get("lang", "").lower())
    user = visitor().user
    return asked or (user.language if user else None) or _accepted(request) or "en"


def check_language(request: Request) -> None:
    """Refuse a `lang=` that there is no catalogue for."""
    asked = request.args.get("lang")
    if asked and asked.lower() not in _SAME:
        raise InvalidInput(
            f"There is no language {asked!r} here.", field="lang", allowed=tuple(LANGUAGES)
        )


def _accepted(request: Request) -> str | None:
    for tag in request.accept_languages.values():
        primary = tag.lower().split("-")[0].split("_")[0]
        if primary in LANGUAGES:
            return primary
    return None


def period_words(period: Period) -> str:
    """A period in words, such as "December 2013" or "2013年12月"."""
    match period.kind:
        case "day":
            return day_words(period.first_day)
        case "week":
            return gettext("Week %(week)s, %(year)s", week=period.index, year=period.year)
        case "month":
            return _date(period.first_day, gettext("MMMM y"))
        case "quarter":
            return gettext("Q%(quarter)s %(year)s", quarter=period.index, year=period.year)
        case _:
            return gettext("%(year)s", year=period.year)


def short_period(period: Period) -> str:
    """A period in the fewest letters that still tell it from its neighbours."""
    match period.kind:
        case "day":
            return _date(period.first_day, gettext("d MMM"))
        case "week":
            return gettext("W%(week)s", week=period.index)
        case "month":
            return _date(period.first_day, gettext("MMM"))
        case "quarter":
            return gettext("Q%(quarter)s", quarter=period.index)
        case _:
            return str(period.year)


def day_words(day: date) -> str:
    """A day in words, such as "31 Dec 2013" or "2013年12月31日"."""
    return _date(day, gettext("d MMM y"))


def instant_words(instant: datetime) -> str:
    """An instant in words, in UTC."""
    shown = format_datetime(instant.astimezone(UTC), gettext("d MMM y, HH:mm"))
    return gettext("%(instant)s UTC", instant=shown)


def person_words(name: str) -> str:
    """Who did something; what did it by itself is no name, and put into words."""
    return {
        "system": gettext("system"),
        "scheduler": gettext("scheduler"),
        "command line": gettext("command line"),
    }.get(name, name)


def html_language() -> str:
    """The language of the answer as HTML names it."""
    return HTML_LANGUAGES[str(get_locale()).split("_")[0]]


def _date(day: date, pattern: str) -> str:
    return str(format_date(day, pattern))
