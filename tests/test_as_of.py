"""What `as_of` may say: the number of a publication, an instant, or a day."""

from datetime import UTC, datetime

import pytest

from server.errors import InvalidInput
from server.snapshot import AsOf, parse_as_of


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
