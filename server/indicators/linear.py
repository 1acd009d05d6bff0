"""PURE: formulas that can be split over members: sums of sums and of ratios of sums.

    a + b, 2 * a - b / 7          a sum: what its members add up to
    (a - b) / c                   a ratio: numerator and denominator are sums
    a / b - c / d, 1 - a / b      differences of ratios, of weighted averages too

Anything else (a product of two sums, `if`, a ratio of ratios) has no exact split by members.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from server.indicators.formula import Formula
from server.indicators.formula_tree import Name, Negative, Node, Number, Operation

Weights = tuple[tuple[str, Fraction], ...]  # name of an aggregate -> its coefficient


@dataclass(frozen=True)
class Ratio:
    """A sum over a sum, times a number."""

    numerator: Weights
    denominator: Weights
    times: Fraction = Fraction(1)


@dataclass(frozen=True)
class Linear:
    """A constant, a sum and some ratios, added up."""

    constant: Fraction = Fraction(0)
    amount: Weights = ()
    ratios: tuple[Ratio, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether nothing in it depends on facts."""
        return not self.amount and not self.ratios

    @property
    def is_sum(self) -> bool:
        """Whether it is what its members add up to."""
        return self.constant == 0 and not self.ratios


def linear_of(formula: Formula) -> Linear | None:
    """The formula as a sum of splittable terms; None when it is none."""
    return _linear(formula.root)


def total_of(weights: Weights, operands: Mapping[str, Fraction]) -> Fraction:
    """A sum for the operands of one member."""
    return sum((times * operands[name] for name, times in weights), Fraction(0))


def _linear(node: Node) -> Linear | None:
    match node:
        case Number(value):
            return Linear(value)
        case Name(name):
            return Linear(amount=((name, Fraction(1)),))
        case Negative(term):
            inner = _linear(term)
            return _scaled(inner, Fraction(-1)) if inner else None
        case Operation(operator, left, right):
            first, second = _linear(left), _linear(right)
            return _joined(operator, first, second) if first and second else None
    return None


def _joined(operator: str, left: Linear, right: Linear) -> Linear | None:
    match operator:
        case "+":
            return _added(left, right)
        case "-":
            return _added(left, _scaled(right, Fraction(-1)))
        case "*":
            if left.is_number:
                return _scaled(right, left.constant)
            return _scaled(left, right.constant) if right.is_number else None
    if right.is_number:
        return _scaled(left, 1 / right.constant) if right.constant else None
    if left.is_sum and right.is_sum:
        return Linear(ratios=(Ratio(left.amount, right.amount),))
    return None


def _scaled(one: Linear, times: Fraction) -> Linear:
    return Linear(
        one.constant * times,
        tuple((name, weight * times) for name, weight in one.amount),
        tuple(replace(ratio, times=ratio.times * times) for ratio in one.ratios),
    )


def _added(left: Linear, right: Linear) -> Linear:
    weights = dict(left.amount)
    for name, weight in right.amount:
        weights[name] = weights.get(name, Fraction(0)) + weight
    kept = tuple((name, weight) for name, weight in weights.items() if weight)
    return Linear(left.constant + right.constant, kept, left.ratios + right.ratios)
