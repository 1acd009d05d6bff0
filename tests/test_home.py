"""The home folder: one Indicube at a time holds it, and its key is nobody else's to read."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from server.errors import HomeLocked, SettingsError
from server.home import HomeLock, holder_of, make_home, read_key


def test_a_home_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "a" / "home"
    make_home(home)

    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert list((home / "run").iterdir()) == []


def test_a_file_in_the_place_of_the_home_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("")

    with pytest.raises(SettingsError, match=f"The home folder {home} cannot be written"):
        make_home(home)


def test_a_second_one_is_told_who_holds_the_home(tmp_path: Path) -> None:
    with HomeLock(tmp_path), pytest.raises(HomeLocked) as caught, HomeLock(tmp_path):
        pass

    assert f"held by a running Indicube (process {os.getpid()})" in caught.value.message
    assert caught.value.exit_code == 5


def test_the_holder_is_known_while_it_holds(tmp_path: Path) -> None:
    with HomeLock(tmp_path):
        assert holder_of(tmp_path) == os.getpid()

    assert holder_of(tmp_path) is None


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    program = (
        "import os, sys, pathlib; from server.home import HomeLock\n"
        "with HomeLock(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)

    assert ended.returncode == -9
    assert holder_of(tmp_path) is None
    with HomeLock(tmp_path):
        assert holder_of(tmp_path) == os.getpid()


def test_nobody_holds_a_home_that_is_not_there(tmp_path: Path) -> None:
    assert holder_of(tmp_path / "nowhere") is None


def test_a_key_is_made_once_with_256_bits(tmp_path: Path) -> None:
    path = tmp_path / "home" / "secret.key"
    key = read_key(path)

    assert len(bytes.fromhex(key.decode())) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path) == key
    assert list(path.parent.iterdir()) == [path]


def test_two_homes_have_two_keys(tmp_path: Path) -> None:
    assert read_key(tmp_path / "a") != read_key(tmp_path / "b")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret.key"
    read_key(path)
    path.chmod(mode)

    with pytest.raises(SettingsError, match="can be read by others"):
        read_key(path)


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    path.touch(mode=0o600)
    path.write_bytes(b"x" * 31)

    with pytest.raises(SettingsError, match="holds 31 bytes; a key has at least 32"):
        read_key(path)
    path.write_bytes(b"x" * 32)
    assert read_key(path) == b"x" * 32
