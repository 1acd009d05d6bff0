"""What `as_of` may say: the number of a publication, an instant, or a day."""

from datetime import UTC, datetime

import pytest

from server.errors import InvalidInput
from server.snapshot import AsOf, AsOfModel, parse_as_of, parse_as_of_model


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0", 0),
        ("12", 12),
        ("2026-11-21T17:30:00Z", datetime(2026, 11, 21, 17, 30, tzinfo=UTC)),
        ("2026-11-21T17:30+08:00", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21T17:30 08:00", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21 17:30", datetime(2026, 11, 21, 17, 30, tzinfo=UTC)),
        ("2026-11-21", datetime(2026, 11, 21, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_a_number_an_instant_and_a_day_are_read(text: str, meant: AsOf) -> None:
    """An instant without a zone is in UTC, and a day means its end."""
    assert parse_as_of(text) == meant


@pytest.mark.parametrize(
    "text", ["", "-1", "1.5", "yesterday", "2026-13-01", "9999-12-31", "٣", "1" * 10]
)
def test_anything_else_is_a_sentence_that_says_what_is_allowed(text: str) -> None:
    with pytest.raises(InvalidInput) as told:
        parse_as_of(text)

    assert "2026-11-21" in told.value.allowed


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("then", "then"),
        ("3", 3),
        ("2026-11-21T17:30+08:00", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21", datetime(2026, 11, 21, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_definitions_are_asked_by_the_same_clock_or_by_the_moment_of_the_facts(
    text: str, meant: AsOfModel
) -> None:
    assert parse_as_of_model(text) == meant


@pytest.mark.parametrize("text", ["", "now", "Then", "-1"])
def test_definitions_of_no_moment_are_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(InvalidInput) as told:
        parse_as_of_model(text)

    assert (told.value.field, told.value.allowed[0]) == ("as_of_model", "then")
