"""The words of files are the words of the screen, in both languages."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from server.exports import words as ours
from server.indicators.absence import Absence
from server.indicators.scoring import Status
from server.periods import Period
from server.runtime import Runtime
from web import figures, markup, words
from web.app import create_app

PERIODS = ("2013-12-31", "2013-W52", "2013-12", "2013-Q4", "2013", "2013-01", "2013-Q1")


@pytest.fixture(scope="module")
def app(flights: Runtime) -> Flask:
    return create_app(flights)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_files_and_screens_use_the_same_words(app: Flask, language: str) -> None:
    with app.test_request_context(f"/?lang={language}"):
        for absence in Absence:
            shown = figures.absent(absence)
            told = ours.missing(absence, language)
            assert (told.word, told.reason) == (shown.text, shown.reason)
        for status in Status:
            assert ours.STATUSES[status].in_language(language) == markup.status_words(status)
        for text in PERIODS:
            period = Period.parse(text)
            assert ours.period_words(period, language) == words.period_words(period)
        day, moment = date(2013, 2, 3), datetime(2013, 2, 3, 4, 5, tzinfo=UTC)
        assert ours.day_words(day, language) == words.day_words(day)
        assert ours.instant_words(moment, language) == words.instant_words(moment)
