"""Settings: defaults that work alone, sentences for values that cannot be used, and their page."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from server.errors import ManyErrors, SettingsError
from server.settings import TABLE, Settings, unknown_variables, without_password

DOCUMENTATION = Path(__file__).parents[1] / "docs" / "settings.md"


def test_the_defaults_point_into_the_home_folder(tmp_path: Path) -> None:
    settings = Settings.from_environment({"INDICUBE_HOME": str(tmp_path)})

    assert settings.clickhouse == f"chdb://{tmp_path}/facts"
    assert settings.database == f"sqlite:///{tmp_path}/metadata.db"
    assert settings.redis == f"unix://{tmp_path}/run/redis.sock"
    assert settings.key_file == tmp_path / "secret.key"
    assert settings.spool == tmp_path / "spool"


def test_a_relative_home_starts_at_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert Settings.from_environment({}).home == tmp_path / ".indicube"


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("INDICUBE_PORT", "http", "a whole number from 1 to 65535"),
        ("INDICUBE_PORT", "65536", "a whole number from 1 to 65535"),
        ("INDICUBE_PORT", "-1", "a whole number from 1 to 65535"),
        ("INDICUBE_PORT", "", "a whole number from 1 to 65535"),
        ("INDICUBE_PORT", "١٢٣", "a whole number from 1 to 65535"),
        ("INDICUBE_CLICKHOUSE", "/var/facts", "an address that starts with chdb:// or http://"),
        ("INDICUBE_DATABASE", "mysql://host/db", "sqlite:// or postgresql+psycopg://"),
        ("INDICUBE_REDIS", "localhost", "unix:// or redis:// or rediss://"),
        ("INDICUBE_INSECURE_HTTP", "maybe", "1 or 0"),
        ("INDICUBE_ERROR_LIMIT_PERCENT", "NaN", "a number from 0 to 100"),
        ("INDICUBE_ERROR_LIMIT_PERCENT", "101", "a number from 0 to 100"),
        ("INDICUBE_LOG_FORMAT", "xml", "text or json"),
        ("INDICUBE_PACKS", "../etc", "names of small letters, digits and _"),
        ("INDICUBE_HOME", "", "a path"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_is_allowed(
    variable: str, value: str, allowed: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({variable: value})

    assert caught.value.message.startswith(f"{variable} is {value!r}; it must be ")
    assert allowed in caught.value.message
    assert caught.value.field == variable
    assert caught.value.exit_code == 2


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ManyErrors) as caught:
        Settings.from_environment({"INDICUBE_PORT": "x", "INDICUBE_NIGHTLY_HOUR": "24"})

    assert [error.field for error in caught.value.errors] == [
        "INDICUBE_PORT",
        "INDICUBE_NIGHTLY_HOUR",
    ]
    assert caught.value.exit_code == 2


def test_numbers_keep_their_exact_value() -> None:
    settings = Settings.from_environment({"INDICUBE_ERROR_LIMIT_PERCENT": "0.1"})

    assert settings.error_limit_percent == Decimal("0.1")


def test_the_password_of_an_address_is_never_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"INDICUBE_DATABASE": "mysql://me:hush@host/db"})

    assert "hush" not in caught.value.message
    assert without_password("redis://:hush@host/0") == "redis://:***@host/0"
    assert without_password("https://a:hush@host/b?reader=r:hush&cluster=c") == (
        "https://a:***@host/b?reader=r:***&cluster=c"
    )
    assert without_password("https://host/a?b=c@d") == "https://host/a?b=c@d"


def test_a_value_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "database"
    secret.write_text("postgresql+psycopg://me:hush@host/db\n")
    settings = Settings.from_environment({"INDICUBE_DATABASE_FILE": str(secret)})

    assert settings.database == "postgresql+psycopg://me:hush@host/db"


def test_a_value_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"INDICUBE_REDIS_FILE names .*/nowhere"):
        Settings.from_environment({"INDICUBE_REDIS_FILE": str(tmp_path / "nowhere")})


def test_commands_find_the_redis_that_runs_for_the_home(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "redis.path").write_text("/tmp/indicube-x/redis.sock")
    bundled = Settings.from_environment({"INDICUBE_HOME": str(tmp_path)})
    given = Settings.from_environment(
        {"INDICUBE_HOME": str(tmp_path), "INDICUBE_REDIS": "redis://host/1"}
    )

    assert bundled.redis == "unix:///tmp/indicube-x/redis.sock"
    assert given.redis == "redis://host/1"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "scores.example"])
def test_plain_http_for_other_machines_is_refused(host: str) -> None:
    with pytest.raises(SettingsError, match="over plain http"):
        Settings.from_environment({"INDICUBE_HOST": host})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_plain_http_for_this_machine_is_fine(host: str) -> None:
    assert Settings.from_environment({"INDICUBE_HOST": host}).is_loopback


@pytest.mark.parametrize(
    "way",
    [
        {"INDICUBE_INSECURE_HTTP": "1"},
        {"INDICUBE_PROXIES": "1"},
        {"INDICUBE_TLS_CERTIFICATE": "/a.pem", "INDICUBE_TLS_KEY": "/b.pem"},
    ],
)
def test_other_machines_are_served_when_it_is_safe_or_allowed(way: dict[str, str]) -> None:
    assert Settings.from_environment({"INDICUBE_HOST": "0.0.0.0", **way}).host == "0.0.0.0"


def test_a_certificate_without_its_key_is_refused() -> None:
    with pytest.raises(SettingsError, match="only of use together"):
        Settings.from_environment({"INDICUBE_TLS_CERTIFICATE": "/a.pem"})


def test_a_misspelt_variable_is_found() -> None:
    environ = {"INDICUBE_PROT": "1", "INDICUBE_PORT": "1", "INDICUBE_REDIS_FILE": "", "HOME": ""}

    assert unknown_variables(environ) == ("INDICUBE_PROT",)


def test_every_setting_is_documented_word_for_word() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \|$", DOCUMENTATION.read_text(), re.MULTILINE)

    assert rows == [
        (setting.variable, f"`{setting.default}`" if setting.default else "", setting.sentence)
        for setting in TABLE
    ]
