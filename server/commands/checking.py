"""What is wrong with a model, all of it at once, each mistake with its file and line."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from server.cube.cubes_files import TYPES, read_files, read_types
from server.cube.cubes_reading import read_cubes_model
from server.cube.model import Model, load_model
from server.errors import IndicubeError, ManyErrors
from server.metadata.dimension_sizes import kept_versions
from server.metadata.session import Metadata
from server.scorecards.packs import read_pack

MOST_MEMBERS = 20_000_000  # of all kept versions of a dimension: its dictionary holds them all
# Loads stand above the server, so what checks them is found by its name, as jobs are.
_LOADS = "loaders.context:checked_specifications"
_FORMS = "loaders.specification:read_specifications"
_FILE = re.compile(r"([^\s:\[\]]+\.(?:json|toml))")
_TOML_PLACE = re.compile(r"(?: \[([^\]]+)\])?[ :]*([A-Za-z_]*)")
_WRITTEN = re.compile(r"\bat line (\d+)")


@dataclass(frozen=True)
class Mistake:
    """One mistake: where it is, as far as that is known, and what is allowed."""

    file: str
    line: int | None
    message: str
    allowed: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The mistake as compilers write theirs: `file:line: what`."""
        if not self.file:
            return self.message
        rest = self.message.removeprefix(self.file).lstrip(": ") or self.message
        return f"{self.file}:{self.line}: {rest}" if self.line else f"{self.file}: {rest}"


@dataclass(frozen=True)
class Checked:
    """What was checked: in words what there is, the mistakes, and what is only worth knowing."""

    name: str
    parts: str = ""
    mistakes: tuple[Mistake, ...] = ()
    notes: tuple[str, ...] = ()


def check_pack(folder: Traversable, pack: str, metadata: Metadata | None = None) -> Checked:
    """A pack: its cubes, indicators, scorecards and loads; and the dictionaries it has grown."""
    errors: list[IndicubeError] = []
    model = _tried(errors, load_model, folder, pack)
    if not isinstance(model, Model):
        _tried(errors, resolve_name(_FORMS), folder, (pack,))
        note = f"{pack}: indicators and scorecards are checked when the cubes are right"
        return Checked(pack, mistakes=placed(folder, errors), notes=(note,))
    read = _tried(errors, read_pack, folder, pack, model)
    loads = _tried(errors, resolve_name(_LOADS), folder, pack, model)
    mistakes = [*placed(folder, errors), *_too_large(model, metadata)]
    counts = [f"{len(model.cubes)} cubes"]
    if read is not None:
        counts += [f"{len(read.indicators)} indicators", f"{len(read.scorecards)} scorecards"]
    counts += [f"{len(loads)} loads"] if loads is not None else []
    return Checked(pack, ", ".join(counts), tuple(mistakes))


def check_cubes_model(path: Path) -> Checked:
    """A model of cubes 1.1, with the types in the `schema.json` beside it."""
    folder = path if path.is_dir() else path.parent
    errors: list[IndicubeError] = []
    types = _tried(errors, read_types, folder)
    document = _tried(errors, read_files, path)
    notes = [] if types or errors else [f"there is no {TYPES}, so types are not checked"]
    if errors:
        return Checked(path.name, mistakes=placed(folder, errors))
    where = path.name if path.is_file() else "model.json"
    read = _tried(errors, _read_as, document, types, where)
    if read is None:
        return Checked(path.name, mistakes=placed(folder, errors), notes=tuple(notes))
    names = {each.name for cube in read.model.cubes.values() for each in cube.dimensions}
    counts = f"{len(read.model.cubes)} cubes, {len(names)} dimensions, {len(read.tables)} tables"
    return Checked(path.name, counts, notes=(*notes, *read.notes))


def placed(folder: Traversable, errors: Iterable[IndicubeError]) -> tuple[Mistake, ...]:
    """The mistakes that errors tell, each once, with the line where its file says what is wrong."""
    return tuple(dict.fromkeys(_mistake(folder, error) for error in errors))


def line_of(text: str, steps: Iterable[str]) -> int | None:
    """The line of a place in JSON, such as `cube sales`, `measure amount`, each below the last.

    A step is found by its name in its list, or by its key; the deepest one found counts.
    """
    position, found = 0, False
    for step in steps:
        noun, _, name = step.partition(" ")
        place = _named(text, position, noun, name) if name else _key(text, position, noun)
        if place is None:
            break
        position, found = place, True
    return _number(text, position) if found else None


def _named(text: str, position: int, noun: str, name: str) -> int | None:
    plural = "hierarchies" if noun == "hierarchy" else f"{noun}s"
    start = _key(text, position, plural)
    match = re.compile(rf'"name"\s*:\s*"{re.escape(name)}"').search(text, start or position)
    return match.start() if match else None


def _key(text: str, position: int, key: str) -> int | None:
    match = re.compile(rf'"{re.escape(key)}"\s*:').search(text, position)
    return match.start() if match else None


def _number(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _read_as(document: Any, types: Any, where: str) -> Any:
    return read_cubes_model(document, types, where=where)


def _tried(errors: list[IndicubeError], read: Callable[..., Any], *given: Any) -> Any:
    """What is read, or None with all its mistakes noted."""
    try:
        return read(*given)
    except ManyErrors as several:
        errors += several.errors
    except IndicubeError as one:
        errors.append(one)
    return None


def _mistake(folder: Traversable, error: IndicubeError) -> Mistake:
    allowed = tuple(error.allowed)
    named = _FILE.match(error.message)
    source = folder.joinpath(*named.group(1).split("/")) if named else folder
    if named is None or not source.is_file():
        return Mistake("", None, error.message, allowed)
    written = _WRITTEN.search(error.message)
    line = int(written.group(1)) if written else _line(source, error.message[named.end() :])
    return Mistake(named.group(1), line, error.message, allowed)


def _line(source: Traversable, place: str) -> int | None:
    text = source.read_text("utf-8")
    if source.name.endswith(".toml"):
        return _toml_line(text, place)
    return line_of(text, (step for step in place.split(": ") if step))


def _toml_line(text: str, place: str) -> int | None:
    """The line of a key such as ` [turnover] weight: …`, or of its table, or of a key outside."""
    named = _TOML_PLACE.match(place)
    table, key = named.groups() if named else (None, "")
    header = re.search(rf"^\[{re.escape(table)}\]", text, re.MULTILINE) if table else None
    if table and header is None:
        return None
    start = header.end() if header else 0
    end = re.compile(r"^\[", re.MULTILINE).search(text, start)
    within = re.compile(rf"^{re.escape(key)}\s*=", re.MULTILINE) if key else None
    found = within.search(text, start, end.start() if end else len(text)) if within else None
    if found:
        return _number(text, found.start())
    return _number(text, header.start()) if header else None


def _too_large(model: Model, metadata: Metadata | None) -> Iterator[Mistake]:
    """Dimensions whose kept versions together have more members than a dictionary may hold."""
    if metadata is None:
        return
    with metadata.read() as session:
        kept = kept_versions(session, model.dimension_tables)
    for table, (versions, rows) in sorted(kept.items()):
        if rows > MOST_MEMBERS:
            yield Mistake(
                "",
                None,
                f"table {table}: {versions} versions with {rows:,} members together are kept, more "
                f"than the {MOST_MEMBERS:,} that a dictionary may hold; purge old ones sooner, "
                "or load it less often",
            )
