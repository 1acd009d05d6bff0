"""Where the facts are: each form of the address, and a sentence for anything else."""

import subprocess
import sys
from pathlib import Path

import pytest

from server.errors import SettingsError, StoreAway
from server.settings import Settings
from server.store.address import Engine, Server, parse_address
from server.store.client import Store, open_store


def test_the_engine_has_a_folder_and_a_database() -> None:
    assert parse_address("chdb:///var/facts") == Engine("/var/facts", "indicube")
    assert parse_address("chdb:///var/facts/?database=test") == Engine("/var/facts", "test")


def test_a_server_has_two_users() -> None:
    address = parse_address("https://loader:p%40ss@ch.example/figures?reader=reading:se%3Acret")

    assert isinstance(address, Server)
    assert (address.host, address.port, address.database) == ("ch.example", 8443, "figures")
    assert address.writer == ("loader", "p@ss")
    assert address.reader == ("reading", "se:cret")
    assert not address.placement.is_replicated
    assert str(address) == "https://ch.example:8443/figures"


def test_a_cluster_replicates() -> None:
    address = parse_address("http://w:p@h:9000/d?reader=r:p&cluster=main")

    assert address.placement.is_replicated
    assert address.placement.cluster == "main"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("facts", "must begin with chdb://"),
        ("chdb://facts", "absolute folder"),
        ("https://w:secret@host/d", "read-only user"),
        ("https:///d?reader=r:secret", "read-only user"),
        ("http://w:secret@host:port/d?reader=r:secret", "port must be a number"),
    ],
)
def test_another_address_is_refused_without_its_secrets(url: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as refused:
        parse_address(url)

    assert refused.value.field == "INDICUBE_CLICKHOUSE"
    assert "secret" not in refused.value.message


def test_a_server_that_does_not_answer_is_away() -> None:
    url = "http://w:secret@127.0.0.1:9/d?reader=r:secret"

    with pytest.raises(StoreAway, match=r"http://127\.0\.0\.1:9/d cannot be reached") as refused:
        open_store(Settings.from_environment({"INDICUBE_CLICKHOUSE": url}))
    assert "secret" not in refused.value.message


def test_a_second_process_hears_who_holds_the_folder(store: Store, tmp_path: Path) -> None:
    assert isinstance(store.address, Engine)
    program = (
        "from server.settings import Settings\n"
        "from server.store.client import open_store\n"
        "from server.errors import StoreInUse\n"
        "try:\n"
        f"    open_store(Settings.from_environment({{'INDICUBE_HOME': {str(tmp_path)!r},\n"
        f"        'INDICUBE_CLICKHOUSE': 'chdb://{store.address.folder}'}}))\n"
        "except StoreInUse as error:\n"
        "    print(error.message, error.exit_code)\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )

    owner = (Path(store.address.folder) / "status").read_text().splitlines()[0].split()[1]
    assert f"in use by process {owner}" in ended.stdout
    assert ended.stdout.strip().endswith("5")
