"""`indicube cube import` as a user runs it: beside a live server, and killed in the middle."""

import json
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from server.ledger.crashpoint import EXIT_CODE, VARIABLE
from tests.loaders.importing import PACK, SHOP, SHOP_TABLES
from tests.starting import Started, environ
from tests.stem import run_command

MORE = SHOP_TABLES["ft_sales.csv"] + "2,2024-03-01,web,2.00,1,\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with the model of the shop and its tables."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "model.json").write_text(json.dumps(SHOP), "utf-8")
    for name, text in SHOP_TABLES.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def indicube(
    home: Path, *arguments: str, crash_at: str | None = None
) -> "subprocess.CompletedProcess[str]":
    variables = {"INDICUBE_MODELS": str(PACK)} | ({VARIABLE: crash_at} if crash_at else {})
    return run_command(*arguments, environment=environ(home, 8729, **variables))


def cubes_of(port: int, token: str) -> list[str]:
    return [cube["name"] for cube in asked(port, token, "/api/v1/cubes")["cubes"]]


def asked(port: int, token: str, path: str) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.mark.slow
def test_a_running_server_serves_it_when_the_command_ends(tmp_path: Path, shop: Path) -> None:
    home = tmp_path / "home"
    with Started(home, INDICUBE_MODELS=str(PACK)) as server:
        server.wait_ready()
        assert indicube(home, "user", "add", "ann", "--role", "analyst").returncode == 0
        token = indicube(home, "token", "create", "--user", "ann").stdout.split()[-1]
        assert "Sales" not in cubes_of(server.port, token)

        first = indicube(home, "cube", "import", str(shop / "model.json"))
        assert (first.returncode, first.stderr.count("mistake")) == (0, 0), first.stderr
        assert first.stdout.splitlines()[-1] == "shop: serves Sales from snapshot 1"
        assert "Sales" in cubes_of(server.port, token)
        path = "/api/v1/cubes/Sales/aggregate?aggregates=amount_sum"
        assert asked(server.port, token, path)["summary"]["amount_sum"] in ("115.25", 115.25)

        again = indicube(home, "cube", "import", str(shop / "model.json"), "--json")
        assert json.loads(again.stdout)["result"]["is_unchanged"]
        (shop / "ft_sales.csv").write_text(MORE, "utf-8")
        more = indicube(home, "cube", "import", str(shop / "model.json"), "--data", str(shop))
        assert "ft_sales.csv: 6 rows, load 3, in place of 5 of load 2" in more.stdout
        assert asked(server.port, token, path)["summary"]["amount_sum"] in ("117.25", 117.25)
        (shop / "ft_sales.csv").write_text(MORE.replace("2.00", "two"), "utf-8")
        (shop / "schema.json").write_text('{"ft_sales": {"Amount": "Decimal(18, 2)"}}', "utf-8")
        wrong = indicube(home, "cube", "import", str(shop / "model.json"))
        assert (wrong.returncode, wrong.stdout) == (3, "")
        assert "ft_sales.csv:7: column Amount: 'two': Amount must be a decimal" in wrong.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "is_served"),
    [("together.before_commit:1", False), ("together.committed:1", True)],
)
def test_a_death_in_the_middle_leaves_all_or_nothing(
    tmp_path: Path, shop: Path, point: str, is_served: bool
) -> None:
    home = tmp_path / "home"
    dead = indicube(home, "cube", "import", str(shop / "model.json"), crash_at=point)
    assert dead.returncode == EXIT_CODE, dead.stderr
    left = json.loads(indicube(home, "cube", "list", "--json").stdout)
    assert [one["cubes"] for one in left] == ([["Sales"]] if is_served else [])

    if is_served:
        return

    ended = indicube(home, "cube", "import", str(shop / "model.json"), "--json")
    assert json.loads(ended.stdout)["result"]["snapshot"] == 1
    verified = json.loads(indicube(home, "verify", "--json").stdout)
    assert (verified["is_well"], verified["findings"]) == (True, [])
