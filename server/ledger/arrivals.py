"""What has arrived of what is expected: contracts from the load specifications, keys of the ledger.

The contract in force is that of the served pack, whatever it was when a file came.
"""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from importlib.resources.abc import Traversable

from server.arrivals.contract import Contract, read_contract, values_of
from server.arrivals.coverage import WHOLE_SOURCE, Units
from server.errors import IndicubeError, InvalidInput, ManyErrors
from server.metadata.arrivals import covered_keys
from server.metadata.session import Metadata
from server.periods import Period

Arrived = Mapping[Period, Units]


def contracts_in(folder: Traversable, pack: str) -> tuple[Contract, ...]:
    """The contracts of a pack's load specifications; ManyErrors names every mistake."""
    loads = folder.joinpath(pack).joinpath("loads")
    files = [one for one in loads.iterdir() if one.name.endswith(".toml")] if loads.is_dir() else []
    contracts: list[Contract] = []
    errors: list[IndicubeError] = []
    for file in sorted(files, key=lambda one: one.name):
        contract, mistakes = _contract(file, f"{pack}/loads/{file.name}")
        contracts += [contract] if contract else []
        errors += mistakes
    if errors:
        raise ManyErrors(errors)
    return tuple(contracts)


@lru_cache(maxsize=64)
def arrived_at(metadata: Metadata, contract: Contract, number: int) -> Arrived:
    """Who has sent what of a contract at a snapshot."""
    with metadata.read() as session:
        keys = covered_keys(session, contract.table, contract.source, number)
    return _by_period(contract, keys)


def _by_period(contract: Contract, keys: Iterable[str]) -> Arrived:
    found: dict[Period, set[str]] = {}
    for key in keys:
        values = values_of(key)
        period = _period(contract, values)
        if period is not None:
            unit = values.get(contract.by, "") if contract.by else WHOLE_SOURCE
            found.setdefault(period, set()).add(unit)
    return {period: frozenset(units) for period, units in found.items()}


def _period(contract: Contract, values: Mapping[str, str]) -> Period | None:
    """The period of a scope key; a day is a date among its values."""
    if contract.every != "day":
        said = values.get(contract.every)
    else:
        said = next(
            (one for name, one in values.items() if name != contract.by and _is_day(one)), None
        )
    try:
        return Period.parse(said) if said else None
    except InvalidInput:  # a value that is no period says nothing of a period
        return None


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and date.fromisoformat(text) is not None
    except ValueError:
        return False


def _contract(file: Traversable, place: str) -> tuple[Contract | None, tuple[IndicubeError, ...]]:
    try:
        raw = tomllib.loads(file.read_bytes().decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return None, ()  # told by whoever loads
    if "arrival" not in raw:
        return None, ()
    name, table, scope = raw.get("name"), raw.get("table"), raw.get("scope", [])
    if not isinstance(name, str) or not isinstance(table, str) or not isinstance(scope, list):
        return None, ()
    return read_contract(raw["arrival"], name, table, [str(one) for one in scope], place)
