"""Where the facts are: the parts of INDICUBE_CLICKHOUSE.

`chdb:///<folder>` is the engine inside this process. `https://<writer>:<password>@<host>/<database>`
is a server or, with `?cluster=<name>`, a cluster; it names a second user with
`?reader=<name>:<password>`, whose profile is read-only: over HTTP the client's own word stops
nobody.
"""

from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from server.errors import SettingsError
from server.store.tables import ALONE, Placement

VARIABLE = "INDICUBE_CLICKHOUSE"
DATABASE = "indicube"


@dataclass(frozen=True)
class Engine:
    """The engine inside this process."""

    folder: str
    database: str

    @property
    def placement(self) -> Placement:
        """Tables are kept in this one place."""
        return ALONE

    def __str__(self) -> str:
        return f"chdb://{self.folder}"


@dataclass(frozen=True)
class Server:
    """A ClickHouse server or cluster."""

    scheme: str
    host: str
    port: int
    database: str
    writer: tuple[str, str]  # name, password
    reader: tuple[str, str]
    streamer: tuple[str, str]
    placement: Placement

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/{self.database}"


Address = Engine | Server


def parse_address(url: str) -> Address:
    """The address that the URL means; a sentence about the variable when it means none."""
    scheme, _, rest = url.partition("://")
    if scheme == "chdb":
        folder, _, query = rest.partition("?")
        return _engine(folder, parse_qs(query), url)
    if scheme in ("http", "https"):
        return _server(urlsplit(url))
    raise _unusable(url, "it must begin with chdb://, http:// or https://")


def _engine(folder: str, options: dict[str, list[str]], url: str) -> Engine:
    if not folder.startswith("/"):
        raise _unusable(url, "chdb:// must be followed by an absolute folder")
    return Engine(folder.rstrip("/") or "/", _option(options, "database", DATABASE))


def _server(parts: SplitResult) -> Server:
    options = parse_qs(parts.query)
    reader = _option(options, "reader", "")
    if not parts.hostname or not reader:
        needed = "a server needs a host and a read-only user: ?reader=name:password"
        raise _unusable(_without_passwords(parts), needed)
    cluster = _option(options, "cluster", "")
    return Server(
        scheme=parts.scheme,
        host=parts.hostname,
        port=_port(parts),
        database=unquote(parts.path.strip("/")) or DATABASE,
        writer=(unquote(parts.username or "default"), unquote(parts.password or "")),
        reader=_user(reader),
        streamer=_user(_option(options, "streamer", reader)),
        placement=Placement(
            is_replicated=bool(cluster),
            cluster=cluster,
            is_sharded=bool(cluster) and _option(options, "sharded", "") in ("1", "yes", "true"),
            dictionary_collection=_option(options, "dictionary_collection", ""),
        ),
    )


def _user(text: str) -> tuple[str, str]:
    name, _, password = text.partition(":")
    return name, password


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or (8443 if parts.scheme == "https" else 8123)
    except ValueError:
        shown = _without_passwords(parts)
        raise _unusable(shown, "its port must be a number up to 65535") from None


def _without_passwords(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _option(options: dict[str, list[str]], name: str, default: str) -> str:
    return options.get(name, [default])[0]


def _unusable(shown: str, allowed: str) -> SettingsError:
    return SettingsError(f"{VARIABLE} is {shown!r}: {allowed}", field=VARIABLE)
