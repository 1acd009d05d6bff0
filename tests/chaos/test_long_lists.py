"""Over HTTP: long lists of hidden batches, sent or read in the mirror, give the same figures."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from server.ledger.mirror import marker_of, mirrored
from server.store.mirror import Visibility, append_to_mirror, ensure_mirror
from tests.chaos.house import House, opened, settings_of
from tests.chaos.processes import front
from tests.starting import free_port
from tests.uncached import uncached

pytestmark = pytest.mark.harness

MOST = 60_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house behind HTTP with one sale of one piece in each of 60,000 batches."""
    folder, port = tmp_path_factory.mktemp("lists"), free_port()
    address = f"http://127.0.0.1:{port}/indicube?reader=reader:secret"
    settings = settings_of(folder / "house", INDICUBE_CLICKHOUSE=address)
    with front(folder, port), opened(settings) as house:
        with house.runtime.store.writer() as writer:
            writer.run(
                "INSERT INTO takings (_load, _row, day, stall, pieces, amount) "
                "SELECT number + 1, 2, toDate('2026-03-01'), 'A1', 1, 1 "
                f"FROM numbers({MOST})"
            )
        ensure_mirror(house.runtime.store)
        yield house


@pytest.mark.parametrize("count", [0, 5, 500, 5_000, 50_000])
def test_both_ways_give_the_same_figures(house: House, count: int) -> None:
    runtime = uncached(house.runtime)  # the snapshots differ in what no publication changed
    hidden = tuple(MOST // count * number for number in range(1, count + 1)) if count else ()
    # Snapshots that nobody published, each with a number of its own.
    sent = replace(runtime.snapshot(), number=1 + count, top=MOST, hidden={"takings": hidden})
    among = set(hidden)
    changes = [Visibility("takings", batch, batch in among) for batch in range(1, MOST + 1)]
    append_to_mirror(runtime.store, marker_of(sent), changes)

    asked = mirrored(runtime.store, sent)
    read = replace(sent, is_mirrored=True, hidden={})
    pieces = [
        runtime.cubes.browser("takings", each).aggregate(aggregates=["pieces_sum"]).summary
        for each in (sent, asked, read)
    ]

    assert asked.is_mirrored is (count > 2_000)
    assert [dict(each) for each in pieces] == [{"pieces_sum": MOST - count}] * 3
