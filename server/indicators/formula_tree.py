"""PURE: the tree of a formula: its nodes, their exact value and their one written form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from server.indicators.absence import Absence, Figure, first_present, strongest
from server.indicators.rounding import number_text


@dataclass(frozen=True)
class Number:
    """A number as written."""

    value: Fraction


@dataclass(frozen=True)
class Name:
    """The name of an aggregate."""

    name: str


@dataclass(frozen=True)
class Negative:
    """Minus a term."""

    term: "Node"


@dataclass(frozen=True)
class Operation:
    """Two terms joined by `+`, `-`, `*` or `/`."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Condition:
    """Two terms compared; stands only as the first argument of `if`."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class If:
    """The one term or the other; the term that is not chosen does not matter."""

    condition: Condition
    then: "Node"
    otherwise: "Node"


@dataclass(frozen=True)
class Coalesce:
    """The first of some terms that is not empty."""

    terms: tuple["Node", ...]


Node = Number | Name | Negative | Operation | If | Coalesce


def walk(root: Node) -> Iterator[tuple[Node | Condition, int]]:
    """Every node with its level, without recursion."""
    waiting: list[tuple[Node | Condition, int]] = [(root, 1)]
    while waiting:
        node, level = waiting.pop()
        yield node, level
        waiting.extend((child, level + 1) for child in _children(node))


def value_of(node: Node, operands: Mapping[str, Figure]) -> Figure:
    """The exact figure of a node, or the absence that wins."""
    match node:
        case Number(value):
            return value
        case Name(name):
            return operands[name]
        case Negative(term):
            figure = value_of(term, operands)
            return figure if isinstance(figure, Absence) else -figure
        case Operation(operator, left, right):
            return calculate(operator, value_of(left, operands), value_of(right, operands))
        case If(condition, then, otherwise):
            left, right = condition.left, condition.right
            holds = compare(condition.operator, value_of(left, operands), value_of(right, operands))
            if isinstance(holds, Absence):
                return holds
            return value_of(then if holds else otherwise, operands)
        case Coalesce(terms):
            return first_present(value_of(term, operands) for term in terms)


def calculate(operator: str, left: Figure, right: Figure) -> Figure:
    """One operation on two figures, by the truth table of `absence`."""
    is_undefined = operator == "/" and right == 0
    absent = strongest((left, right, *((Absence.ZERO_DENOMINATOR,) if is_undefined else ())))
    if absent or isinstance(left, Absence) or isinstance(right, Absence):
        return absent or Absence.NOT_APPLICABLE
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
    raise ValueError(f"{operator!r} is not an operator")


def compare(operator: str, left: Figure, right: Figure) -> bool | Absence:
    """Whether a comparison holds; an absent side leaves it open."""
    if isinstance(left, Absence) or isinstance(right, Absence):
        return strongest((left, right)) or Absence.NOT_APPLICABLE
    order = (left > right) - (left < right)
    return order in _ORDERS[operator]


def text_of(node: Node) -> str:
    """The one way in which a node is written."""
    match node:
        case Number(value):
            return number_text(value)
        case Name(name):
            return name
        case Negative(term):
            return f"-{_enclosed(term, isinstance(term, Operation))}"
        case Operation(operator, left, right):
            left_text = _enclosed(left, _strength(left) < _strength(node))
            right_text = _enclosed(right, _strength(right) <= _strength(node))
            return f"{left_text} {operator} {right_text}"
        case If(condition, then, otherwise):
            compared = f"{text_of(condition.left)} {condition.operator} {text_of(condition.right)}"
            return f"if({compared}, {text_of(then)}, {text_of(otherwise)})"
        case Coalesce(terms):
            return f"coalesce({', '.join(text_of(term) for term in terms)})"


def _enclosed(node: Node, is_needed: bool) -> str:
    return f"({text_of(node)})" if is_needed else text_of(node)


def _strength(node: Node) -> int:
    """How tightly a node holds its terms; all but sums and products hold fully."""
    if isinstance(node, Operation):
        return 1 if node.operator in "+-" else 2
    return 3


def _children(node: Node | Condition) -> tuple[Node | Condition, ...]:
    match node:
        case Negative(term):
            return (term,)
        case Operation(_, left, right) | Condition(_, left, right):
            return left, right
        case If(condition, then, otherwise):
            return condition, then, otherwise
        case Coalesce(terms):
            return terms
    return ()


_ORDERS = {"=": (0,), "<>": (-1, 1), "<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1)}
