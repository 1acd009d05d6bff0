"""Every setting of Indicube: its variable, its type, its default and a sentence.

`Settings.from_environment` reads all of them once. A value that cannot be used stops the start
with a sentence that names the variable and what is allowed; all mistakes are told at once. The
defaults are those of the embedded start: the three addresses point into the home folder.
"""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from server import setting_types as types
from server.errors import IndicubeError, ManyErrors, SettingsError
from server.setting_limits import QuestionSettings, setting
from server.setting_types import without_password as without_password


@dataclass(frozen=True, kw_only=True)
class Settings(QuestionSettings):
    """The values that one process runs with."""

    home: Path = setting(
        "INDICUBE_HOME",
        ".indicube",
        "The folder that holds facts, metadata, spool, queue and key of an embedded start; "
        "a relative path starts at the current folder.",
        types.folder,
    )
    host: str = setting(
        "INDICUBE_HOST", "127.0.0.1", "The address that the web server listens on.", types.text
    )
    public_url: str = setting(
        "INDICUBE_PUBLIC_URL",
        "",
        "Where people reach Indicube, such as https://indicube.example: links are made with it, "
        "and requests for other host names are refused.",
        types.site,
    )
    port: int = setting(
        "INDICUBE_PORT", "8080", "The port that the web server listens on.", types.whole(1, 65535)
    )
    clickhouse: str = setting(
        "INDICUBE_CLICKHOUSE",
        "chdb://{home}/facts",
        "Where the facts are: chdb:// and a folder for the engine inside the process, "
        "http:// or https:// for a server or cluster.",
        types.address("chdb", "http", "https"),
    )
    database: str = setting(
        "INDICUBE_DATABASE",
        "sqlite:///{home}/metadata.db",
        "Where the metadata are: sqlite:/// and a file, or postgresql+psycopg://.",
        types.address("sqlite", "postgresql+psycopg"),
    )
    redis: str = setting(
        "INDICUBE_REDIS",
        "unix://{home}/run/redis.sock",
        "The queue's Redis; unset, `indicube up` starts one and writes its socket to "
        "run/redis.path in the home folder.",
        types.address("unix", "redis", "rediss"),
    )
    key_file: Path = setting(
        "INDICUBE_KEY_FILE",
        "{home}/secret.key",
        "The file with the key that signs forms and sessions; made at the first start, "
        "readable by its owner alone, shared by all web processes.",
        types.folder,
    )
    model_folder: Path | None = setting(
        "INDICUBE_MODELS",
        "",
        "A folder of cube models to use in place of those that come with Indicube.",
        types.folder_or_none,
    )
    packs: tuple[str, ...] = setting(
        "INDICUBE_PACKS",
        "",
        "The pack of cube models to serve; may be left out while there is only one.",
        types.names,
    )
    insecure_http: bool = setting(
        "INDICUBE_INSECURE_HTTP",
        "0",
        "1 allows plain http on an address that other machines reach.",
        types.truth,
    )
    proxies: int = setting(
        "INDICUBE_PROXIES",
        "0",
        "How many trusted proxies stand in front, speak https to the world and set "
        "X-Forwarded-For, -Proto and -Host.",
        types.whole(0, 9),
    )
    tls_certificate: Path | None = setting(
        "INDICUBE_TLS_CERTIFICATE",
        "",
        "The certificate file (PEM) of a web server that speaks https itself.",
        types.folder_or_none,
    )
    tls_key: Path | None = setting(
        "INDICUBE_TLS_KEY", "", "The key file (PEM) of that certificate.", types.folder_or_none
    )
    web_workers: int = setting(
        "INDICUBE_WEB_WORKERS",
        "2",
        "Processes of `indicube web`; the embedded start always has one.",
        types.whole(1, 64),
    )
    web_threads: int = setting(
        "INDICUBE_WEB_THREADS", "32", "Threads of each web process.", types.whole(1, 256)
    )
    max_request_bytes: int = setting(
        "INDICUBE_MAX_REQUEST_BYTES",
        "1000000",
        "Bytes that the body of one request may have.",
        types.whole(10_000, 10**12),
    )
    api_requests_per_minute: int = setting(
        "INDICUBE_API_REQUESTS_PER_MINUTE",
        "600",
        "Requests that one API token may send in a minute.",
        types.whole(1, 1_000_000),
    )
    slicer_user: str = setting(
        "INDICUBE_SLICER_USER",
        "",
        "The user in whose name, and within whose scope, requests to /slicer without a token are "
        "answered; unset, they are refused.",
        types.text_or_none,
    )
    slicer_cors: tuple[str, ...] = setting(
        "INDICUBE_SLICER_CORS",
        "",
        "Sites whose pages may ask /slicer, separated by commas, such as https://cubes.example; "
        "null for pages opened as files, * for all.",
        types.origins,
    )
    error_limit_percent: Decimal = setting(
        "INDICUBE_ERROR_LIMIT_PERCENT",
        "5",
        "Share of a load's rows in quarantine above which the whole load is held.",
        types.percent,
    )
    disk_reserve_bytes: int = setting(
        "INDICUBE_DISK_RESERVE_BYTES",
        "500000000",
        "Bytes that loads leave free on the disks of facts, metadata and spool.",
        types.whole(0, 10**15),
    )
    retention_days: int = setting(
        "INDICUBE_RETENTION_DAYS",
        "0",
        "Days for which superseded and withdrawn facts can be asked as they were; 0: for ever.",
        types.whole(0, 36_500),
    )
    group_seconds: int = setting(
        "INDICUBE_GROUP_SECONDS",
        "60",
        "Seconds for which small files of a source with group = true wait to be loaded together.",
        types.whole(1, 86_400),
    )
    push_window_seconds: int = setting(
        "INDICUBE_PUSH_WINDOW_SECONDS",
        "60",
        "Seconds for which pushed facts of an appended source wait to be loaded together.",
        types.whole(1, 86_400),
    )
    push_bytes: int = setting(
        "INDICUBE_PUSH_BYTES",
        "20000000",
        "Bytes that the body of one push of facts may have, unpacked.",
        types.whole(10_000, 10**10),
    )
    push_rows: int = setting(
        "INDICUBE_PUSH_ROWS",
        "200000",
        "Rows that one push of facts may have.",
        types.whole(1, 10**8),
    )
    job_lease_seconds: int = setting(
        "INDICUBE_JOB_LEASE_SECONDS",
        "60",
        "Seconds without a sign of life after which a running job is given to another worker.",
        types.whole(5, 3600),
    )
    job_attempts: int = setting(
        "INDICUBE_JOB_ATTEMPTS",
        "3",
        "How often a job is started before it counts as failed.",
        types.whole(1, 20),
    )
    exports: Path = setting(
        "INDICUBE_EXPORTS",
        "{home}/exports",
        "The folder of exported files; all web and worker processes must reach the same one.",
        types.folder,
    )
    export_days: int = setting(
        "INDICUBE_EXPORT_DAYS",
        "7",
        "Days after which an exported file is removed.",
        types.whole(1, 3650),
    )
    schedule_days: int = setting(
        "INDICUBE_SCHEDULE_DAYS",
        "400",
        "Days for which the folder of scheduled exports keeps a file; 0 keeps every file.",
        types.whole(0, 36500),
    )
    session_idle_minutes: int = setting(
        "INDICUBE_SESSION_IDLE_MINUTES",
        "30",
        "Minutes without a request after which a session ends.",
        types.whole(1, 1440),
    )
    session_hours: int = setting(
        "INDICUBE_SESSION_HOURS", "12", "Hours after which every session ends.", types.whole(1, 720)
    )
    nightly_hour: int = setting(
        "INDICUBE_NIGHTLY_HOUR",
        "3",
        "The hour (UTC) at which facts and ledger are compared and what may go is purged.",
        types.whole(0, 23),
    )
    log_format: str = setting(
        "INDICUBE_LOG_FORMAT",
        "text",
        "How log lines are written: text or json.",
        types.one_of("text", "json"),
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read every setting; NAME_FILE may name a file that holds the value of NAME.

        Raises:
            SettingsError: when one value cannot be used; ManyErrors when several cannot.
        """
        given = dict(os.environ if environ is None else environ)
        values: dict[str, Any] = {}
        mistakes: list[IndicubeError] = []
        for one in TABLE:
            try:
                values[one.name] = one.value_from(given, values.get("home"))
                if one.name == "home":
                    types.find_own_redis(values["home"], given)
            except SettingsError as mistake:
                mistakes.append(mistake)
        if not mistakes:
            settings = cls(**values)
            mistakes.extend(types.clashes(settings))
        if len(mistakes) > 1:
            raise ManyErrors(mistakes)
        if mistakes:
            raise mistakes[0]
        return settings

    @property
    def spool(self) -> Path:
        """Where the source files of loads are kept."""
        return self.home / "spool"

    @property
    def run_folder(self) -> Path:
        """Where a running Indicube keeps what it needs only while it runs."""
        return self.home / "run"

    @property
    def public_host(self) -> str:
        """The host name by which people reach Indicube; empty when nothing is said."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the web server."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def has_tls(self) -> bool:
        """Whether browsers reach the web server over https."""
        return self.tls_certificate is not None or self.proxies > 0


_OF_QUESTIONS = frozenset(QuestionSettings.__dataclass_fields__)  # last in the table


@dataclass(frozen=True)
class Setting:
    """One line of the table of settings."""

    name: str  # of the field of Settings
    variable: str
    default: str  # as it would be written in the environment; {home} stands for the folder
    sentence: str
    reader: types.Reader

    def value_from(self, given: Mapping[str, str], home: Path | None) -> object:
        """The typed value that the environment gives, or the default."""
        text = self._text_from(given)
        if text is None:
            text = self.default.replace("{home}", str(home))
        try:
            return self.reader(text)
        except ValueError as reason:
            allowed = str(reason)
            raise SettingsError(
                f"{self.variable} is {without_password(text)!r}; it must be {allowed}",
                field=self.variable,
                allowed=(allowed,),
            ) from None

    def _text_from(self, given: Mapping[str, str]) -> str | None:
        path = given.get(f"{self.variable}_FILE")
        if path is None or self.variable.endswith("_FILE"):
            return given.get(self.variable)
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as reason:
            raise SettingsError(
                f"{self.variable}_FILE names {path!r}, which cannot be read: {reason}",
                field=f"{self.variable}_FILE",
            ) from None


TABLE: tuple[Setting, ...] = tuple(
    Setting(field.name, **field.metadata)
    for field in sorted(dataclasses.fields(Settings), key=lambda field: field.name in _OF_QUESTIONS)
)


def unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Variables that look like settings and are none: most often a slip of the pen."""
    known = {one.variable for one in TABLE}
    known |= {f"{variable}_FILE" for variable in known}
    return tuple(
        sorted(
            name
            for name in environ
            if name.startswith("INDICUBE_")
            and not name.startswith("INDICUBE_TEST_")
            and name not in known
        )
    )
