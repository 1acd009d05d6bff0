"""PURE: the language of formulas: parse, name the operands, evaluate, write back.

    on_time_arrivals / arrivals
    if(departed = 0, 0, late_departures / departed)
    coalesce(seats_cancelled / seats_scheduled, 0)

Numbers, names of aggregates, `+ - * /`, minus before a term, parentheses, `coalesce(a, b, …)` and
`if(condition, then, otherwise)`, whose condition compares by `= <> < <= > >=`. A formula never
reaches SQL: it is evaluated here, exactly, on figures that were aggregated first.
"""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from server.errors import InvalidInput
from server.indicators.absence import Figure
from server.indicators.formula_tree import (
    Coalesce,
    Condition,
    If,
    Name,
    Negative,
    Node,
    Number,
    Operation,
    text_of,
    value_of,
    walk,
)
from server.indicators.rounding import MOST_DIGITS

MOST_CHARACTERS = 2000
MOST_LEVELS = 100  # of nesting; a chain of n operators counts as n
FUNCTIONS = ("if", "coalesce")


@dataclass(frozen=True)
class Formula:
    """A parsed formula; equal formulas have equal trees, whatever their spacing was."""

    root: Node

    @cached_property
    def names(self) -> frozenset[str]:
        """The aggregates that it needs."""
        return frozenset(node.name for node, _ in walk(self.root) if isinstance(node, Name))

    @property
    def as_ratio(self) -> tuple["Formula", "Formula"] | None:
        """Numerator and denominator, when the whole formula is one division."""
        if isinstance(self.root, Operation) and self.root.operator == "/":
            return Formula(self.root.left), Formula(self.root.right)
        return None

    def evaluate(self, operands: Mapping[str, Figure]) -> Figure:
        """The exact result for figures by name, or the absence that wins."""
        if missing := self.names - operands.keys():
            raise InvalidInput(f"the formula needs {', '.join(sorted(missing))}", field="formula")
        return value_of(self.root, operands)

    def __str__(self) -> str:
        return text_of(self.root)


def parse_formula(text: str) -> Formula:
    """Read a formula; a mistake is told with its column."""
    if len(text) > MOST_CHARACTERS:
        raise _mistake(f"it has {len(text)} characters; {MOST_CHARACTERS} are allowed")
    try:
        # The transformer works while the parser reads, so the tree below is already ours.
        root: Node = _PARSER.parse(text)  # type: ignore[assignment]
    except UnexpectedInput as unexpected:
        raise _unexpected(unexpected) from None
    if max(level for _, level in walk(root)) > MOST_LEVELS:
        raise _mistake(f"it is nested or chained more than {MOST_LEVELS} deep")
    return Formula(root)


def check_names(formula: Formula, known: Collection[str], where: str) -> None:
    """Refuse names that are not aggregates, with one sentence that says what is allowed."""
    unknown = sorted(formula.names - set(known))
    if not unknown:
        return
    allowed = sorted(known)
    close = [match for name in unknown for match in difflib.get_close_matches(name, allowed, n=1)]
    verb = "is not an aggregate" if len(unknown) == 1 else "are not aggregates"
    raise InvalidInput(
        f"{where}: {', '.join(unknown)} {verb}; allowed: {', '.join(allowed) or 'none'}",
        field="formula",
        allowed=allowed,
        hint=f"did you mean {', '.join(close)}?" if close else None,
    )


_GRAMMAR = r"""
    start: sum
    ?sum: product
        | sum "+" product            -> add
        | sum "-" product            -> subtract
    ?product: term
        | product "*" term           -> multiply
        | product "/" term           -> divide
    ?term: atom
        | "-" term                   -> negative
    ?atom: NUMBER                    -> number
        | NAME                       -> name
        | NAME "(" arguments ")"     -> call
        | "(" sum ")"
    arguments: argument ("," argument)*
    ?argument: sum
        | sum COMPARISON sum         -> condition

    COMPARISON: "<=" | ">=" | "<>" | "!=" | "==" | "=" | "<" | ">"
    NUMBER: /[0-9]+(\.[0-9]+)?/
    NAME: /[^\W\d]\w*(\.[^\W\d]\w*)?/
    %ignore /[ \t\r\n]+/
"""

_SAME_COMPARISON = {"==": "=", "!=": "<>"}


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Makes our nodes while the parser reads, so that no deep tree is ever walked by recursion."""

    def start(self, root: Node) -> Node:
        return root

    def number(self, token: Token) -> Node:
        if len(token) > MOST_DIGITS:
            raise _mistake(f"a number has at most {MOST_DIGITS} digits", token)
        return Number(Fraction(str(token)))

    def name(self, token: Token) -> Node:
        if token.lower() in FUNCTIONS:
            raise _mistake(f"{token} needs its arguments in parentheses", token)
        return Name(str(token))

    def negative(self, term: Node) -> Node:
        return Negative(term)

    def add(self, left: Node, right: Node) -> Node:
        return Operation("+", left, right)

    def subtract(self, left: Node, right: Node) -> Node:
        return Operation("-", left, right)

    def multiply(self, left: Node, right: Node) -> Node:
        return Operation("*", left, right)

    def divide(self, left: Node, right: Node) -> Node:
        return Operation("/", left, right)

    def condition(self, left: Node, operator: Token, right: Node) -> Condition:
        return Condition(_SAME_COMPARISON.get(operator, str(operator)), left, right)

    def arguments(self, *terms: Node | Condition) -> tuple[Node | Condition, ...]:
        return terms

    def call(self, function: Token, terms: tuple[Node | Condition, ...]) -> Node:
        match function.lower(), terms:
            case "if", (Condition() as condition, then, otherwise):
                if not isinstance(then, Condition) and not isinstance(otherwise, Condition):
                    return If(condition, then, otherwise)
            case "coalesce", _:
                plain = tuple(term for term in terms if not isinstance(term, Condition))
                if len(plain) == len(terms):
                    return Coalesce(plain)
        raise _wrong_call(function)


_PARSER = Lark(_GRAMMAR, parser="lalr", transformer=_Builder())


def _wrong_call(function: Token) -> InvalidInput:
    match function.lower():
        case "if":
            return _mistake("write if(a < b, then, otherwise)", function)
        case "coalesce":
            return _mistake("coalesce takes terms, not comparisons", function)
    return _mistake(
        f"{function} is not a function; allowed: {', '.join(FUNCTIONS)}", function, FUNCTIONS
    )


def _unexpected(unexpected: UnexpectedInput) -> InvalidInput:
    position = (unexpected.pos_in_stream or 0) + 1
    if isinstance(unexpected, UnexpectedCharacters):
        what = f"column {position}: {unexpected.char!r} has no meaning in a formula"
        return _mistake(f"{what}; allowed: names, numbers, + - * / ( ) , = <> < <= > >=")
    if isinstance(unexpected, UnexpectedToken) and unexpected.token.type != "$END":
        expected = unexpected.accepts or unexpected.expected
        allowed = sorted({_SPOKEN.get(kind, kind) for kind in expected})
        what = f"column {position}: {str(unexpected.token)[:40]!r} cannot stand here"
        return _mistake(f"{what}; expected {', '.join(allowed)}", allowed=tuple(allowed))
    return _mistake("it ends too early; a name, a number or a closing parenthesis is missing")


_SPOKEN = {
    "NUMBER": "a number",
    "NAME": "a name",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "PLUS": "+",
    "MINUS": "-",
    "STAR": "*",
    "SLASH": "/",
    "COMPARISON": "a comparison",
    "$END": "the end",
}


def _mistake(sentence: str, at: Token | None = None, allowed: tuple[str, ...] = ()) -> InvalidInput:
    place = f"column {(at.start_pos or 0) + 1}: " if at is not None else ""
    return InvalidInput(f"formula: {place}{sentence}", field="formula", allowed=allowed)
