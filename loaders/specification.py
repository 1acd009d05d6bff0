"""Load specifications: how one source becomes rows of one table, as frozen values.

They are read from `cube_models/<pack>/loads/*.toml` and checked by `specification_schema`; whether
they fit the cube model is checked when a `RowSchema` is made from both.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from marshmallow import ValidationError

from loaders.specification_schema import SpecificationSchema
from server.arrivals.contract import Contract, read_contract
from server.errors import IndicubeError, InvalidInput, ManyErrors, NotFound

Value = str | int | Decimal
# append: facts are added; replace: those of a scope are restated; upsert: those of a key;
# complete: a dimension's whole new version; merge: members of it, the others stay as they are.
Mode = Literal["append", "replace", "upsert", "complete", "merge"]
Kind = Literal["csv", "parquet", "either"]  # either: as the file's first bytes say


@dataclass(frozen=True)
class Column:
    """A column of the source that is read."""

    source: str
    name: str
    type: str | None  # None: as the table has it
    least: Value | None = None
    most: Value | None = None
    one_of: tuple[str, ...] = ()
    exponent: bool = False  # whether 1e3 is a decimal


@dataclass(frozen=True)
class Condition:
    """One condition of a flag."""

    column: str
    op: str
    value: Value | None = None


@dataclass(frozen=True)
class Flag:
    """1 where all conditions hold, else 0."""

    name: str
    when: tuple[Condition, ...]


@dataclass(frozen=True)
class DateOf:
    """The date of three number columns; a day that no calendar has sends the row to quarantine."""

    name: str
    year: str
    month: str
    day: str


@dataclass(frozen=True)
class Lookup:
    """The text that stands for a column's value in a list."""

    name: str
    column: str
    values: Mapping[str, str]
    otherwise: Literal["refuse", "empty"]  # what happens to a value that is not in the list


@dataclass(frozen=True)
class Minus:
    """A number less another; without one of them there is none."""

    name: str
    left: str | int
    right: str | int


@dataclass(frozen=True)
class TextOf:
    """A typed value as text, written in one way whatever the source wrote."""

    name: str
    column: str


Derived = Flag | DateOf | Lookup | Minus | TextOf


@dataclass(frozen=True)
class ScopePart:
    """One part of a scope key: a column's value, or the span of time that a date lies in."""

    column: str
    span: str = ""  # year, quarter, month; empty: the value itself

    @property
    def name(self) -> str:
        """What the part is called in a scope key: `month` of `month(day)`, or the column."""
        return self.span or self.column


@dataclass(frozen=True)
class Cover:
    """How a source says which scope keys it covers."""

    file_name: str | None = None  # a regular expression with a named group for each part
    control_line: str | None = None  # what the first line of the text begins with
    required: bool = False  # else a source that says nothing covers the keys of its rows


@dataclass(frozen=True)
class Source:
    """Where the bytes are unless a file is given."""

    file: str
    package: str | None = None
    member: str | None = None


@dataclass(frozen=True)
class Specification:
    """How one source becomes rows of one table."""

    pack: str
    name: str
    table: str
    labels: Mapping[str, str]  # en, zh
    mode: Mode
    event_date: str | None
    source: Source
    delimiter: str
    null: tuple[str, ...]
    ends_with_newline: bool
    columns: tuple[Column, ...]
    ignored_columns: tuple[str, ...]
    derived: tuple[Derived, ...]
    rows: int | None  # control totals
    sums: Mapping[str, Decimal]
    error_limit_percent: Decimal | None  # None: the setting's
    hash: str  # SHA-256 of the file
    kind: Kind = "csv"
    key: tuple[str, ...] = ()  # the columns that tell rows apart; empty: rows may be alike
    scope: tuple[ScopePart, ...] = ()  # of mode replace; empty: a load restates everything
    buckets: int = 16  # of mode upsert; to change it is to load everything anew
    cover: Cover = Cover()
    on_restatement: Literal["publish", "hold"] = "publish"
    hold_over_percent: Decimal | None = None  # None: every restatement that waits, waits
    group: bool = False  # small appended files that arrive together may become one load
    contract: Contract | None = None  # of mode replace: what is expected when
    text: bytes = field(default=b"", repr=False, compare=False)  # the file


def read_specifications(
    folder: Traversable | Path, packs: tuple[str, ...]
) -> Mapping[str, Specification]:
    """The specifications of these packs by name; ManyErrors names every mistake with its file."""
    found: dict[str, Specification] = {}
    errors: list[IndicubeError] = []
    for pack in packs:
        for file in _files(folder, pack):
            place = f"{pack}/loads/{file.name}"
            try:
                specification = read_specification(file.read_bytes(), pack, place)
            except ManyErrors as mistakes:
                errors.extend(mistakes.errors)
                continue
            if specification.name in found:
                errors.append(_mistake(place, f"the name {specification.name!r} is taken"))
            found[specification.name] = specification
    if errors:
        raise ManyErrors(errors)
    return found


def read_specification(text: bytes, pack: str, place: str) -> Specification:
    """The specification that the TOML text holds."""
    try:
        raw = tomllib.loads(text.decode("utf-8"), parse_float=Decimal)
        known: dict[str, Any] = SpecificationSchema().load(raw)
        contract = _contract(known, place)
        return _specification(known, pack, text, contract)
    except ValidationError as error:
        paths = _paths(error.messages)
        raise ManyErrors([_mistake(place, f"{path}: {why}") for path, why in paths]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ManyErrors([_mistake(place, str(error))]) from None


def specifications_in(texts: Mapping[str, str], pack: str) -> Mapping[str, Specification]:
    """The specifications that these texts hold, by name."""
    return {
        name: read_specification(text.encode(), pack, f"{pack}: {name}")
        for name, text in texts.items()
    }


def find_specification(found: Mapping[str, Specification], name: str) -> Specification:
    """The specification of that name, or a sentence with the names that there are."""
    if name not in found:
        raise NotFound(
            f"there is no load named {name!r}; there are: {', '.join(sorted(found))}",
            field="load",
            allowed=sorted(found),
        )
    return found[name]


def _files(folder: Traversable | Path, pack: str) -> list[Traversable]:
    loads = folder.joinpath(pack).joinpath("loads")
    files = list(loads.iterdir()) if loads.is_dir() else []
    return sorted((f for f in files if f.name.endswith(".toml")), key=lambda file: file.name)


def _contract(known: dict[str, Any], place: str) -> Contract | None:
    if "arrival" not in known:
        return None
    names = known["name"], known["table"], known["scope"]
    contract, mistakes = read_contract(known["arrival"], *names, place)
    if mistakes:
        raise ManyErrors(list(mistakes))
    return contract


def _specification(
    known: dict[str, Any], pack: str, text: bytes, contract: Contract | None
) -> Specification:
    control = known["control"]
    return Specification(
        pack=pack,
        name=known["name"],
        table=known["table"],
        labels=known["labels"],
        mode=known["mode"],
        event_date=known.get("event_date"),
        source=Source(**known["source"]),
        delimiter=known["format"]["delimiter"],
        null=tuple(known["format"]["null"]),
        ends_with_newline=known["format"]["ends_with_newline"],
        columns=tuple(_column(column) for column in known["columns"]),
        ignored_columns=tuple(known["ignored_columns"]),
        derived=tuple(_derived(derived) for derived in known["derived"]),
        rows=control.get("rows"),
        sums={name: Decimal(total) for name, total in control["sums"].items()},
        error_limit_percent=control.get("error_limit_percent"),
        hash=hashlib.sha256(text).hexdigest(),
        kind=known["format"]["kind"],
        key=tuple(known["key"]),
        scope=tuple(_scope_part(part) for part in known["scope"]),
        buckets=known.get("buckets", Specification.buckets),
        cover=Cover(**known.get("cover", {})),
        on_restatement=known["on_restatement"],
        hold_over_percent=known.get("hold_over_percent"),
        group=known["group"],
        contract=contract,
        text=text,
    )


def _scope_part(text: str) -> ScopePart:
    span, bracket, column = text.removesuffix(")").partition("(")
    return ScopePart(column, span) if bracket else ScopePart(text)


def _column(known: dict[str, Any]) -> Column:
    return Column(
        source=known["source"],
        name=known.get("name", known["source"]),
        type=known.get("type"),
        least=known.get("least"),
        most=known.get("most"),
        one_of=tuple(known.get("one_of", ())),
        exponent=known["exponent"],
    )


def _derived(known: dict[str, Any]) -> Derived:
    name = known["name"]
    if "when" in known:
        return Flag(name, tuple(Condition(**condition) for condition in known["when"]))
    if "date" in known:
        return DateOf(name, *known["date"])
    if "lookup" in known:
        return Lookup(name, known["lookup"], known["values"], known["otherwise"])
    if "text" in known:
        return TextOf(name, known["text"])
    return Minus(name, known["minus"]["left"], known["minus"]["right"])


def _paths(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every message with the path to it: `columns.3.type`."""
    if isinstance(messages, dict):
        for key, below in messages.items():
            step = "" if key == "_schema" else str(key)
            yield from _paths(below, ".".join(part for part in (path, step) if part))
    else:
        for message in messages:
            yield path, str(message).rstrip(".")


def _mistake(place: str, sentence: str) -> InvalidInput:
    return InvalidInput(f"{place}: {sentence}", field=place)
