"""The days of which something is known; of others a figure says that it is not loaded."""

from collections.abc import Callable
from datetime import date
from typing import Any

from server.cube.cube_model import CubeModel
from server.cube.statement import Statement
from server.cube.statement_time import loaded_statement
from server.cube.terms import today_of
from server.snapshot import Snapshot

Ask = Callable[[Statement], list[dict[str, Any]]]
NOTHING = (date.max, date.min)  # no day is between these


def loaded_days(cube: CubeModel, snapshot: Snapshot, ask: Ask) -> tuple[date, date]:
    """The first and the last such day; the facts are asked where nobody has noted it."""
    first, last = snapshot.first_dates.get(cube.fact.name), snapshot.known_to(cube.fact.name)
    if first and last:
        return first, last
    if cube.time is None:
        today = snapshot.today(cube.fact.name) or today_of(cube, snapshot)
        return today, today
    found = ask(loaded_statement(cube, snapshot))[0]
    if not found["facts"]:
        return _promised(cube, snapshot)
    return first or found["first"], last or found["last"]


def _promised(cube: CubeModel, snapshot: Snapshot) -> tuple[date, date]:
    """Without facts what contracts of arrival say has come; without these nothing has."""
    last = snapshot.known_to(cube.fact.name)
    known = [one.first for one in snapshot.arrivals_of(cube.fact.name) if one.first]
    return (min(one.first_day for one in known), last) if known and last else NOTHING
