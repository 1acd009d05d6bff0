"""Roll-ups in the store: projections of a fact table, their DDL, their building and their checks.

A projection keeps, beside the facts, the aggregates of a few keys; loads keep it by themselves.
`_load` is always its first key, so that what a snapshot hides stays out. Its name ends in a digest
of what it keeps: one that keeps something else is another projection.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LOAD = "_load"
MOST_LETTERS = 50  # of a name, so that the digest fits behind it

_PHYSICAL = re.compile(r"([a-z][a-z0-9_]{0,49})__([0-9a-f]{8})")
_EXPRESSION = re.compile(r"[A-Za-z0-9_`'., =+*/()-]+")


@dataclass(frozen=True)
class ProjectionSpec:
    """A roll-up: SQL of its keys (without `_load`) and of the aggregates that it keeps."""

    name: str
    keys: tuple[str, ...]
    aggregates: tuple[str, ...]

    def __post_init__(self) -> None:
        for expression in (*self.keys, *self.aggregates):
            if not _EXPRESSION.fullmatch(expression):
                raise ValueError(f"{expression!r} is no expression of a roll-up.")

    @property
    def physical(self) -> str:
        """Its name in the store."""
        text = "\n".join([*self.keys, "", *self.aggregates])
        return f"{self.name}__{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    @property
    def select(self) -> str:
        """What it keeps; the rows are counted always, for whoever compares it with the facts."""
        keys = ", ".join(dict.fromkeys([LOAD, *self.keys]))
        kept = ", ".join(dict.fromkeys(["count()", *self.aggregates]))
        return f"SELECT {keys}, {kept} GROUP BY {keys}"


def is_roll_up(physical: str) -> bool:
    """Whether a projection of the store has a name of ours."""
    return _PHYSICAL.fullmatch(physical) is not None


def roll_up_name(physical: str) -> str:
    """The name of the roll-up in the model; of a projection that is not ours its own name."""
    match = _PHYSICAL.fullmatch(physical)
    return match.group(1) if match else physical


def projection_ddl(projection: ProjectionSpec) -> str:
    """The projection as CREATE TABLE and ALTER TABLE declare it."""
    return f"PROJECTION `{projection.physical}` ({projection.select})"


def add_projection(projection: ProjectionSpec) -> str:
    """The end of an ALTER TABLE that declares the roll-up; rows to come keep it, old ones not."""
    return f"ADD PROJECTION IF NOT EXISTS `{projection.physical}` ({projection.select})"


def differing(
    wanted: Iterable[ProjectionSpec], present: Iterable[str]
) -> tuple[tuple[ProjectionSpec, ...], tuple[str, ...]]:
    """The roll-ups that a table lacks, and those that the model does not declare any more."""
    declared: Mapping[str, ProjectionSpec] = {each.physical: each for each in wanted}
    found = set(present)
    lacking = tuple(each for name, each in declared.items() if name not in found)
    return lacking, tuple(sorted(n for n in found if is_roll_up(n) and n not in declared))
