"""The commands `indicube load` and `indicube sample` as a user runs them, exit codes included.

The sample is loaded, and a full disk met, by programs that were started; the others grow on a stem.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from server.home import HomeLock
from server.metadata.jobs import list_jobs
from server.metadata.session import open_metadata
from tests.flights import SOURCE
from tests.stem import run_command

HOUSE = Path(__file__).parents[2]
MAIN = "from web.cli import main; main()"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home into which the sample was loaded."""
    folder = tmp_path_factory.mktemp("home")
    ended = subprocess.run(
        [sys.executable, "-c", MAIN, "sample"],
        cwd=HOUSE,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    assert "departures: 336,776 rows; load 4, visible from snapshot 4" in ended.stdout
    return folder


def indicube(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run_command(*arguments, environment=environment(home))


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "INDICUBE_HOME": str(home)}


def asked(home: Path, *arguments: str) -> Any:
    ended = indicube(home, *arguments, "--json")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_sample_again_says_what_is_there(home: Path) -> None:
    ended = indicube(home, "sample", "flights")

    assert ended.returncode == 0, ended.stderr
    assert "weather: this file is loaded already, as load 5" in ended.stdout


def test_loads_are_listed_and_shown(home: Path) -> None:
    latest = asked(home, "load", "list", "--table", "departures")
    shown = asked(home, "load", "show", "4")

    assert [load["id"] for load in latest] == [4]
    assert shown["rows_in_file"] == shown["rows_stored"] == 336_776
    assert (shown["first_date"], shown["last_date"]) == ("2013-01-01", "2013-12-31")
    assert shown["quarantine"] == []
    assert "flights.csv.zip" in indicube(home, "load", "show", "4").stdout
    assert "published" in indicube(home, "load", "list").stdout


def test_the_loads_of_the_pack_are_named_in_both_languages(home: Path) -> None:
    named = {each["name"]: each for each in asked(home, "load", "names")}

    assert set(named) == {"aircraft", "airports", "carriers", "departures", "weather"}
    assert (named["weather"]["en"], named["weather"]["zh"]) == ("Weather", "天气")


def test_a_truncated_file_is_one_sentence_and_exit_3(home: Path, tmp_path: Path) -> None:
    cut = tmp_path / "flights.csv.zip"
    cut.write_bytes((SOURCE / "flights.csv.zip").read_bytes()[:4_000_000])
    before = asked(home, "load", "list", "--limit", "1")[0]["id"]

    ended = indicube(home, "load", "run", "departures", "--file", str(cut))

    assert ended.returncode == 3
    assert "flights.csv.zip is a broken zip archive, or was cut" in ended.stderr
    assert "Traceback" not in ended.stderr
    latest = asked(home, "load", "list", "--limit", "1")[0]
    assert (latest["id"], latest["state"]) == (before + 1, "rejected")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (
            ("load", "run", "departure"),
            2,
            "there is no load named 'departure'; there are: aircraft",
        ),
        (("load", "run", "weather", "--file", "/no/such.csv"), 2, "there is no file /no/such.csv"),
        (("load", "show", "999"), 2, "there is no load 999"),
        (("sample", "nothing"), 2, "serves the pack 'flights', not 'nothing'"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_2(
    home: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    ended = indicube(home, *arguments)

    assert ended.returncode == code
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_beside_a_home_that_is_held_the_queue_is_asked(home: Path) -> None:
    with HomeLock(home):  # as a running Indicube holds it, but here nobody answers the queue
        ended = indicube(home, "load", "run", "weather")

    assert ended.returncode == 4
    assert "Traceback" not in ended.stderr
    metadata = open_metadata(f"sqlite:///{home}/metadata.db")
    with metadata.read() as session:
        (job,) = list_jobs(session, limit=1)
    metadata.close()
    assert (job.arguments["name"], job.state) == ("weather", "cancelled")


def test_without_a_home_there_is_nothing_to_list(tmp_path: Path) -> None:
    ended = indicube(tmp_path / "nowhere", "load", "list")

    assert ended.returncode == 2
    assert "indicube up" in ended.stderr


def test_what_is_not_there_is_said_in_a_sentence(home: Path) -> None:
    listed = indicube(home, "load", "list", "--table", "nope")
    given_out = indicube(home, "load", "quarantine", "4")
    purged = indicube(home, "load", "purge")

    assert (listed.stdout, listed.stderr) == ("", "there is no load of nope\n")
    assert given_out.stdout.startswith("_line,year,month,")
    assert given_out.stderr == "load 4 has no refused line that is not mended yet\n"
    assert purged.stdout == (
        "there was nothing to purge; every snapshot can be asked "
        "(INDICUBE_RETENTION_DAYS is not set, so nothing that was seen goes)\n"
    )


def test_an_answer_that_finds_the_disk_full_ends_in_a_sentence(home: Path) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", MAIN, "load", "list"],
            cwd=HOUSE,
            env=environment(home),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )

    assert (ended.returncode, ended.stderr) == (1, "indicube: the disk of the output is full\n")


def test_a_month_is_restated_shown_and_undone(home: Path, tmp_path: Path) -> None:
    columns = "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay"
    columns += ",carrier,flight,tailnum,origin,dest,air_time,distance,hour,minute,time_hour"
    flight = "2013,1,7,517,515,2,830,819,11,UA,1545,N14228,EWR,IAH,227,1400,5,15,x"
    january = tmp_path / "departures_2013-01.csv"
    january.write_text(f"{columns}\n{flight}\n")

    ended = indicube(home, "load", "run", "departures", "--file", str(january))

    assert ended.returncode == 0, ended.stderr
    assert "month=2013-01: 1 row in place of 27,004 of load 4" in ended.stdout
    load = asked(home, "load", "list", "--limit", "1")[0]["id"]
    moved = asked(home, "load", "diff", str(load))["result"]
    flights = [one for one in moved["figures"] if (one["cube"], one["code"]) == _FLIGHTS]
    assert [(one["before"]["value"], one["after"]["value"]) for one in flights] == [("27004", "1")]
    shown = asked(home, "load", "show", str(load))
    assert shown["scopes"] == [{"scope": "month=2013-01", "batch": 17, "rows": 1}]
    assert shown["replaced"] == [{"load": 4, "snapshot": 6, "scopes": ["month=2013-01"]}]
    assert [event["what"] for event in shown["events"]] == ["published"]
    withdrawn = indicube(home, "load", "withdraw", str(load), "--reason", "a test")
    assert f"load {load} is withdrawn, as seen from snapshot" in withdrawn.stdout
    again = indicube(home, "load", "run", "departures", "--file", str(january))
    assert again.returncode == 2
    assert f"`indicube load restore {load}` shows it again" in again.stderr
    back = asked(home, "load", "diff", f"{moved['from']}..{moved['to'] + 1}")["result"]
    assert (back["figures"], back["scopes"]) == ([], [])


_FLIGHTS = ("departures", "flights")
