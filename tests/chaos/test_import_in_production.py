"""`indicube cube import` in the shape of production: PostgreSQL, HTTP, two processes of gunicorn.

Whoever asked for the import is none of them, and neither is the worker that does it; every process
of the web serves the cubes soon after, without a restart.
"""

import http.client
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.installation import Installation, production
from tests.chaos.processes import START_SECONDS, has_postgres
from tests.loaders.importing import SHOP, SHOP_TABLES
from tests.starting import COMMAND, children

pytestmark = [
    pytest.mark.harness,
    pytest.mark.skipif(not has_postgres(), reason="PostgreSQL is not installed"),
]
SOON = 5.0  # seconds until every process serves what was published
MORE = SHOP_TABLES["ft_sales.csv"] + "2,2024-03-01,web,2.00,1,\n"
TOTAL = "/api/v1/cubes/Sales/aggregate?aggregates=amount_sum"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with production(tmp_path_factory.mktemp("import")) as opened:
        yield opened


@pytest.fixture(scope="module")
def shop(house: Installation) -> Path:
    """The model of the shop and its tables, where the workers can read them."""
    folder = house.folder / "shop"
    folder.mkdir()
    (folder / "model.json").write_text(json.dumps(SHOP), "utf-8")
    for name, text in SHOP_TABLES.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def imported(house: Installation, shop: Path) -> Mapping[str, Any]:
    """What the command says, run by somebody beside the installation."""
    clean = {name: value for name, value in os.environ.items() if "INDICUBE" not in name}
    done = subprocess.run(
        [COMMAND, "cube", "import", str(shop / "model.json"), "--json"],
        env={**clean, **house.settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr + house.outputs()
    found: Mapping[str, Any] = json.loads(done.stdout)["result"]
    return found


def sums_by_process(house: Installation, wanted: str, seconds: float) -> dict[int, str]:
    """What each process of the web says of the total, once it says what is wanted."""
    everybody = _processes(house)
    deadline, said = time.monotonic() + seconds, dict[int, str]()
    while time.monotonic() < deadline:
        process, total = _asked(house, TOTAL)
        said[process] = total
        if set(said) == everybody and set(said.values()) == {wanted}:
            break
    return said


def test_every_process_serves_an_imported_cube_soon_and_without_a_restart(
    house: Installation, shop: Path
) -> None:
    assert set(sums_by_process(house, "404", START_SECONDS).values()) == {"404"}  # both looked

    first = imported(house, shop)
    assert first["cubes"] == ["Sales"]
    assert set(sums_by_process(house, "115.25", SOON).values()) == {"115.25"}

    assert imported(house, shop)["is_unchanged"]
    (shop / "ft_sales.csv").write_text(MORE, "utf-8")
    again = imported(house, shop)
    assert (again["snapshot"], len(again["restated"])) == (first["snapshot"] + 1, 1)
    assert set(sums_by_process(house, "117.25", SOON).values()) == {"117.25"}


def _processes(house: Installation) -> set[int]:
    """The two of the web, once both are there."""
    deadline = time.monotonic() + START_SECONDS
    while len(found := set(children(house.programs["web"].pid))) < 2:
        assert time.monotonic() < deadline, house.outputs()
        time.sleep(0.1)
    return found


def _asked(house: Installation, path: str) -> tuple[int, str]:
    """The process that answers, and the total or the status that it answers."""
    with closing(http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Authorization": f"Bearer {house.token}"})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        process = _process_at(house, connection.sock.getsockname()[1])
    if answer.status != 200:
        return process, str(answer.status)
    return process, str(body["summary"]["amount_sum"])


def _process_at(house: Installation, port: int) -> int:
    """Which of the web's processes holds the other end of a connection from this port."""
    ends = f"0100007F:{house.port:04X} 0100007F:{port:04X}"
    (line,) = [row for row in Path("/proc/net/tcp").read_text("utf-8").splitlines() if ends in row]
    wanted = f"socket:[{line.split()[9]}]"
    for process in children(house.programs["web"].pid):
        for file in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                if file.readlink().name == wanted:
                    return process
    raise AssertionError("nobody holds the connection")
