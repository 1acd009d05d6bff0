"""Definitions and applied models: versions, numbers, and what was in force when."""

from datetime import timedelta

from server.metadata.definitions import (
    applied_packs,
    apply_definitions,
    apply_model,
    current_definitions,
    current_model,
    definitions_number,
    versions_of,
)
from server.metadata.session import Metadata
from tests.stores import Clock

ON_TIME = {"formula": "on_time_arrivals / flights", "unit": "percent"}
SEVERE = {"formula": "severe_delays / flights", "unit": "percent"}


def test_only_a_changed_body_is_a_new_version(metadata: Metadata, clock: Clock) -> None:
    with metadata.write() as session:
        first = apply_definitions(
            session, "indicator", {"on_time": ON_TIME, "severe": SEVERE}, "ann", "first", clock()
        )
        changed = dict(ON_TIME, unit="count")
        second = apply_definitions(
            session, "indicator", {"on_time": changed, "severe": SEVERE}, "bob", "unit", clock()
        )
        current = current_definitions(session, "indicator")

    assert first == ("on_time", "severe")
    assert second == ("on_time",)
    assert {code: each.version for code, each in current.items()} == {"on_time": 2, "severe": 1}
    assert (current["on_time"].author, current["on_time"].reason) == ("bob", "unit")
    assert current["on_time"].body == changed


def test_the_same_bodies_again_change_nothing(metadata: Metadata, clock: Clock) -> None:
    reordered = dict(reversed(ON_TIME.items()))
    with metadata.write() as session:
        apply_definitions(session, "indicator", {"on_time": ON_TIME}, "ann", "first", clock())
        number = definitions_number(session)
        changed = apply_definitions(
            session, "indicator", {"on_time": reordered}, "ann", "again", clock()
        )

        assert changed == ()
        assert definitions_number(session) == number == 1


def test_one_change_raises_the_number_once_whatever_the_kind(
    metadata: Metadata, clock: Clock
) -> None:
    with metadata.write() as session:
        assert definitions_number(session) == 0
        apply_definitions(
            session, "indicator", {"on_time": ON_TIME, "severe": SEVERE}, "ann", "x", clock()
        )
        assert definitions_number(session) == 1
        apply_definitions(session, "scorecard", {"main": {"name": "Main"}}, "ann", "x", clock())
        assert definitions_number(session) == 2
        assert list(current_definitions(session, "scorecard")) == ["main"]


def test_definitions_are_answered_as_they_were(metadata: Metadata, clock: Clock) -> None:
    start = clock.now
    with metadata.write() as session:
        apply_definitions(session, "indicator", {"on_time": ON_TIME}, "ann", "1", start)
        later = start + timedelta(days=1)
        apply_definitions(session, "indicator", {"on_time": SEVERE}, "ann", "2", later)

        def version(as_of: object) -> int | None:
            found = current_definitions(session, "indicator", as_of)  # type: ignore[arg-type]
            return found["on_time"].version if found else None

        assert version(None) == 2
        assert version(1) == 1
        assert version(2) == 2
        assert version(start + timedelta(hours=23)) == 1
        assert version(later) == 2
        assert version(start - timedelta(seconds=1)) is None
        assert [each.version for each in versions_of(session, "indicator", "on_time")] == [2, 1]


def test_a_model_is_applied_once_per_version(metadata: Metadata, clock: Clock) -> None:
    start = clock.now
    with metadata.write() as session:
        assert apply_model(session, "flights", "a" * 64, {"v": 1}, "ann", "first", start)
        assert not apply_model(session, "flights", "a" * 64, {"v": 1}, "ann", "again", clock())
        assert apply_model(session, "flights", "b" * 64, {"v": 2}, "ann", "second", clock())
        assert apply_model(session, "flights", "a" * 64, {"v": 1}, "ann", "back", clock())
        current, first = current_model(session, "flights"), current_model(session, "flights", start)

        assert current is not None
        assert (current.version, current.number, current.reason) == ("a" * 64, 3, "back")
        assert first is not None
        assert first.reason == "first"
        assert current_model(session, "group") is None
        assert applied_packs(session) == ("flights",)
