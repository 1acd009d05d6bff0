"""PURE: what a formula takes from which cube.

A name such as `weather.observations` is of the cube before its dot; a name without one is of the
cube that the indicator is of.
"""

from dataclasses import dataclass

from server.indicators.formula import Formula


@dataclass(frozen=True)
class Operand:
    """One name of a formula."""

    name: str  # as the formula writes it
    cube: str
    aggregate: str


def operands_of(formula: Formula, cube: str) -> tuple[Operand, ...]:
    """The names of a formula, in their order, each with its cube."""
    return tuple(_operand(name, cube) for name in sorted(formula.names))


def _operand(name: str, cube: str) -> Operand:
    before, dot, after = name.partition(".")
    return Operand(name, before, after) if dot else Operand(name, cube, name)
