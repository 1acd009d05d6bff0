"""A few days of the real flights, restated month by month: a runtime that loads in a second."""

import io
import shutil
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from loaders.context import context_of
from loaders.load import LoadOutcome, run_load
from loaders.sample import apply_everything
from server.runtime import Clock, Runtime, open_runtime, utc_now
from tests.flights import SOURCE
from tests.stores import place_metadata, settings_for

BY = "olga"

MODELS = Path(__file__).parents[1] / "cube_models"

Fields = Sequence[str]


@contextmanager
def few_flights(
    home: Path,
    departures: Callable[[str], str] = str,
    *,
    clock: Clock = utc_now,
    carriers: Path | None = None,
    **variables: str,
) -> Iterator[Runtime]:
    """Definitions and dimensions are there, no departure yet.

    `departures` changes the text of their specification, `carriers` is a file of other carriers.
    """
    place_metadata(home)
    models = str(_models(home, departures))
    runtime = open_runtime(settings_for(home, INDICUBE_MODELS=models, **variables), clock)
    try:
        apply_everything(runtime, runtime.cubes.model, BY)
        run_load(context_of(runtime), "carriers", carriers, by=BY)
        for name in ("airports", "aircraft"):
            run_load(context_of(runtime), name, by=BY)
        yield runtime
    finally:
        runtime.close()


def load_departures(runtime: Runtime, name: str, rows: Sequence[str]) -> LoadOutcome:
    """Load these lines of the source as a file of that name."""
    path = runtime.settings.home / name
    path.write_text(header() + "".join(rows), "utf-8")
    return run_load(context_of(runtime), "departures", path, by=BY)


def rows_of(month: int, day: int, wanted: Callable[[Fields], bool] = lambda _: True) -> list[str]:
    """The lines of a day of 2013 that are wanted, by their fields."""
    return [line for line in _days()[str(month), str(day)] if wanted(line.split(","))]


def header() -> str:
    """The first line of the source."""
    return _lines()[0]


@cache
def _lines() -> list[str]:
    with zipfile.ZipFile(SOURCE / "flights.csv.zip") as archive, archive.open("flights.csv") as raw:
        return io.TextIOWrapper(raw, "utf-8").readlines()


@cache
def _days() -> Mapping[tuple[str, str], Sequence[str]]:
    """The lines by month and day."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line in _lines()[1:]:
        _, month, day, _ = line.split(",", 3)
        found[month, day].append(line)
    return found


def _models(home: Path, departures: Callable[[str], str]) -> Path:
    """The product's models, but departures come in any number, and nobody promised any."""
    folder = home / "models"
    shutil.copytree(MODELS, folder)
    file = folder / "flights" / "loads" / "departures.toml"
    text = file.read_text("utf-8")
    begin, end = text.index("[arrival]"), text.index("[format]")
    text = (text[:begin] + text[end:]).replace("rows = 336776\n", "")
    file.write_text(departures(text), "utf-8")
    return folder
