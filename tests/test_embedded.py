"""`indicube up`, started as a user would: it greets, refuses with a sentence, heals and stops."""

import os
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.starting import COMMAND, Started, environ, free_port, is_alive, run, status_of

pytestmark = pytest.mark.slow

PATIENCE = 60  # seconds, on a machine that does other things


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    with Started(tmp_path_factory.mktemp("embedded") / "home") as started:
        started.wait_ready()
        started.wait_greeting()
        yield started


def test_it_prints_its_address_and_a_link_that_signs_the_first_user_in(house: Started) -> None:
    link = house.wait_greeting()

    assert f"Indicube is at http://127.0.0.1:{house.port} " in house.output
    assert "Sign in as admin, once: " in house.output
    assert status_of(link) == 200


def test_everything_in_the_home_is_its_owners_alone(house: Started) -> None:
    open_to_others = [
        path
        for path in house.home.rglob("*")
        if not path.is_symlink() and path.stat().st_mode & 0o077 and not _is_below_closed(path)
    ]

    assert house.home.stat().st_mode & 0o077 == 0
    assert open_to_others == []


def _is_below_closed(path: Path) -> bool:
    return any(not parent.stat().st_mode & 0o077 for parent in path.parents)


def test_the_watching_process_is_small(house: Started) -> None:
    pages = int(Path(f"/proc/{house.process.pid}/statm").read_text().split()[1])

    assert pages * os.sysconf("SC_PAGE_SIZE") < 25_000_000


def test_a_second_start_is_told_who_holds_the_home(house: Started) -> None:
    code, said = run(house.home, "up")

    assert code == 5
    assert said == (
        f"indicube: The home folder {house.home} is held by a running Indicube "
        f"(process {house.process.pid}); stop it, or give this one another folder with "
        "INDICUBE_HOME\n"
    )


def test_a_second_start_on_the_same_port_is_told_the_same(house: Started) -> None:
    code, said = run(house.home, "up", port=house.port)

    assert code == 5
    assert f"held by a running Indicube (process {house.process.pid})" in said


def test_a_busy_port_is_named_before_anything_is_made(house: Started, tmp_path: Path) -> None:
    code, said = run(tmp_path / "home", "up", port=house.port)

    assert code == 5
    assert said == (
        f"indicube: Another process listens on port {house.port} of 127.0.0.1; stop it, or "
        "choose another port with INDICUBE_PORT\n"
    )
    assert not (tmp_path / "home").exists()


def test_commands_work_beside_the_running_house(house: Started) -> None:
    code, said = run(house.home, "user", "add", "carla", "--role", "ops")
    assert (code, said) == (0, "")

    listed = subprocess.run(
        [COMMAND, "user", "list"],
        env=environ(house.home, house.port),
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split()[:2] for line in listed.stdout.splitlines()] == [
        ["admin", "administrator"],
        ["carla", "ops"],
    ]


def test_the_doctor_finds_the_running_house_well(house: Started) -> None:
    code, said = run(house.home, "doctor", port=house.port)

    assert (code, said) == (0, "")


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    code, said = run(tmp_path / "home", "up")

    assert code == 2
    assert said.startswith(f"indicube: The home folder {tmp_path}/home cannot be written: ")
    assert said.count("\n") == 1


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "secret.key").write_text("x" * 64)
    (home / "secret.key").chmod(0o644)
    code, said = run(home, "up")

    assert code == 2
    assert f"The key file {home}/secret.key can be read by others" in said
    assert not (home / "queue").exists()


def test_a_model_with_a_mistake_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(Path(__file__).parents[1] / "cube_models", models)
    cubes = models / "flights" / "cubes.json"
    told = cubes.read_text("utf-8")
    mistaken = told.replace('"column": "tail_number"', '"column": "tailnumber"')
    assert mistaken != told
    cubes.write_text(mistaken)
    code, said = run(tmp_path / "home", "up", INDICUBE_MODELS=str(models))

    assert code == 2
    assert "tailnumber" in said
    assert "cubes.json" in said
    assert said.count("\n") == 1
    assert not list((tmp_path / "home" / "run").glob("redis.*k"))


def test_the_application_heals_by_itself_after_a_kill(house: Started) -> None:
    for victim in (house.worker, house.master):
        os.kill(victim, signal.SIGKILL)
        house.until(lambda: not is_alive(victim))  # noqa: B023 -- called at once
        house.wait_ready(PATIENCE)

    assert "The application ended by SIGKILL; starting it again" in house.output


def test_nobody_is_refused_while_the_application_heals(house: Started) -> None:
    statuses: list[int] = []
    worker = house.worker
    os.kill(house.master, signal.SIGKILL)
    # What a dying process has taken already dies with it; who comes after it waits.
    house.until(lambda: not is_alive(worker))
    asking = threading.Thread(
        target=lambda: statuses.append(status_of(f"http://127.0.0.1:{house.port}/healthz"))
    )
    asking.start()
    asking.join(PATIENCE)

    assert statuses == [200]


def test_redis_heals_with_what_it_held(house: Started) -> None:
    os.kill(house.redis, signal.SIGKILL)
    house.until(lambda: "Redis ended by SIGKILL; starting it again" in house.output)
    house.wait_ready(PATIENCE)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a home with blanks", signal.SIGTERM),
        ("家", signal.SIGINT),
        ("long-" + "x" * 120, signal.SIGHUP),
    ],
    ids=["blanks", "chinese", "long"],
)
def test_the_home_may_have_any_name_and_a_signal_stops_everything_cleanly(
    tmp_path: Path, name: str, how: signal.Signals
) -> None:
    home = tmp_path / name
    with Started(home) as house:
        house.wait_ready()
        house.wait_greeting()
        socket_path = Path((home / "run" / "redis.path").read_text("utf-8"))
        assert run(home, "doctor", port=house.port) == (0, "")
        family = house.family()
        house.process.send_signal(how)

        assert house.process.wait(PATIENCE) == 0
        assert [pid for pid in family if is_alive(pid)] == []
        assert sorted(path.name for path in (home / "run").iterdir()) == ["redis.log"]
        assert "Traceback" not in house.output
    assert len(os.fsencode(socket_path)) <= 100
    assert not socket_path.exists()
    assert (home / "metadata.db").exists()
    assert (home / "facts").is_dir()


def test_a_stop_in_the_middle_of_the_start_is_clean_too(tmp_path: Path) -> None:
    with Started(tmp_path / "home") as house:
        house.until(lambda: (house.home / "run" / "redis.path").exists())
        family = house.family()
        house.process.send_signal(signal.SIGTERM)

        assert house.process.wait(PATIENCE) == 0
        assert [pid for pid in family if is_alive(pid)] == []


def test_later_starts_keep_the_users_and_a_killed_supervisor_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    with Started(home) as house:
        first = house.wait_greeting().partition("/sign-in/")[2]
    with Started(home) as house:
        second = house.wait_greeting().partition("/sign-in/")[2]
        house.wait_ready()
        family = house.family()
        house.process.kill()
        house.process.wait()
        deadline = time.monotonic() + PATIENCE
        while [pid for pid in family if is_alive(pid)]:
            assert time.monotonic() < deadline
            time.sleep(0.1)

    assert first != second
    with sqlite3.connect(home / "metadata.db") as metadata:
        assert metadata.execute("SELECT name FROM app_user").fetchall() == [("admin",)]
    with Started(home) as again:
        again.wait_ready()


def test_a_relative_home_is_meant_from_where_the_command_was_given(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen([COMMAND, "up"], env=environ(Path("here"), port), cwd=tmp_path)
    try:
        deadline = time.monotonic() + PATIENCE
        while status_of(f"http://127.0.0.1:{port}/readyz") != 200:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert (tmp_path / "here" / "facts").is_dir()
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0
