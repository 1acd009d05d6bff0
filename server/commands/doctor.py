"""`indicube doctor`: looks at everything that an Indicube needs and says what is wrong."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import click

from server.embedded.redis_server import find_redis_server
from server.errors import IndicubeError
from server.home import holder_of, read_key
from server.ledger.room import check_room
from server.ledger.stuck import all_stuck
from server.metadata.rollups import known_roll_ups
from server.metadata.session import Session, open_metadata
from server.metadata.users import list_users
from server.queue import Queue
from server.settings import Settings, unknown_variables, without_password
from server.store.client import open_store
from server.store.harmless import check_readers, check_streams
from server.store.projections import roll_up_name

PACKAGES = ("server", "cube_models", "loaders", "web")

T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """What the doctor found out about one thing."""

    about: str
    is_well: bool
    sentence: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON array.")
def doctor(as_json: bool) -> None:
    """Check all that Indicube needs here; exit 1 when something is wrong."""
    findings = tuple(examine(Settings.from_environment()))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            mark = click.style("well ", fg="green") if finding.is_well else _red("wrong")
            click.echo(f"{mark}  {finding.about:<9} {finding.sentence}")
    if not all(finding.is_well for finding in findings):
        sys.exit(1)


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at one thing after the other; a failure of one does not hide the next."""
    yield from _packages()
    yield from (Finding("settings", False, f"{n} is no setting") for n in _unknown())
    steps: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("home", _home),
        ("key", _key),
        ("metadata", _metadata),
        ("facts", _facts),
        ("queue", _queue),
        ("disk", _disk),
        ("roll-ups", _roll_ups),
        ("pushes", _pushes),
    )
    for about, step in steps:
        try:
            yield Finding(about, True, step(settings))
        except IndicubeError as reason:
            yield Finding(about, False, reason.sentence)


def _unknown() -> tuple[str, ...]:
    return unknown_variables(os.environ)


def _packages() -> Iterator[Finding]:
    """The four packages have common names: one installed by somebody else would hide ours."""
    house = Path(__file__).parents[2]
    for name in PACKAGES:
        place = Path(import_module(name).__file__ or "").parent
        if place != house / name:
            yield Finding("packages", False, f"{name} is imported from {place}, not from {house}")
            return
    yield Finding("packages", True, f"Indicube {version('indicube')} in {house}")


def _home(settings: Settings) -> str:
    if not settings.home.is_dir():
        return f"{settings.home} is not there yet; `indicube up` makes it"
    if not os.access(settings.home, os.W_OK):
        raise IndicubeError(f"{settings.home} cannot be written")
    holder = holder_of(settings.home)
    state = f"held by process {holder}" if holder else "nothing runs in it"
    return f"{settings.home}; {state}"


def _key(settings: Settings) -> str:
    if not settings.key_file.exists():
        return f"{settings.key_file} is not there yet; the first start makes it"
    read_key(settings.key_file)
    return f"{settings.key_file}, readable by its owner alone"


def _metadata(settings: Settings) -> str:
    where = without_password(settings.database)
    if _is_missing(settings.database):
        return f"{where} is not there yet; the first start makes it"
    metadata = open_metadata(settings.database)
    try:
        with metadata.read() as session:
            return f"{where}, {len(list_users(session))} users"
    except Exception as reason:
        raise IndicubeError(f"{where} cannot be read: {str(reason).splitlines()[0]}") from reason
    finally:
        metadata.close()


def _facts(settings: Settings) -> str:
    where = without_password(settings.clickhouse)
    if where.startswith("chdb://") and not Path(where[7:].partition("?")[0]).exists():
        return f"{where} is not there yet; the first start makes it"
    if where.startswith(f"chdb://{settings.home}/") and holder_of(settings.home):
        return f"{where}, open in the running Indicube"  # one process at a time can open them
    store = open_store(settings)
    try:
        version = check_readers(store)
        check_streams(store)
        return f"{where}, {version}; readers can only read"
    finally:
        store.close()


def _queue(settings: Settings) -> str:
    where = without_password(settings.redis)
    if settings.redis.startswith(f"unix://{settings.home}") and not holder_of(settings.home):
        return f"{find_redis_server()} will be started by `indicube up`"
    queue = Queue(settings.redis)
    return f"{where}, {len(queue.waiting())} jobs wait"


def _roll_ups(settings: Settings) -> str:
    if _is_missing(settings.database):
        return "there are none yet"
    known = _read(settings, known_roll_ups)
    wrong = [
        f"{roll_up_name(each.projection)} of {each.table} ({each.reason})"
        for each in known.values()
        if each.state == "disabled"
    ]
    if wrong:
        listed = "; ".join(wrong)
        raise IndicubeError(f"{listed}: the facts answer; `indicube rollup build` makes it anew")
    return f"{len(known)} serve questions"


def _pushes(settings: Settings) -> str:
    if _is_missing(settings.database):
        return "nothing waits"
    stuck = _read(settings, all_stuck)
    if stuck:
        listed = (f"{one.files} of {one.specification}: {one.reason}" for one in stuck)
        raise IndicubeError(f"pushes and small files wait: {'; '.join(listed)}")
    return "nothing waits for a specification"


def _disk(settings: Settings) -> str:
    check_room(settings)
    return f"more than {settings.disk_reserve_bytes:,} bytes are free for loads"


def _red(text: str) -> str:
    return click.style(text, fg="red")


def _is_missing(database: str) -> bool:
    return database.startswith("sqlite:///") and not Path(database[10:]).exists()


def _read(settings: Settings, question: Callable[[Session], T]) -> T:
    metadata = open_metadata(settings.database)
    try:
        metadata.migrate()
        with metadata.read() as session:
            return question(session)
    finally:
        metadata.close()
