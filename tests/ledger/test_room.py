"""A disk that runs full: loads stop with a sentence while there is a reserve, reading goes on."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loaders.context import LoadContext
from loaders.load import run_load
from server.errors import NoRoom
from server.ledger.mend import Task, verify_and_mend
from server.ledger.publish import withdraw
from server.ledger.room import check_room
from server.ledger.snapshot import open_snapshot
from server.metadata.loads import list_loads
from tests.ledger.verifying import healing_of, run
from tests.loading import shop_context, visible_now
from tests.shop import SALES
from tests.shop_loads import HEADER, sales_text
from tests.stores import settings_for

Written = Callable[..., Path]
RESERVE = 8_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 32 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def on_small_disk(small_disk: Path) -> Iterator[LoadContext]:
    """The shop with metadata and spool on the small disk."""
    with shop_context(small_disk, INDICUBE_DISK_RESERVE_BYTES=str(RESERVE)) as context:
        yield context


def fill(disk: Path, leave: int) -> Path:
    """Fill the disk up to so many bytes."""
    file = disk / "something else"
    free = shutil.disk_usage(disk).free - leave
    with file.open("wb") as opened:
        opened.write(b"x" * free)
    return file


def test_a_full_disk_refuses_a_load_before_it_begins(
    on_small_disk: LoadContext, small_disk: Path, written: Written
) -> None:
    context = on_small_disk
    run_load(context, "sales", written(sales_text(3)))
    other = fill(small_disk, RESERVE - 1_000_000)

    with pytest.raises(NoRoom, match="the disk of the spool") as refused:
        run_load(context, "sales", written(sales_text(5, first=100)))

    assert "Everything that is loaded can be read" in refused.value.message
    with context.metadata.read() as session:
        assert len(list_loads(session)) == 1
    assert visible_now(context) == (3, "3.75")
    other.unlink()
    run_load(context, "sales", written(sales_text(5, first=100)))
    assert visible_now(context) == (8, "10")


def test_a_disk_that_fills_up_meanwhile_ends_the_load_unseen(
    on_small_disk: LoadContext, small_disk: Path, written: Written
) -> None:
    context = on_small_disk
    run_load(context, "sales", written(sales_text(3)))

    def somebody_fills_it(_done: int, _expected: int | None) -> None:
        if not (small_disk / "something else").exists():
            fill(small_disk, RESERVE // 2)

    with pytest.raises(NoRoom):
        run_load(context, "sales", written(sales_text(5, first=100)), progress=somebody_fills_it)

    with context.metadata.read() as session:
        ended = list_loads(session)[0]
    assert (ended.state, ended.error_code) == ("abandoned", "disk_low")
    assert visible_now(context) == (3, "3.75")
    (small_disk / "something else").unlink()
    run_load(context, "sales", written(sales_text(5, first=100)))
    assert visible_now(context) == (8, "10")


def test_a_file_that_would_eat_the_reserve_is_refused(
    on_small_disk: LoadContext, small_disk: Path
) -> None:
    room = shutil.disk_usage(small_disk).free - RESERVE
    check_room(on_small_disk.settings, room - 100_000)

    with pytest.raises(NoRoom):
        check_room(on_small_disk.settings, room + 100_000)


def test_what_upserts_add_up_to_is_not_built_without_room(
    on_small_disk: LoadContext, small_disk: Path, written: Written
) -> None:
    sales = replace(on_small_disk.specifications["sales"], mode="upsert", key=("store",), buckets=1)
    keyed = replace(on_small_disk, specifications={"sales": sales})
    for amount in ("1.00", "2.00", "3.00"):
        line = f"2026-01-05,Köln,1,{amount},NA,2026-01-31T12:00:00Z,x\n"
        run_load(keyed, "sales", written(HEADER + line))
    other = fill(small_disk, RESERVE - 1_000_000)

    with pytest.raises(NoRoom, match="the disk of the spool"):
        withdraw(keyed.metadata, 2, "ann", "a mistake", keyed.clock(), keyed.builder)

    assert open_snapshot(keyed.metadata).number == 3
    assert visible_now(keyed) == (1, "3")
    other.unlink()
    withdraw(keyed.metadata, 2, "ann", "a mistake", keyed.clock(), keyed.builder)
    assert visible_now(keyed) == (1, "3")


def test_healing_without_room_touches_nothing(
    on_small_disk: LoadContext, small_disk: Path, written: Written
) -> None:
    context = on_small_disk
    run_load(context, "sales", written(sales_text(3)))
    run(context, "ALTER TABLE sales DELETE WHERE _row = 3 SETTINGS mutations_sync = 2")
    other = fill(small_disk, RESERVE - 1_000_000)
    healing = replace(healing_of(context), room=lambda needed: check_room(context.settings, needed))

    done = verify_and_mend(healing, (SALES,), Task())

    assert [each.is_healed for each in done.findings] == [False]
    assert "are kept free" in done.findings[0].remedy
    assert open_snapshot(context.metadata).closed == {SALES.name}
    assert visible_now(context) == (2, "2.5")
    other.unlink()
    assert verify_and_mend(healing, (SALES,), Task()).is_well
    assert open_snapshot(context.metadata).closed == frozenset()
    assert visible_now(context) == (3, "3.75")


def test_the_disks_of_facts_and_metadata_count_too(small_disk: Path, tmp_path: Path) -> None:
    reserve = {"INDICUBE_DISK_RESERVE_BYTES": str(RESERVE)}
    facts = settings_for(
        tmp_path / "home", INDICUBE_CLICKHOUSE=f"chdb://{small_disk}/facts?database=x", **reserve
    )
    metadata = settings_for(
        tmp_path / "home", INDICUBE_DATABASE=f"sqlite:///{small_disk}/metadata.db", **reserve
    )
    check_room(facts)
    check_room(metadata)
    fill(small_disk, RESERVE // 2)

    with pytest.raises(NoRoom, match="the disk of the facts"):
        check_room(facts)
    with pytest.raises(NoRoom, match="the disk of the metadata"):
        check_room(metadata)
