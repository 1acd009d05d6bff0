"""A process that dies while it heals, purges or writes the mirror leaves nothing wrong behind."""

from pathlib import Path

import pytest

from tests.ledger.test_crash import ALL, NOTHING, home, run

__all__ = ["home"]  # the fixture

# Where a healing dies, and whether the table is closed right after.
HEALING = {
    "heal.begun:1": ["sales"],
    "heal.deleted:1": ["sales"],
    "heal.copied:1": ["sales"],
    "heal.before_commit:1": ["sales"],
    "heal.ended:1": [],
}


@pytest.mark.parametrize("point", HEALING)
def test_a_healing_that_dies_leaves_the_table_closed_and_is_done_again(
    home: Path, point: str
) -> None:
    run(home, "load", "damage")
    run(home, "verify", crash_at=point)

    after, _, is_well, healed, _, again = run(
        home, "look", "recover", "verify", "look", "load", "look"
    )
    assert after["closed"] == HEALING[point]
    assert is_well is True
    assert (healed["visible"], healed["wrong"], healed["closed"]) == (ALL, [], [])
    assert again == healed


@pytest.mark.parametrize("point", ["mend.closed:1", "mend.dropped:1"])
def test_a_part_that_is_being_taken_out_is_healed_later(home: Path, point: str) -> None:
    run(home, "load", "flip")
    run(home, "verify", crash_at=point)

    is_well, healed = run(home, "verify", "look")
    assert is_well is True
    assert (healed["visible"], healed["wrong"], healed["closed"]) == (ALL, [], [])


@pytest.mark.parametrize(("point", "doomed"), [("purge.before_commit:1", 1), ("purge.doomed:1", 0)])
def test_a_purge_that_dies_was_decided_or_was_not(home: Path, point: str, doomed: int) -> None:
    run(home, "load", "withdraw")
    run(home, "doom", crash_at=point)

    still, _, deleted, after = run(home, "doom", "look", "delete", "look")
    assert (still, deleted) == (doomed, 1)
    assert (after["visible"], after["batches"], after["wrong"]) == (NOTHING, [], [])


def test_a_mirror_whose_writer_died_is_written_on(home: Path) -> None:
    run(home, "load", "withdraw")
    run(home, "mirror", crash_at="mirror.written:1")

    _, _, read, look = run(home, "restore", "mirror", "read mirror", "look")
    assert read == look["visible"] == ALL
